"""Damage in PDF files: the end, what stands outside of streams, and every stream that unpacks."""

from collections.abc import Iterator

from formats import fax, pdf
from formats.codestreams import foreign_in_jpeg_2000
from formats.faults import LimitError, MalformedError, ProtectedError, TruncatedError
from formats.randomness import first_random_sector, first_random_window, is_noise
from formats.remains import alternates, words_and_noise
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken_at,
    changed,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.packed import End, deflation
from sanitizers.damage.pictures import check_scan
from sanitizers.interface import Opened

_LONG_TRAILER = 4096
_TRUETYPE = (b"\x00\x01\x00\x00", b"true")
_ZLIB = 15
_STRANGE = bytes([*range(1, 9), 11, *range(14, 32), *range(127, 256)])
_TAIL = 512
_STRANGE_SHARE = 0.05
_LEAST_STRANGE = 6
# Codes of a fax are walked one by one: half a second for this many bytes.
_MOST_WALKED = 1 << 18


def check_pdf(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a file.

    Raises:
        ProtectedError: its strings and streams are encrypted by its owner.
        LimitError: its streams hold more than allowed.
    """
    content = opened.content
    try:
        end = pdf.check_end(content)
        scan = pdf.scan_pdf(content[:end])
    except TruncatedError as error:
        yield _end_fault(opened, error)
        return
    yield from after_end(content, end, allowed=_LONG_TRAILER)
    zeros = zero_run(scan.outside)
    if zeros >= 0:
        yield zeroed(zeros, "outside of streams")
        return
    try:
        pdf.check_objects(scan) if scan.protected else pdf.check_outside(scan)
    except MalformedError as error:
        yield _outside_fault(scan, error)
        return
    if scan.protected:
        yield from _zeros_in_ciphered(content, scan)
        raise ProtectedError("the file is encrypted")
    if first_random_sector(scan.outside, 0, len(scan.outside)) >= 0:
        yield noise("random-region", -1, "outside of streams, where nothing is packed")
        return
    yield from _streams(opened, scan)


def _zeros_in_ciphered(content: bytes, scan: pdf.Scan) -> Iterator[Fault]:
    """Yield long zeros in any stream: no cipher leaves them, whatever stood there."""
    for stream in scan.streams:
        zeros = zero_run(content, stream.start, stream.end)
        if zeros >= 0 and stream.filters:
            yield zeroed(zeros, "in a stream")
            return


def _end_fault(opened: Opened, error: TruncatedError) -> Fault:
    """Judge a file without its end: an open stream, or the text after the last closed one."""
    content = opened.content
    if not content[-_TAIL:].strip(b"\x00"):
        return cut(content, error.reason, len(content))
    if alternates(content):
        return noise("overwritten-structure", len(content) - _TAIL, error.reason)
    opened_at = pdf.open_stream(content)
    if opened_at is not None:
        return _open_stream_fault(opened, opened_at)
    rest = content[_last_closed(content) :]
    strange = len(rest) - len(rest.translate(None, _STRANGE))
    if strange * 4 > len(rest) and is_noise(rest[-_TAIL:]):
        return noise("overwritten-structure", len(content) - len(rest), error.reason)
    return cut(content, error.reason, len(content))


def _last_closed(content: bytes) -> int:
    return max(content.rfind(b"endobj"), content.rfind(b"endstream"), 0)


def _open_stream_fault(opened: Opened, stream: pdf.Stream) -> Fault:
    """Judge a stream without an end: its length or its packing tells whether it was cut."""
    content = opened.content
    claimed = stream.claimed_end
    if claimed is not None and claimed + 9 <= len(content):
        return broken_at(content, claimed, "a stream does not end where it says")
    if stream.is_flate:
        packed = content[stream.start :]
        found = deflation(packed, most=opened.limits.most_expanded_bytes, window=_ZLIB)
        lost = found.end is End.BREAKS or (found.end is End.RUNS_OUT and found.garbled)
        if lost and zero_run(content, stream.start) < 0:
            return noise("overwritten-structure", stream.start, "a stream breaks and has no end")
        if found.end is End.WHOLE:
            return broken_at(content, stream.start + found.taken + 1, "a stream has no end mark")
    contradiction = check_scan(content, stream.start, None) if stream.is_jpeg else None
    return contradiction or cut(content, "a stream is cut", len(content))


def _outside_fault(scan: pdf.Scan, error: MalformedError) -> Fault:
    if words_and_noise(scan.outside):
        return noise("overwritten-structure", 0, error.reason)
    return changed("broken-structure", -1, error.reason)


def _streams(opened: Opened, scan: pdf.Scan) -> Iterator[Fault]:
    """Unpack every stream; one that only stops early is a sloppy writer's, or changed."""
    content, left = opened.content, opened.limits.most_expanded_bytes
    faults: list[Fault] = []
    for stream in scan.streams:
        if stream.end == stream.start:
            continue
        if stream.is_flate:
            packed = content[stream.start : stream.end]
            found = deflation(packed, most=left + 1, window=_ZLIB)
            left -= found.given
            faults += _stream_fault(content, stream, found.end)
        else:
            faults += _unpacked_fault(content, stream)
        if left < 0:
            raise LimitError("streams hold too much")
    yield from faults[:1]


def _unpacked_fault(content: bytes, stream: pdf.Stream) -> list[Fault]:
    """Judge a stream that is not inflated: a picture by its codes, a packed one by long zeros."""
    if stream.is_jpeg:
        contradiction = check_scan(content, stream.start, stream.end)
        return [contradiction] if contradiction is not None else []
    if stream.alphabet:
        return _strange_letters(content, stream)
    if not (stream.filters or stream.holds_words):
        return _unpacked_noise(content, stream)
    zeros = zero_run(content, stream.start, stream.end)
    if zeros >= 0 and (stream.filters or _is_text_but_for_zeros(content, stream)):
        return [zeroed(zeros, "in a stream")]
    if stream.is_text and words_and_noise(content[stream.start : stream.end]):
        return [noise("overwritten-stream", stream.start, "noise between words")]
    at = _first_contradiction(content, stream)
    return [noise("overwritten-stream", at, "an impossible code")] if at >= 0 else []


def _unpacked_noise(content: bytes, stream: pdf.Stream) -> list[Fault]:
    """Look for noise in pixels and in outlines in tables; those of Type 1 are ciphered by right."""
    is_font = content[stream.start : stream.start + 4] in _TRUETYPE
    if not (is_font or stream.is_plain_picture):
        return []
    at = first_random_window(content, stream.start, stream.end)
    return [noise("random-region", at, "in what nothing packs")] if at >= 0 else []


def _first_contradiction(content: bytes, stream: pdf.Stream) -> int:
    """Return where the codes of a fax or of JPEG 2000 contradict themselves, -1 if they do not."""
    if stream.is_jpeg_2000:
        return foreign_in_jpeg_2000(content, stream.start, stream.end)
    page = stream.fax
    if page is None or stream.end - stream.start > _MOST_WALKED:
        return -1
    at = fax.first_contradiction(content[stream.start : stream.end], page)
    return stream.start + at if at >= 0 else -1


def _strange_letters(content: bytes, stream: pdf.Stream) -> list[Fault]:
    """Judge a stream of letters by those that it cannot have; single ones are a writer's."""
    packed = content[stream.start : stream.end]
    strange = len(packed.translate(None, stream.alphabet))
    zeros = zero_run(content, stream.start, stream.end)
    if zeros >= 0:
        return [zeroed(zeros, "in a stream")]
    if strange >= _LEAST_STRANGE:
        return [noise("overwritten-stream", stream.start, f"{strange} bytes that are no letters")]
    return []


def _is_text_but_for_zeros(content: bytes, stream: pdf.Stream) -> bool:
    """Tell words with zeros in them from tables of numbers, which have zeros by right."""
    rest = content[stream.start : stream.end].replace(b"\x00", b"")
    return len(rest) - len(rest.translate(None, _STRANGE)) <= len(rest) * _STRANGE_SHARE


def _stream_fault(content: bytes, stream: pdf.Stream, end: End) -> list[Fault]:
    if end in (End.WHOLE, End.TOO_LONG):
        return []
    zeros = zero_run(content, stream.start, stream.end)
    if zeros >= 0:
        return [zeroed(zeros, "in a stream")]
    if end in (End.RUNS_OUT, End.WRONG_SUM):
        return [changed("broken-stream", stream.start, end.value)]
    return [noise("overwritten-stream", stream.start, "breaks")]
