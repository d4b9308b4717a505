"""The integrity scanner: whether content is whole by the rules of its own format.

Structure only: a missing end, a checksum that does not fit, a chain that leaves the file. What is
found here is damage; who caused it is for others to say, and zeros are never called encryption.
"""

from collections.abc import Callable, Iterator

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, NotScanned, Outcome, Scanned
from formats import biff, images, pdf
from formats.dicom import NATIVE, PIXEL_DATA, read_dicom
from formats.families import XML_TYPES
from formats.faults import FormatError, MalformedError, ProtectedError, TruncatedError
from formats.markup import Events, read_xml
from formats.ole2 import Compound
from formats.packages import ODF_PREFIX, OOXML_PREFIX
from formats.randomness import WINDOW, first_random_window, is_random_window
from formats.signatures import candidates
from formats.zip import STORED, member_bytes, read_directory
from sanitizers.inflating import checksum, inflate_raw, inflate_zlib
from sanitizers.interface import Opened

NAME = "integrity"
ZERO_RUN = 4096
_LEAST_TRAILER = 64
_LONG_TRAILER = 4096
_SECTOR = 512
_NEVER_PACKED = frozenset({"worddocument", "0table", "1table"})


class Integrity:
    """Checks content against the structure that its type has."""

    name = NAME
    version = "1"

    def scan(self, opened: Opened) -> Outcome:
        """Return the damage that the structure shows, or why that could not be seen."""
        if not opened.whole:
            return NotScanned(
                scanner=NAME, reason=f"larger than {opened.limits.most_content_bytes} bytes"
            )
        try:
            findings = tuple(_look(opened))
        except FormatError as error:
            return NotScanned(scanner=NAME, reason=f"{error.code}: {error.reason}")
        return Scanned(
            scanner=NAME, version=self.version, coverage=Coverage.WHOLE, findings=findings
        )


def _look(opened: Opened) -> Iterator[Finding]:
    if opened.report.all_zero:
        yield _damage("all-zero", f"{opened.size} zero bytes")
        return
    check = _check_of(opened.media_type)
    if check is None:
        return
    try:
        yield from check(opened)
    except ProtectedError:
        return  # that it needs a password is the active_content scanner's word
    except TruncatedError as error:
        yield _damage(_cut_rule(opened.content), error.reason, error.offset)
    except MalformedError as error:
        yield _damage("broken-structure", error.reason, error.offset)


def _cut_rule(content: bytes) -> str:
    """Tell a file that was cut from one whose end was allocated and never written."""
    tail = content[-ZERO_RUN:]
    return "zero-filled-end" if len(tail) == ZERO_RUN and not tail.strip(b"\x00") else "cut"


def _pdf(opened: Opened) -> Iterator[Finding]:
    end = pdf.check_end(opened.content)
    yield from _after_end(opened.content, end, allowed=_LONG_TRAILER)
    scan = pdf.scan_pdf(opened.content)
    if scan.protected:
        return
    pdf.check_outside(scan)
    most = opened.limits.most_expanded_bytes
    broken = list(pdf.broken_streams(opened.content, scan, inflate_zlib, most=most))
    if broken:
        yield _damage("broken-stream", f"{len(broken)} of {len(scan.streams)}", broken[0])


def _zip(opened: Opened) -> Iterator[Finding]:
    directory = read_directory(opened.content, most_members=opened.limits.most_members)
    for code in directory.anomalies:
        yield _doubt(f"zip-{code}")
    left = opened.limits.most_expanded_bytes
    for number, member in enumerate(directory.members):
        if member.encrypted:
            yield _doubt("password-protected")
            return
        if member.method not in (STORED, 8):
            yield _doubt("zip-unknown-method", f"member {number}")
            return
        plain = member_bytes(opened.content, member, inflate_raw, most=left)
        left -= len(plain)
        if checksum(plain) != member.crc:
            yield _damage("zip-member-crc", f"member {number}", member.data_offset)
            return


def _compound(opened: Opened) -> Iterator[Finding]:
    compound = Compound(opened.content)
    user = compound.find("Current User")
    if user is not None and biff.slides_are_encrypted(compound.stream(user)):
        return
    tail = opened.content[-ZERO_RUN:]
    if len(opened.content) > 2 * ZERO_RUN and not tail.strip(b"\x00"):
        raise TruncatedError("nothing but zeros at the end", offset=opened.size - ZERO_RUN)
    yield from _after_end(opened.content, compound.end)
    word = compound.find("WordDocument")
    word_is_protected = word is not None and biff.text_is_encrypted(compound.stream(word))
    for entry in compound.entries:
        if not entry.is_stream:
            continue
        stream = compound.stream(entry)
        name = entry.name.lower() if len(entry.path) == 1 else ""
        if name == "workbook":
            packs = _any_of(biff.excel_records(stream), biff.PICTURES)
        elif name == "powerpoint document":
            packs = _any_of(biff.slide_records(stream), biff.STORED_OBJECTS)
        else:
            packs = name not in _NEVER_PACKED or word_is_protected
        if not packs:
            yield from _random_region(stream, 0, len(stream), step=_SECTOR)


def _any_of(records: Iterator[biff.Record], numbers: frozenset[int]) -> bool:
    """Walk all records to the end, and tell whether one of them holds packed bytes."""
    return bool({record.number for record in records} & numbers)


def _random_region(
    content: bytes, start: int, end: int, *, step: int = WINDOW
) -> Iterator[Finding]:
    """Find random-like bytes where a format packs nothing: intermittent encryption leaves them."""
    at = first_random_window(content, start, end, step=step)
    if at >= 0:
        yield _doubt("random-region", "random-like bytes in a part that is never packed", at)


def _rtf(opened: Opened) -> Iterator[Finding]:
    """Ask for the last closing brace; white space and zeros may follow."""
    content = opened.content.rstrip(b"\x00\r\n\t \x1a")
    if not content.endswith(b"}"):
        end = content.rfind(b"}")
        if end < 0 or len(content) - end > _LONG_TRAILER:
            raise TruncatedError("no closing brace", offset=len(content))
        yield from _after_end(content, end + 1, allowed=0)
    yield from ()


def _xml(opened: Opened) -> Iterator[Finding]:
    read_xml(opened.content, Events(on_type=lambda _, __: None))
    yield from ()


def _dicom(opened: Opened) -> Iterator[Finding]:
    read = read_dicom(opened.content, inflate_raw, most=opened.limits.most_member_bytes)
    if not read.elements:
        raise TruncatedError("no elements", offset=len(opened.content))
    if read.transfer_syntax in NATIVE and PIXEL_DATA in read.elements:
        yield from _random_region(opened.content, *read.elements[PIXEL_DATA])


def _jpeg(opened: Opened) -> Iterator[Finding]:
    yield from _after_end(opened.content, images.end_of_jpeg(opened.content))


def _png(opened: Opened) -> Iterator[Finding]:
    yield from _after_end(opened.content, images.end_of_png(opened.content, checksum))


def _gif(opened: Opened) -> Iterator[Finding]:
    yield from _after_end(opened.content, images.end_of_gif(opened.content))


def _bmp(opened: Opened) -> Iterator[Finding]:
    yield from _after_end(opened.content, images.end_of_bmp(opened.content))


def _tiff(opened: Opened) -> Iterator[Finding]:
    yield from _after_end(opened.content, images.end_of_tiff(opened.content))


def _text(opened: Opened) -> Iterator[Finding]:
    yield from _zero_tail(opened.content)


def _zero_tail(content: bytes) -> Iterator[Finding]:
    """Find zeros behind a text: it was written by halves, and the rest of its blocks never."""
    zeros = len(content) - len(content.rstrip(b"\x00"))
    if zeros and content[-1:] == b"\x00" and zeros >= _LEAST_TRAILER:
        yield _damage("zero-filled-end", f"{zeros} zero bytes", len(content) - zeros)


def _after_end(content: bytes, end: int, *, allowed: int = 0) -> Iterator[Finding]:
    """Judge what was appended: nothing, padding, harmless bytes, or a file of its own."""
    rest = content[end:]
    if not rest.strip(b"\x00\r\n\t \x1a"):
        return
    kinds = [kind.media_type for kind in candidates(rest) if kind.media_type != "image/jpeg"]
    start = rest[:ZERO_RUN]
    foreign = bool(kinds) or (len(start) >= 512 and is_random_window(start))
    if foreign or (allowed and len(rest) > allowed):
        detail = ", ".join(kinds) or f"{len(rest)} bytes"
        yield _doubt("trailing-data", detail, end)
    else:
        yield Finding(
            scanner=NAME,
            rule="trailing-bytes",
            kind=FindingKind.TYPE,
            severity=Severity.INFO,
            where=f"offset {end}",
            detail=f"{len(rest)} bytes",
        )


Check = Callable[[Opened], Iterator[Finding]]
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("application/pdf", _pdf),
    (OOXML_PREFIX, _zip),
    (ODF_PREFIX, _zip),
    ("application/zip", _zip),
    ("application/epub+zip", _zip),
    ("application/vnd.ms-word.", _zip),
    ("application/vnd.ms-excel.", _zip),
    ("application/vnd.ms-powerpoint.", _zip),
    ("application/msword", _compound),
    ("application/vnd.ms-excel", _compound),
    ("application/vnd.ms-powerpoint", _compound),
    ("application/vnd.ms-outlook", _compound),
    ("application/x-ole-storage", _compound),
    ("application/rtf", _rtf),
    *((media_type, _xml) for media_type in XML_TYPES),
    ("application/dicom", _dicom),
    ("image/jpeg", _jpeg),
    ("image/png", _png),
    ("image/gif", _gif),
    ("image/bmp", _bmp),
    ("image/tiff", _tiff),
    ("application/json", _text),
    ("application/fhir+", _text),
    ("application/x-ndjson", _text),
    ("application/hl7-v2", _text),
    ("application/hprim", _text),
    ("text/", _text),
)


def _check_of(media_type: str) -> Check | None:
    return next((check for prefix, check in _CHECKS if media_type.startswith(prefix)), None)


def _damage(rule: str, detail: str = "", offset: int = -1) -> Finding:
    return _finding(rule, FindingKind.DAMAGE, detail, offset)


def _doubt(rule: str, detail: str = "", offset: int = -1) -> Finding:
    return _finding(rule, FindingKind.UNVERIFIABLE, detail, offset)


def _finding(rule: str, kind: FindingKind, detail: str, offset: int) -> Finding:
    return Finding(
        scanner=NAME,
        rule=rule,
        kind=kind,
        severity=Severity.SUSPICIOUS,
        where=f"offset {offset}" if offset >= 0 else "",
        detail=detail[:300],
    )
