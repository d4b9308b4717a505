"""What a ZIP archive stands for: an Office document, a program, or just an archive."""

import re

from formats.families import ZIP, Family, Kind
from formats.zip import STORED, Directory, read_directory

OOXML_PREFIX = "application/vnd.openxmlformats-officedocument."
ODF_PREFIX = "application/vnd.oasis.opendocument."

_DRAWING = Kind("application/vnd.ms-visio.drawing", Family.DOCUMENT)
_WORD = Kind(OOXML_PREFIX + "wordprocessingml.document", Family.DOCUMENT)
_SHEET = Kind(OOXML_PREFIX + "spreadsheetml.sheet", Family.DOCUMENT)
_SLIDES = Kind(OOXML_PREFIX + "presentationml.presentation", Family.DOCUMENT)
_ROOTS: tuple[tuple[str, Kind], ...] = (
    ("word/", _WORD),
    (
        "xl/workbook.bin",
        Kind("application/vnd.ms-excel.sheet.binary.macroenabled.12", Family.DOCUMENT),
    ),
    ("xl/", _SHEET),
    ("ppt/", _SLIDES),
    ("visio/", _DRAWING),
    ("fixeddocseq.fdseq", Kind("application/vnd.ms-xpsdocument", Family.DOCUMENT)),
)
_MACRO_KINDS = {
    _WORD: Kind("application/vnd.ms-word.document.macroenabled.12", Family.DOCUMENT),
    _SHEET: Kind("application/vnd.ms-excel.sheet.macroenabled.12", Family.DOCUMENT),
    _SLIDES: Kind("application/vnd.ms-powerpoint.presentation.macroenabled.12", Family.DOCUMENT),
    _DRAWING: Kind("application/vnd.ms-visio.drawing.macroenabled.12", Family.DOCUMENT),
}
_PROGRAM_MARKS: tuple[tuple[str, str], ...] = (
    ("androidmanifest.xml", "application/vnd.android.package-archive"),
    ("meta-inf/manifest.mf", "application/java-archive"),
    ("appxmanifest.xml", "application/appx"),
    ("extension.vsixmanifest", "application/vsix"),
)
_LONGEST_MIMETYPE = 100
_DECLARED = re.compile(r"application/(?:vnd\.oasis\.opendocument\.[a-z-]+|epub\+zip)")


def kind_of_package(content: bytes) -> Kind:
    """Return what the archive's own directory says that it is.

    Raises:
        FormatError: the directory cannot be read.
    """
    return kind_of_directory(content, read_directory(content, most_members=100_000))


def kind_of_directory(content: bytes, directory: Directory) -> Kind:
    """Return what a directory that was already read stands for."""
    names = {member.text.lower() for member in directory.members}
    for mark, media_type in _PROGRAM_MARKS:
        if mark in names:
            return Kind(media_type, Family.PROGRAM)
    declared = _mimetype(content, directory)
    office = _office(names) if "[content_types].xml" in names else None
    if declared and office is not None:
        return ZIP  # two programs would open two documents: no reader of one sees the other
    if _DECLARED.fullmatch(declared):
        return Kind(declared, Family.DOCUMENT)
    return office or ZIP


def _office(names: set[str]) -> Kind | None:
    for root, kind in _ROOTS:
        if any(name.startswith(root) for name in names):
            has_code = any(name.endswith("vbaproject.bin") for name in names)
            return _MACRO_KINDS.get(kind, kind) if has_code else kind
    return None


def _mimetype(content: bytes, directory: Directory) -> str:
    """Read the declaration that OpenDocument and EPUB keep stored in their first member."""
    first = directory.members[0] if directory.members else None
    if first is None or first.untrusted_name != b"mimetype" or first.method != STORED:
        return ""
    if first.encrypted or first.packed_size > _LONGEST_MIMETYPE:
        return ""
    declared = content[first.data_offset : first.data_offset + first.packed_size]
    return declared.decode("ascii", "replace").strip()
