"""What is left to see in content that does not begin like any known type.

Encryption of a first part destroys the mark of a type and leaves what stands behind it; encryption
of a text in parts leaves words between noise; a power failure leaves zeros. What was there before
is only said where enough of it is left: the name of a file may say the rest.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from formats.randomness import CELL, SECTOR, is_noise, is_random_like
from formats.stripes import find_stripes
from formats.text import read_text

_SHORT = 64
_WORDS = re.compile(rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){12,}+")
# Words in UTF-32 and UTF-16, in Latin letters with accents, and in the letters of the East.
_WIDE_WORDS = re.compile(
    rb"(?:[\t\n\r\x20-\xff][\x00-\x06]\x00\x00){4,}+"
    rb"|(?:\x00\x00[\x00-\x06][\t\n\r\x20-\xff]){4,}+"
    rb"|(?:[\t\n\r\x20-\xff][\x00-\x06]){6,}+|(?:[\x00-\x06][\t\n\r\x20-\xff]){6,}+"
)
_OTHER_WORDS = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]{3,}+[\xa0-\xff]){1,}+[\t\n\r\x20-\x7e]{3,}+"
    rb"|[\t\n\r\x20-\x7e]{12,}+|(?:[\t\n\r\x20-\x7e]{2,}+[\x80-\xff]{1,2}+){4,}+"
    rb"|(?:[\xa0-\xff]{1,14}+[ ,.;\r\n]{1,2}+){4,}+"
)
_LOW = bytes(range(7))
_SPACES = b" \r\n\t"
_LOW_SHARE_OF_WIDE, _SPACES_OF_WORDS = 0.15, 0.04
_ZEROS = re.compile(rb"\x00{64,}+")
_STRANGE = bytes([*range(1, 9), 11, 12, *range(14, 32), *range(127, 256)])
# One in ten random bytes; texts in the encodings of Asia and the East have none.
_CONTROLS = bytes([*range(1, 9), 11, *range(14, 27), *range(28, 32)])
_LETTERS = bytes([*b"\t\n\r", *range(32, 127)])
_MANY_TURNS = 12
_NOISE_SHARE = 0.5
_CONTROL_SHARE = 0.04
_LEAST_WORDS_SHARE = 0.1
_LEAST_NOISE = 8
_LOOK = 1 << 20
_STEP, _PIECE = 1 << 19, 1 << 13
_MOST_ZEROED = 16
_FIRST_PIECE = 1 << 17
_STUFFED = re.compile(rb"\xff[\x00\xd0-\xd7]")
_FOREIGN = re.compile(rb"\xff[^\x00\xff\xd0-\xd9\xda\xdb\xdd\xc4\xfe]")
# Of sixteen random bytes four are zero once in two million.
_HEADER, _FIELDS = 16, 4
_LEAST_STUFFED = 5
_LONG_PIXELS = (b"\xe0\x7f\x10\x00OW\x00\x00", b"\xe0\x7f\x10\x00OB\x00\x00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What a look at unknown content saw.

    `random_like` is said of all of it, `random_head` of its first sector, `random_start` of its
    first 16 bytes, `random_cells` of a quarter of the cells in its first sector; `random_parts` and
    `zero_parts` of a text that has such parts. What keeps its data in pages has `whole_sectors`.
    """

    all_zero: bool = False
    zero_head: bool = False
    random_like: bool = False
    random_head: bool = False
    random_start: bool = False
    random_cells: bool = False
    random_parts: bool = False
    zero_parts: bool = False
    whole_sectors: bool = False

    @property
    def destroyed(self) -> bool:
        """Whether noise stands where the mark of a type would."""
        return self.random_like or self.random_head or self.random_start


def look_at_remains(content: bytes) -> Remains:
    """Return what is left to see."""
    if not content.strip(b"\x00"):
        return Remains(all_zero=True)
    noise = _is_all_noise(content)
    return Remains(
        zero_head=not content[:_SHORT].strip(b"\x00"),
        random_like=noise,
        random_head=noise or (len(content) >= SECTOR and is_noise(content[:SECTOR])),
        random_start=is_noise(content[:16]) or is_noise(content[:_SHORT]),
        random_cells=_noisy_cells(content[:SECTOR]) * 4 >= SECTOR // CELL,
        random_parts=not noise and words_and_noise(content, least=0),
        zero_parts=_words_and_zeros(content),
        whole_sectors=len(content) % SECTOR == 0,
    )


def _noisy_cells(sector: bytes) -> int:
    return sum(is_noise(sector[at : at + CELL]) for at in range(0, len(sector), CELL))


def alternates(content: bytes) -> bool:
    """Tell whether cells of noise and cells of letters take turns in the last bytes of content.

    Packed parts of a file may lie between words too, but not in pieces of less than a sector.
    """
    start = max(0, len(content) - 2 * SECTOR) // CELL * CELL
    turns, before = 0, ""
    for at in range(start, len(content) - CELL + 1, CELL):
        cell = content[at : at + CELL]
        kind = "letters" if not cell.translate(None, _LETTERS) else before
        kind = "noise" if is_noise(cell) else kind
        turns += bool(before) and kind != before
        before = kind
    return turns >= _MANY_TURNS


def _is_all_noise(content: bytes) -> bool:
    if len(content) >= SECTOR:
        return is_random_like(content)
    if len(content) >= _SHORT:
        return is_noise(content)
    return is_noise(content[:16]) and is_noise(content[-16:])


def words_and_noise(content: bytes, *, least: float = _LEAST_WORDS_SHARE) -> bool:
    """Tell whether content is words with noise between them, and nothing else.

    `least` is the share of words that is asked for. Of large content both ends are looked at, and
    pieces that a stretch of a mebibyte cannot miss.
    """
    look = _samples(content)
    if _is_words_and_noise(look, _WORDS, least):
        return True
    look = look[:_FIRST_PIECE]
    low = len(look) - len(look.translate(None, _LOW))
    if low > len(look) * _LOW_SHARE_OF_WIDE:
        return _is_words_and_noise(look, _WIDE_WORDS, least)
    spaces = len(look) - len(look.translate(None, _SPACES))
    return spaces > len(look) * _SPACES_OF_WORDS and _is_words_and_noise(look, _OTHER_WORDS, least)


def _is_words_and_noise(look: bytes, words: re.Pattern[bytes], least: float) -> bool:
    rest = words.sub(b"", look)
    if len(rest) > len(look) * (1 - least) or len(rest) < _LEAST_NOISE:
        return False
    strange = len(rest) - len(rest.translate(None, _STRANGE))
    controls = len(rest) - len(rest.translate(None, _CONTROLS))
    return (
        strange >= len(rest) * _NOISE_SHARE
        and controls >= len(rest) * _CONTROL_SHARE
        and not _ZEROS.search(rest)
    )


def _words_and_zeros(content: bytes) -> bool:
    """Tell whether content is a text as soon as its runs of zeros are taken out."""
    look = _ends(content)
    if len(_ZEROS.findall(look)) > _MOST_ZEROED:
        return False  # notes that are filled up to their blocks, one behind the other
    rest = _ZEROS.sub(b"", look)
    return len(rest) < len(look) and bool(rest) and read_text(rest) is not None


def _samples(content: bytes) -> bytes:
    """Return content, or its ends and a piece of every half a mebibyte of it."""
    if len(content) <= 2 * _LOOK:
        return content
    places = range(_LOOK, len(content) - _LOOK, _STEP)
    return b"".join([content[:_LOOK], *(content[a : a + _PIECE] for a in places), content[-_LOOK:]])


def _ends(content: bytes) -> bytes:
    return content if len(content) <= 2 * _LOOK else content[:_LOOK] + content[-_LOOK:]


def overwritten_type(content: bytes) -> str:
    """Name the type whose beginning was overwritten by noise, or that noise alternates with.

    This is said without any name, so two things have to be seen: the noise, and the remains.
    Empty when they are not. Noise does not begin with the zeros that the fields of a header have.
    """
    noisy = is_noise(content[:SECTOR]) and content[:_HEADER].count(0) < _FIELDS
    if noisy and (left := next((name for name, test in _LEFT if test(content)), "")):
        return left
    if words_and_noise(content) and (
        (noisy and len(content) > 2 * SECTOR) or find_stripes(content, 0, len(content))
    ):
        return "text"
    return ""


def _left_of_pdf(content: bytes) -> bool:
    tail = content[-2048:]
    return b"startxref" in tail and b"%%EOF" in tail and b"endobj" in content


def _left_of_zip(content: bytes) -> bool:
    return content.count(b"PK\x01\x02") > 1 and b"PK\x03\x04" in content


def _left_of_png(content: bytes) -> bool:
    return content.endswith(b"IEND\xaeB`\x82") or content.count(b"IDAT") > 1


def _left_of_jpeg(content: bytes) -> bool:
    """Ask for the end mark, and for stuffed bytes only in the half before it (T.81 F.1.2.3)."""
    half = content[len(content) // 2 : -2]
    return (
        content.endswith(b"\xff\xd9")
        and len(_STUFFED.findall(half)) >= _LEAST_STUFFED
        and not _FOREIGN.search(half)
    )


def _left_of_dicom(content: bytes) -> bool:
    """Ask for native pixels that end where the content ends (PS3.5 section 8)."""
    for mark in _LONG_PIXELS:
        at = content.find(mark)
        if 0 <= at <= len(content) - 12:
            (size,) = struct.unpack_from("<I", content, at + 8)
            if at + 12 + size == len(content):
                return True
    return False


def _left_of_compound(content: bytes) -> bool:
    return "Root Entry".encode("utf-16-le") in content


def _left_of_sqlite(content: bytes) -> bool:
    return b"CREATE TABLE " in content and b"\x00" * 16 in content


def _left_of_parquet(content: bytes) -> bool:
    """Ask for the mark at the end, and for the length of a footer that fits before it."""
    size = int.from_bytes(content[-8:-4], "little")
    return content.endswith(b"PAR1") and 12 < size < len(content) - 12


_LEFT: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("application/pdf", _left_of_pdf),
    ("application/zip", _left_of_zip),
    ("image/png", _left_of_png),
    ("image/jpeg", _left_of_jpeg),
    ("application/dicom", _left_of_dicom),
    ("application/x-ole-storage", _left_of_compound),
    ("application/vnd.sqlite3", _left_of_sqlite),
    ("application/vnd.apache.parquet", _left_of_parquet),
)
