"""Disarms PNG pictures: the chunks that make and place the pixels stay (ISO 15948, APNG 1.0)."""

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from formats.faults import LimitError, MalformedError, TruncatedError
from formats.hidden import first_hidden
from formats.images import end_of_png
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch
from sanitizers.inflating import checksum

MEDIA_TYPE = "image/png"
_MARK = b"\x89PNG\r\n\x1a\n"
_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
_SHOWN = frozenset(
    {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs"}
)
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_STEP = 1 << 20
_MOST_INFLATED = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One chunk: its kind, and what is in it."""

    kind: bytes
    body: bytes

    @property
    def written(self) -> bytes:
        """The chunk as it stands in a file."""
        head = struct.pack(">I", len(self.body)) + self.kind
        return head + self.body + struct.pack(">I", checksum(self.kind + self.body))


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the picture with the same pixels, without texts, private chunks and what is behind.

    Raises:
        FormatError: the picture is not whole.
    """
    del switches
    end = end_of_png(content, checksum)
    chunks = list(_chunks(content, end))
    cut = Counter(_code_of(chunk) for chunk in chunks)
    kept = [chunk for chunk in chunks if not _code_of(chunk)]
    kept, extra = _without_extra(kept)
    cut["image.trailing"] += extra + bool(content[end:].strip(b"\x00"))
    removed = tuple(Removed(code=code, times=n) for code, n in sorted(cut.items()) if code and n)
    written = _MARK + b"".join(chunk.written for chunk in kept)
    return Copy(content=written, media_type=MEDIA_TYPE, removed=removed)


def _chunks(content: bytes, end: int) -> Iterator[Chunk]:
    if not content.startswith(_MARK):
        raise MalformedError("no picture begins here", offset=0)
    at = len(_MARK)
    while at < end:
        (size,) = struct.unpack_from(">I", content, at)
        yield Chunk(kind=content[at + 4 : at + 8], body=content[at + 8 : at + 8 + size])
        at += 12 + size


def _code_of(chunk: Chunk) -> str:
    """Return the code of a chunk that goes; empty for one that stays."""
    if chunk.kind in _PIXELS:
        return ""
    if chunk.kind in _SHOWN:
        return "image.profile" if first_hidden(chunk.body) else ""
    if chunk.kind in _TEXTS:
        return "image.metadata"
    if chunk.kind[:1].isupper():
        raise MalformedError("a critical chunk that is not known")
    return "image.private"


def _without_extra(chunks: list[Chunk]) -> tuple[list[Chunk], int]:
    """Return the chunks without what follows the packed pixels in the last of them."""
    packed = b"".join(chunk.body for chunk in chunks if chunk.kind == b"IDAT")
    extra = len(packed) - _taken(packed)
    if not extra:
        return chunks, 0
    whole = Chunk(kind=b"IDAT", body=packed[:-extra])
    first = next(at for at, chunk in enumerate(chunks) if chunk.kind == b"IDAT")
    others = [chunk for chunk in chunks[first:] if chunk.kind != b"IDAT"]
    return [*chunks[:first], whole, *others], 1


def _taken(packed: bytes) -> int:
    """Return how many bytes the packed pixels are, inflated to their end."""
    return len(packed) - len(_inflated(packed, lambda _: None))


def _inflated(packed: bytes, take: Callable[[bytes], None]) -> bytes:
    """Inflate piece by piece, and return what follows the end.

    Raises:
        FormatError: it is no Deflate stream, has no end, or holds too much.
    """
    stream = zlib.decompressobj()
    held, rest = 0, packed
    try:
        while not stream.eof:
            piece = stream.decompress(rest, _STEP)
            rest = stream.unconsumed_tail
            held += len(piece)
            take(piece)
            if held > _MOST_INFLATED:
                raise LimitError("pixels hold too much")
            if not piece and not rest and not stream.eof:
                raise TruncatedError("the packed pixels stop early")
    except zlib.error as error:
        raise MalformedError("the packed pixels are no Deflate stream") from error
    return stream.unused_data


def measure(content: bytes) -> Measures:
    """Return a digest of the pixels, unpacked, and of the chunks that say what they mean.

    Raises:
        FormatError: the picture is not whole.
    """
    pixels, meaning = sha256(), sha256()
    packed = []
    for chunk in _chunks(content, end_of_png(content, checksum)):
        if chunk.kind == b"IDAT":
            packed.append(chunk.body)
        elif chunk.kind in _PIXELS:
            meaning.update(chunk.kind + chunk.body)
    _inflated(b"".join(packed), pixels.update)
    return Measures(values={"pixels": pixels.hexdigest(), "header": meaning.hexdigest()})


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have.

    Raises:
        FormatError: the picture is not whole.
    """
    found = set()
    end = end_of_png(content, checksum)
    if content[end:]:
        found.add("image.trailing")
    packed: list[bytes] = []
    for chunk in _chunks(content, end):
        packed += [chunk.body] if chunk.kind == b"IDAT" else []
        if chunk.kind not in _PIXELS | _SHOWN:
            found.add("image.metadata")
        if chunk.kind not in (b"IDAT", b"fdAT") and first_hidden(chunk.body):
            found.add("image.hidden")
    if _inflated(b"".join(packed), lambda _: None):
        found.add("image.trailing")
    return tuple(sorted(found))


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
