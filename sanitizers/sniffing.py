"""Sniffing: what content is, in pure Python, from signatures, container directories and texts.

All readings of the content are collected; the most dangerous one is the primary type and the
others stay beside it, because what one program takes for a picture another may run.
"""

from dataclasses import replace

from custody.box import Lane
from formats import dicom, ole2, packages
from formats.families import DICOM, EMPTY, OLE2, SQL, UNKNOWN, XML_TYPES, ZIP, Family, Kind
from formats.faults import FormatError
from formats.hidden import program_within, runs_within
from formats.pickles import PICKLE, calls_when_read
from formats.remains import look_at_remains
from formats.signatures import PREAMBLE, candidates
from formats.sql.dialects import is_signed
from formats.text import read_text
from formats.textual import has_hidden_script, has_no_tags, kind_of_text
from sanitizers.interface import Opened, TypeReport
from sanitizers.limits import DEFAULT_LIMITS, Limits
from sanitizers.notes.reading import note_features

_PREAMBLE_MAGICS = (
    b"\x7fELF",
    b"#!",
    b"PK\x03\x04",
    b"%PDF-",
    b"\xd0\xcf\x11\xe0",
    b"<?php",
    b"{\\rt",
)
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_HIDDEN_IN = frozenset({Family.IMAGE, Family.MEDIA})
_NATIVE_PREFIXES = (
    "application/vnd.openxmlformats",
    "application/vnd.oasis",
    "application/zip",
    "application/pdf",
    *XML_TYPES,
    "application/vnd.sqlite3",
    "application/gzip",
    "application/x-bzip2",
    "application/x-xz",
    "application/zstd",
    "image/png",
    "image/svg+xml",
    "image/tiff",
    "image/x-bigtiff",
    "audio/ogg",
    # These may hold a PNG picture, whose chunks are summed.
    "audio/mpeg",
    "image/vnd.microsoft.icon",
    "image/x-win-cursor",
)


def open_sample(view: bytes | memoryview, limits: Limits = DEFAULT_LIMITS) -> Opened:
    """Open content for the scanners: sniff it, and keep at most what the limits allow."""
    content = bytes(view[: limits.most_content_bytes])
    return Opened(content=content, size=len(view), report=sniff(content), limits=limits)


def sniff(content: bytes) -> TypeReport:
    """Return what the content is."""
    if not content:
        return TypeReport(media_type=EMPTY.media_type, family=EMPTY.family)
    kinds = [_within(kind, content) for kind in candidates(content)]
    if not kinds:
        return _sniff_text(content)
    kinds.sort(key=lambda kind: kind.danger)
    primary = kinds[0]
    others = tuple(
        dict.fromkeys(kind.media_type for kind in kinds if kind.media_type != primary.media_type)
    )
    report = _report(primary, others, content)
    if primary.family in _HIDDEN_IN:
        program, script = runs_within(content)
        return replace(report, hidden_script=script, hidden_program=program)
    if primary == DICOM:
        # Its words are records, which are looked at as such; its pixels are a picture like others.
        return replace(report, hidden_program=program_within(content))
    return report


def program_in_preamble(content: bytes) -> bool:
    """Tell whether a DICOM preamble begins like a program, a script, an archive or a document."""
    preamble = content[:PREAMBLE]
    return preamble[:2] == b"MZ" or preamble.startswith((*_PREAMBLE_MAGICS, *_MACH_O))


def _within(kind: Kind, content: bytes) -> Kind:
    """Replace a container by what it contains, as far as its directory can be read."""
    try:
        if kind == ZIP:
            return packages.kind_of_package(content)
        if kind == OLE2:
            return ole2.kind_of_compound(content)
    except FormatError:
        return kind
    return kind


def _sniff_text(content: bytes) -> TypeReport:
    text = read_text(content)
    if text is not None:
        # Its machine reads the bytes as they are, whatever letters they stand for.
        kind = PICKLE if calls_when_read(content) else kind_of_text(text.view)
        hidden = kind.family is Family.TEXT and has_hidden_script(text.view)
        report = _report(kind, (), content, encoding=text.encoding, hidden=hidden)
        return replace(report, note=note_features(text.view), tagless=has_no_tags(text.view))
    if is_signed(content):
        return _report(SQL, (), content)  # pictures stand in it, or what destroyed a part of it
    if dicom.starts_without_preamble(content):
        return _report(DICOM, (), content)
    remains = look_at_remains(content)
    return TypeReport(
        media_type=UNKNOWN.media_type,
        family=UNKNOWN.family,
        lane=Lane.RESIDENT if remains.all_zero else Lane.FORKED,
        remains=remains,
    )


def _report(
    kind: Kind,
    others: tuple[str, ...],
    content: bytes,
    *,
    encoding: str = "",
    hidden: bool = False,
) -> TypeReport:
    native = kind.media_type.startswith(_NATIVE_PREFIXES) or content.startswith(b"PK")
    # An archive is known by its end too: then its beginning may have been destroyed.
    headless = kind == ZIP and not content.startswith(b"PK")
    deflated = kind == DICOM and dicom.is_deflated(content)
    return TypeReport(
        media_type=kind.media_type,
        family=kind.family,
        also_valid=others,
        lane=Lane.FORKED if native or deflated else Lane.RESIDENT,
        encoding=encoding,
        hidden_script=hidden,
        remains=look_at_remains(content) if headless else None,
    )
