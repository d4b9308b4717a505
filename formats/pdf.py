"""A scan over the objects of a PDF: what stands outside of streams, and the streams themselves.

It does not follow the cross-reference table, because a reader that repairs a file does not either:
every dictionary that any reader could find is in the text that this module returns (ISO 32000-1
section 7.3.8 for streams, 7.5.7 for object streams, which the caller's function inflates).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from formats.faults import (
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.fax import Page

Inflate = Callable[[bytes, int], bytes]
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_LENGTH = re.compile(rb"/Length\s+(\d{1,12})(?!\d|\s+\d+\s+R)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_LETTERS = {b"%02x" % letter: bytes([letter]) for letter in range(256)}
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]{0,200}\]|/\w+)")
_NAME = re.compile(rb"/(\w+)")
_PREDICTOR = re.compile(rb"/Predictor\s+(?!1\b)\d")
# How it is packed stands in another object, which a linear reader does not follow.
_FILTER_ELSEWHERE = re.compile(rb"/(?:Filter|DecodeParms|FFilter)\s*\[?\s*\d+\s+\d+\s+R")
_FIRST = re.compile(rb"/First\s+\d")
_COUNT = re.compile(rb"/N\s+\d")
_PROTECTED = re.compile(rb"/Encrypt(?=[\s<\[(/%])")
_LINEARIZED_LENGTH = re.compile(rb"/Linearized\s[^>]{0,300}?/L\s+(\d{1,12})")
_UPDATE = re.compile(rb" obj\b|\bxref\b|\btrailer\b")
_FLATE = ([b"FlateDecode"], [b"Fl"])
_BINARY = re.compile(
    rb"/(?:Image|Length1|Type1C|CIDFontType0C|OpenType|EmbeddedFile|Sound|XRef|Params"
    rb"|FunctionType|BitsPerSample)\b"
)
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_JPEG = ([b"DCTDecode"], [b"DCT"])
# Streams that are letters whatever they hold: all that ISO 32000-1 7.4.2 and 7.4.3 allow.
_LETTERS_OF = {
    **dict.fromkeys((b"ASCIIHexDecode", b"AHx"), b"0123456789abcdefABCDEF>"),
    **dict.fromkeys((b"ASCII85Decode", b"A85"), bytes([*range(33, 118), *b"vwxyz~>"])),
}
_FAX = ([b"CCITTFaxDecode"], [b"CCF"])
_FAX_NUMBERS = re.compile(rb"/(K|Columns|Rows|Height)\s+(-?\d{1,6})(?!\d|\s+\d+\s+R)")
_ALIGNED = re.compile(rb"/EncodedByteAlign\s+true")
_SPACES = b"\x00\t\n\x0c\r "
_DICTIONARY_WITHIN = 65_536
_STRANGE = bytes([*range(1, 9), 11, *range(14, 32), *range(127, 256)])
_STRANGE_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream: its dictionary with escapes undone, and where its packed bytes lie."""

    dictionary: bytes
    start: int
    end: int

    @property
    def filters(self) -> list[bytes]:
        """The names of its filters, in order."""
        found = _FILTER.search(self.dictionary)
        return _NAME.findall(found.group(1)) if found else []

    @property
    def is_flate(self) -> bool:
        """Whether it is packed by Deflate alone."""
        return self.filters in _FLATE

    @property
    def is_jpeg(self) -> bool:
        """Whether it is a JPEG picture and nothing else."""
        return self.filters in _JPEG

    @property
    def is_jpeg_2000(self) -> bool:
        """Whether it is a JPEG 2000 picture and nothing else."""
        return self.filters == [b"JPXDecode"]

    @property
    def fax(self) -> Page | None:
        """How a fax picture in it is written (7.4.6); None where it is none, or that is not said.

        What is packed twice, or has its parameters in another object, is not said.
        """
        if self.filters not in _FAX or _FILTER_ELSEWHERE.search(self.dictionary):
            return None
        numbers = {name: int(value) for name, value in _FAX_NUMBERS.findall(self.dictionary)}
        return Page(
            columns=numbers.get(b"Columns", 1728),
            lines=numbers.get(b"Rows", 0) or numbers.get(b"Height", 0),
            scheme=numbers.get(b"K", 0),
            aligned=_ALIGNED.search(self.dictionary) is not None,
        )

    @property
    def alphabet(self) -> bytes:
        """The letters that its outermost filter allows; empty when that is any byte."""
        letters = _LETTERS_OF.get(next(iter(self.filters), b""))
        return letters + _SPACES if letters else b""

    @property
    def holds_words(self) -> bool:
        """Whether it is not packed, and no picture, font or sound: instructions, objects, XML."""
        return not self.filters and _BINARY.search(self.dictionary) is None

    @property
    def is_plain_picture(self) -> bool:
        """Whether it is a picture whose pixels nothing packs, as far as it says so itself."""
        is_packed = self.filters or _FILTER_ELSEWHERE.search(self.dictionary)
        return not is_packed and _PICTURE.search(self.dictionary) is not None

    @property
    def is_text(self) -> bool:
        """Whether it is not packed, and says that it is XML or objects."""
        return not self.filters and (b"/Metadata" in self.dictionary or self.holds_objects)

    @property
    def claimed_end(self) -> int | None:
        """Where its dictionary says that it ends; None when the length stands elsewhere."""
        claimed = _LENGTH.search(self.dictionary)
        return None if claimed is None else self.start + int(claimed.group(1))

    @property
    def holds_objects(self) -> bool:
        """Whether any reader may take it for an object stream, with or without its type."""
        return b"/ObjStm" in self.dictionary or (
            _FIRST.search(self.dictionary) is not None
            and _COUNT.search(self.dictionary) is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A file cut into what is outside of streams (escapes in names undone) and the streams."""

    outside: bytes
    streams: tuple[Stream, ...]

    @property
    def protected(self) -> bool:
        """Whether strings and streams are encrypted."""
        return _PROTECTED.search(self.outside) is not None


def scan_pdf(content: bytes) -> Scan:
    """Cut a file into streams and the rest, in one pass.

    Raises:
        TruncatedError: a stream has no end.
    """
    pieces: list[bytes] = []
    streams: list[Stream] = []
    at = 0
    while (found := _STREAM.search(content, at)) is not None:
        dictionary = _dictionary_before(content, at, found.start())
        if dictionary is None:
            pieces.append(content[at : found.end()])
            at = found.end()
            continue
        pieces.append(content[at : found.start()])
        stream, at = _stream(content, dictionary, found.end())
        streams.append(stream)
    pieces.append(content[at:])
    return Scan(outside=plain_names(b"\n".join(pieces)), streams=tuple(streams))


def plain_names(text: bytes) -> bytes:
    """Undo #xx escapes (7.3.5), which otherwise hide any name."""
    return (
        _ESCAPE.sub(lambda found: _LETTERS[found.group(1).lower()], text) if b"#" in text else text
    )


def _dictionary_before(content: bytes, since: int, at: int) -> bytes | None:
    """Return the dictionary that ends right before `stream`; None where the word is only a word."""
    before = content[max(since, at - _DICTIONARY_WITHIN) : at].rstrip(b" \t\r\n\x00\x0c")
    if not before.endswith(b">>"):
        return None
    opening = before.rfind(b" obj")
    if opening < 0:
        opening = before.rfind(b"obj")
    return plain_names(before[opening + 1 :] if opening >= 0 else before)


def _stream(content: bytes, dictionary: bytes, start: int) -> tuple[Stream, int]:
    """Find the end that the dictionary claims if it is one, else the first end mark."""
    claimed = _LENGTH.search(dictionary)
    if claimed is not None:
        end = start + int(claimed.group(1))
        mark = content.find(b"endstream", end, end + 16)
        if mark >= 0 and not content[end:mark].strip():
            return Stream(dictionary=dictionary, start=start, end=end), mark + 9
    mark = content.find(b"endstream", start)
    if mark < 0:
        raise TruncatedError("a stream has no end", offset=start)
    return Stream(dictionary=dictionary, start=start, end=mark), mark + 9


def open_stream(content: bytes) -> Stream | None:
    """Return the last stream when nothing ends it; None when all streams are closed."""
    last = content.rfind(b"endstream")
    for found in _STREAM.finditer(content, last + 9 if last >= 0 else 0):
        dictionary = _dictionary_before(content, 0, found.start())
        if dictionary is not None:
            return Stream(dictionary=dictionary, start=found.end(), end=len(content))
    return None


def object_texts(content: bytes, scan: Scan, inflate: Inflate, *, most: int) -> Iterator[bytes]:
    """Yield every text that holds dictionaries: outside of streams, then each object stream.

    Raises:
        ProtectedError: the file is encrypted.
        UnsupportedError: an object stream is packed in a way that is not known.
        FormatError: an object stream does not inflate.
    """
    yield scan.outside
    if scan.protected:
        raise ProtectedError("the file is encrypted")
    left = most
    for stream in scan.streams:
        if not stream.holds_objects:
            continue
        packed = content[stream.start : stream.end]
        unknown = stream.filters and (not stream.is_flate or _PREDICTOR.search(stream.dictionary))
        if unknown or _FILTER_ELSEWHERE.search(stream.dictionary):
            raise UnsupportedError("an object stream packed in an unknown way", offset=stream.start)
        text = inflate(packed, left + 1) if stream.filters else packed
        left -= len(text)
        if left < 0:
            raise LimitError("object streams hold too much")
        yield plain_names(text)


def check_end(content: bytes) -> int:
    """Return where the file ends by its own marks.

    Raises:
        TruncatedError: the end is missing, or the file is shorter than it says.
    """
    linear = _LINEARIZED_LENGTH.search(content, 0, 2048)
    if linear is not None and int(linear.group(1)) > len(content):
        raise TruncatedError("shorter than its own length entry", offset=len(content))
    mark = content.rfind(b"%%EOF")
    if mark < 0 or content.rfind(b"startxref") < 0:
        raise TruncatedError("no end of file mark", offset=len(content))
    end = mark + 5
    if _UPDATE.search(content, end):
        raise TruncatedError("an update after the last end mark is cut", offset=end)
    return end


def check_outside(scan: Scan) -> None:
    """Check what no packing hides: objects that end, in text that is mostly text.

    Encryption in stripes leaves the first and the last bytes, and destroys this. Strings may be
    binary; in real files they make up a fiftieth of what is outside of streams at most.

    Raises:
        MalformedError: objects do not end, or there is too much that is no text.
    """
    outside = scan.outside
    strange = len(outside) - len(outside.translate(None, _STRANGE))
    if strange > len(outside) * _STRANGE_SHARE:
        raise MalformedError("too many strange bytes outside of streams")
    check_objects(scan)


def check_objects(scan: Scan) -> None:
    """Check that objects end, which their owner's encryption of strings does not change.

    Raises:
        MalformedError: they do not.
    """
    outside = scan.outside
    opened = outside.count(b" obj") - outside.count(b" object")  # words of remarks
    closed = outside.count(b"endobj")
    if abs(opened - closed) > max(2, opened // 5):
        raise MalformedError(f"{opened} objects begin and {closed} end")


def broken_streams(content: bytes, scan: Scan, inflate: Inflate, *, most: int) -> Iterator[int]:
    """Yield the positions of the Deflate streams that do not inflate to their end.

    Raises:
        LimitError: the streams hold more than `most` bytes together.
    """
    left = most
    for stream in scan.streams:
        if not stream.is_flate or stream.end == stream.start:
            continue
        try:
            left -= len(inflate(content[stream.start : stream.end], left + 1))
        except (MalformedError, TruncatedError):
            yield stream.start
        if left < 0:
            raise LimitError("streams hold too much")
