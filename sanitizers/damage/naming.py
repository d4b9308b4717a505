"""What the name of content of no known type bears witness of: that a certain type stood there.

Random-like bytes alone prove nothing. A known extension, or one with something appended to it, says
what the content began with before it was overwritten, zeroed or cut.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from custody.finding import FindingKind
from formats.families import Family
from formats.remains import Remains
from sanitizers.interface import TypeReport


class Witness(NamedTuple):
    """What a name and the content under it say together."""

    rule: str
    kind: FindingKind
    extension: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Formats that begin with a mark which our table knows: content under such a name that has none has
# lost it. What packs its bytes and is not in the table would look as destroyed, and is not here.
MARKED = _words(
    """
    doc docx docm dot dotx dotm xls xlsx xlsm xlsb xlt xltx ppt pptx pptm pps ppsx pot potx vsd vsdx
    pub odt ods odp odg odf odb ott ots sxw sxc pdf rtf dcm dicom jpg jpeg jpe jfif png gif bmp tif
    tiff webp jp2 j2k ico psd emf wmf dng nef cr2 heic heif avif zip gz tgz bz2 tbz2 xz txz zst 7z
    rar tar jar epub whl deb rpm apk ipa nupkg vsix xpi kmz svgz xps lz lz4 lzh cpio ova mdb
    accdb mdf ldf ndf edb pst ost msg one mpp mp4 m4a m4v avi mkv wav flac ogg opus wma wmv vhd vhdx
    vmdk qcow2 vdi wim iso ttf otf ttc woff woff2 exe dll so class msi lnk chm parquet npy evtx bkf
    sqlite sqlite3 db3 oga jpc mp3 mov edf bdf nii cur ppm pgm pbm dbf aac
    """
)
TEXTS = _words(
    """
    txt csv tsv xml json ndjson jsonl hl7 er7 cda ccda fhir hpr eml ics vcf html htm xhtml svg md
    rst log ini cfg conf yaml yml sql tex ps eps srt py js css java c h cpp ps1 bat sh php rb pl
    xsd xsl xslt
    """
)
# These begin with a mark too, except when their owner encrypts them: then all of it is noise, and
# that of a database in whole pages.
PAGED = _words("db")
MARKLESS = PAGED | _words("bak dump dmp")
# Volumes of disks: the first sectors of these may be zeros.
_MAY_BEGIN_WITH_ZEROS = _words("iso vmdk vhd mdf vdi ova tar")
KNOWN = MARKED | TEXTS | MARKLESS
# Empty by accident only.
_NEVER_EMPTY = MARKED | _words("xml json hl7 cda ccda fhir hpr eml db sqlite")
# Formats that no text ever has: plain words under such a name are not the document that it names.
NEVER_TEXT = _words(
    """
    docx docm xlsx xlsm xlsb pptx pptm ppsx odt ods odp odg pdf dcm dicom jpg jpeg png gif bmp tif
    tiff zip mdb accdb mdf ldf pst sqlite
    """
)
# A further volume of a split archive begins in the middle of it.
_VOLUME = re.compile(r"\d{1,5}|[zr]\d\d|part\d{1,4}|s\d{3}")
_MOST_PARTS = 6


def witnesses(parts: list[str], report: TypeReport) -> Iterator[Witness]:
    """Yield what the extensions of a name and the type of its content prove together."""
    named = _named(parts)
    if not named or _VOLUME.fullmatch(parts[-1]):
        return
    if report.family is Family.EMPTY:
        if named in _NEVER_EMPTY and named == parts[-1]:
            yield Witness("empty-document", FindingKind.DAMAGE, named)
    elif report.family is Family.TEXT:
        if named in NEVER_TEXT and named == parts[-1]:
            yield Witness("document-is-text", FindingKind.DAMAGE, named)
    elif report.remains is not None:
        yield from _of_remains(named, parts, report)


def _named(parts: list[str]) -> str:
    """Return the last extension that is a known one: what attackers append may have dots too."""
    return next((part for part in reversed(parts[-_MOST_PARTS:]) if part in KNOWN), "")


def _may_be_sealed(named: str, remains: Remains) -> bool:
    if named not in MARKLESS or not remains.random_like:
        return False
    return named not in PAGED or remains.whole_sectors


def _is_destroyed(named: str, remains: Remains) -> bool:
    """Tell noise where a mark was: a quarter of the first sector will do where one has to be."""
    if remains.random_head or (remains.random_cells and named in MARKED):
        return True
    return remains.destroyed and named not in TEXTS


def _of_remains(named: str, parts: list[str], report: TypeReport) -> Iterator[Witness]:
    remains = report.remains
    if remains is None or remains.all_zero:
        return
    appended = named != parts[-1]
    # Words and noise under an end that makes an archive of them are its names and what it packs.
    is_text = named in TEXTS and report.family is Family.UNKNOWN
    if remains.random_parts and is_text:
        yield Witness("noise-in-text", FindingKind.ENCRYPTION, named)
    elif remains.zero_head and named not in _MAY_BEGIN_WITH_ZEROS:
        yield Witness("header-zeroed", FindingKind.DAMAGE, named)
    elif _is_destroyed(named, remains):
        if appended and remains.random_like:
            yield Witness("renamed-and-random", FindingKind.ENCRYPTION, parts[-1])
        elif not _may_be_sealed(named, remains):
            yield Witness("header-destroyed", FindingKind.ENCRYPTION, named)
