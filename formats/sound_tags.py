"""Tags of sound: titles, remarks and a picture, before and behind the frames.

ID3v2.2 to 2.4 (id3.org), ID3v1, APEv2 and Lyrics3. What a tag may carry beside words and a picture
(files, keys, addresses that are fetched) is named, and not looked into.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden

_HEADER, _OLD = 10, 2
_ID3, _ID3_OLD, _APE, _LYRICS = b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN"
_OLD_SIZE, _APE_HEADER, _MOST_TAGS = 128, 32, 8
_LYRICS_ENDS = (b"LYRICS200", b"LYRICSEND")
_PICTURES = (b"APIC", b"PIC")
# Words, remarks, links that a person follows, numbers, and what players keep for themselves.
_PASSIVE = (
    *(b"T", b"W", b"COM", b"ULT", b"SYLT", b"USLT", b"POP", b"PCNT", b"UFI", b"MCDI", b"MLL"),
    *(b"RVA", b"RGAD", b"XRVA", b"EQU", b"PRIV", b"IPLS", b"MCI", b"ETC", b"SYTC", b"POSS"),
    *(b"CHAP", b"CTOC", b"PCST", b"NCON", b"XSO", b"OWNE", b"USER", b"ASPI", b"SEEK", b"GRP1"),
)
_LONGEST = 1 << 16
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Where a picture lies that a tag carries."""

    start: int
    end: int


def tags_before(content: bytes) -> tuple[int, list[Picture]]:
    """Return where the frames begin, behind tags and their filling, and the pictures in them.

    Raises:
        TruncatedError: a tag goes on beyond the last byte.
        MalformedError: no frame of a tag stands where one has to.
        UnsupportedError: a tag may hold a file.
    """
    at = 0
    pictures: list[Picture] = []
    while content.startswith(_ID3, at):
        if at + _HEADER > len(content):
            raise TruncatedError("a tag is cut", offset=len(content))
        size = _seven_bits(content[at + 6 : at + _HEADER])
        end = at + _HEADER + size + (_HEADER if content[at + 5] & _FOOTER else 0)
        if end > len(content):
            raise TruncatedError("a tag is cut", offset=len(content))
        if content[at + 5] & (_UNSYNCHRONISED | _EXTENDED):
            _check_blob(content, at, end)
        else:
            pictures += _pictures(content, at, at + _HEADER + size)
        at = end
    rest = content[at:]
    return at + len(rest) - len(rest.lstrip(b"\x00")), pictures


def tags_behind(content: bytes, at: int) -> int:
    """Return where the tags of old players end that stand behind the last frame.

    Raises:
        TruncatedError: a tag goes on beyond the last byte.
        UnsupportedError: a tag may hold a file.
    """
    for _ in range(_MOST_TAGS):
        end = _behind_tag(content, at)
        if end > len(content):
            raise TruncatedError("a tag is cut", offset=len(content))
        if end == at:
            break
        _check_blob(content, at, end)
        at = end
    return at


def _behind_tag(content: bytes, at: int) -> int:
    if content.startswith(_LYRICS, at):
        end = max(content.find(mark, at) + len(mark) for mark in _LYRICS_ENDS)
        return max(end, at)
    if content.startswith(_APE, at):
        return at + int.from_bytes(content[at + 12 : at + 16], "little") + _APE_HEADER
    if content.startswith(_ID3, at):
        return at + _HEADER + _seven_bits(content[at + 6 : at + _HEADER])
    return at + _OLD_SIZE if content.startswith(_ID3_OLD, at) else at


def _pictures(content: bytes, tag: int, end: int) -> Iterator[Picture]:
    """Walk the frames of one tag; filling of zeros ends it."""
    version = content[tag + 3]
    name_size, header = (3, 6) if version <= _OLD else (4, _HEADER)
    at = tag + _HEADER
    while at + header <= end and content[at]:
        name = content[at : at + name_size]
        size = _size(content, at, version)
        start, at = at + header, at + header + size
        if not (name.isalnum() and name.isupper()) or at > end:
            raise MalformedError("no part of a tag stands here", offset=start - header)
        if name in _PICTURES:
            yield _picture(content, start, at)
        elif not name.startswith(_PASSIVE):
            raise UnsupportedError("a part of a tag that may hold a file", offset=start)
        else:
            _check_blob(content, start, at)
    if content[at:end].strip(b"\x00"):
        raise MalformedError("something stands behind a tag", offset=at)


def _size(content: bytes, at: int, version: int) -> int:
    if version <= _OLD:
        return int.from_bytes(content[at + 3 : at + 6])
    field = content[at + 4 : at + 8]
    return _seven_bits(field) if version > 3 else int.from_bytes(field)


def _seven_bits(field: bytes) -> int:
    size = 0
    for byte in field:
        size = size << 7 | byte & 0x7F
    return size


def _picture(content: bytes, start: int, end: int) -> Picture:
    """Find the JPEG or PNG picture of a frame behind its description (ID3v2.3 4.15)."""
    for mark in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        found = content.find(mark, start, min(end, start + 512))
        if found >= 0 and first_hidden(content[start:found]) == "":
            return Picture(start=found, end=end)
    raise UnsupportedError("a picture that is none", offset=start)


def _check_blob(content: bytes, start: int, end: int) -> None:
    if end - start > _LONGEST or first_hidden(content[start:end]):
        raise UnsupportedError("a tag that may hold a file", offset=start)
