"""The diagnosis of one sample: every fault that the check of its type finds, or why it could not.

Two scanners read it, integrity and encryption; the check is made once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from formats.bands import find_band
from formats.families import XML_TYPES
from formats.faults import FormatError, MalformedError, ProtectedError, TruncatedError
from formats.packages import ODF_PREFIX, OOXML_PREFIX
from sanitizers.damage.access import check_access
from sanitizers.damage.adts import check_adts
from sanitizers.damage.base_media import check_base_media
from sanitizers.damage.bitmaps import check_bmp
from sanitizers.damage.columns_of_parquet import check_parquet
from sanitizers.damage.compound import check_compound, check_sealed
from sanitizers.damage.database import check_database
from sanitizers.damage.dicom import check_dicom
from sanitizers.damage.dumps import check_dump
from sanitizers.damage.fault import Fault, Nature, broken, cut, noise
from sanitizers.damage.flac import check_flac
from sanitizers.damage.fonts import check_font, check_woff2
from sanitizers.damage.icons import check_anymap, check_icon
from sanitizers.damage.jpeg2000 import check_jpeg2000
from sanitizers.damage.messages import check_mail, check_message
from sanitizers.damage.metafiles import check_metafile
from sanitizers.damage.mpeg_audio import check_mpeg_audio
from sanitizers.damage.outlook_store import check_store
from sanitizers.damage.pdf import check_pdf
from sanitizers.damage.pictures import check_gif, check_jpeg, check_png
from sanitizers.damage.publications import check_publication
from sanitizers.damage.recordings import check_ogg, check_wave
from sanitizers.damage.signals import check_signals
from sanitizers.damage.streams import check_bzip2, check_gzip, check_xz, check_zstd
from sanitizers.damage.tables_of_dbase import check_dbase
from sanitizers.damage.texts import (
    check_json,
    check_lines,
    check_page,
    check_plain_text,
    check_rtf,
    check_table,
    check_text,
    check_xml,
)
from sanitizers.damage.tiff import check_tiff
from sanitizers.damage.unknown import check_unknown
from sanitizers.damage.volumes import check_volume
from sanitizers.damage.webp import check_webp
from sanitizers.damage.zipped import check_zip
from sanitizers.interface import Opened

BASE_MEDIA = ("image/heic", "image/avif", "video/mp4", "audio/mp4", "video/quicktime")
FONTS = ("font/ttf", "font/otf", "font/collection", "font/woff")
Check = Callable[[Opened], Iterator[Fault]]
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("application/pdf", check_pdf),
    (OOXML_PREFIX, check_zip),
    (ODF_PREFIX, check_zip),
    ("application/zip", check_zip),
    ("application/epub+zip", check_zip),
    ("application/vnd.ms-xpsdocument", check_zip),
    ("application/vnd.ms-word.", check_zip),
    ("application/vnd.ms-excel.", check_zip),
    ("application/vnd.ms-powerpoint.", check_zip),
    ("application/vnd.ms-visio.", check_zip),
    ("application/msword", check_compound),
    ("application/vnd.ms-excel", check_compound),
    ("application/vnd.ms-powerpoint", check_compound),
    ("application/vnd.ms-outlook-pst", check_store),
    ("application/vnd.ms-outlook", check_compound),
    ("application/x-ole-storage", check_compound),
    ("application/x-encrypted-office", check_sealed),
    ("application/vnd.visio", check_compound),
    ("application/x-mspublisher", check_publication),
    ("application/rtf", check_rtf),
    *((media_type, check_xml) for media_type in XML_TYPES),
    ("image/svg+xml", check_xml),
    ("application/dicom", check_dicom),
    ("application/gzip", check_gzip),
    ("application/x-bzip2", check_bzip2),
    ("application/x-xz", check_xz),
    ("application/zstd", check_zstd),
    ("application/vnd.sqlite3", check_database),
    ("application/vnd.apache.parquet", check_parquet),
    ("application/x-msaccess", check_access),
    ("application/sql", check_dump),
    ("image/jpeg", check_jpeg),
    ("image/png", check_png),
    ("image/gif", check_gif),
    ("image/bmp", check_bmp),
    ("image/emf", check_metafile),
    ("image/wmf", check_metafile),
    ("image/webp", check_webp),
    ("image/tiff", check_tiff),
    ("image/x-bigtiff", check_tiff),
    ("image/jp2", check_jpeg2000),
    ("image/x-jp2-codestream", check_jpeg2000),
    ("image/vnd.microsoft.icon", check_icon),
    ("image/x-win-cursor", check_icon),
    ("image/x-portable-anymap", check_anymap),
    ("application/x-nifti", check_volume),
    ("font/woff2", check_woff2),
    *((media_type, check_font) for media_type in FONTS),
    ("application/x-edf", check_signals),
    ("audio/mpeg", check_mpeg_audio),
    *((media_type, check_base_media) for media_type in BASE_MEDIA),
    ("audio/aac", check_adts),
    ("audio/flac", check_flac),
    ("application/x-dbf", check_dbase),
    ("audio/ogg", check_ogg),
    ("audio/wav", check_wave),
    ("application/json", check_json),
    ("application/fhir+ndjson", check_lines),
    ("application/x-ndjson", check_lines),
    ("application/fhir+", check_json),
    ("application/hl7-v2", check_message),
    ("application/hprim", check_message),
    ("text/html", check_page),
    ("text/csv", check_table),
    ("text/plain", check_plain_text),
    ("text/", check_text),
    ("message/rfc822", check_mail),
    ("message/", check_text),
    ("application/octet-stream", check_unknown),
)
# Packed for the most part, and without tables whose records all have one size.
_LOOSE = (check_pdf, check_zip)
_BROKEN = frozenset({Nature.CUT, Nature.ZEROED, Nature.CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All faults; `unseen` says why the check did not come to its end, empty if it did."""

    faults: tuple[Fault, ...] = ()
    unseen: str = ""


def diagnose(opened: Opened) -> Diagnosis:
    """Return the diagnosis of a sample."""
    if not opened.whole:
        return Diagnosis(unseen=f"larger than {opened.limits.most_content_bytes} bytes")
    check = _check_of(opened.media_type)
    if check is None:
        return Diagnosis()
    faults: list[Fault] = []
    try:
        faults += check(opened)
    except ProtectedError:
        pass  # that it needs a password is the active_content scanner's word
    except TruncatedError as error:
        faults.append(cut(opened.content, error.reason, error.offset))
    except MalformedError as error:
        faults.append(broken(opened.content, error))
    except FormatError as error:
        return Diagnosis(unseen=f"{error.code}: {error.reason}")
    if check in _LOOSE:
        faults += _bands(opened.content, faults)
    return Diagnosis(faults=tuple(faults))


def _bands(content: bytes, faults: list[Fault]) -> Iterator[Fault]:
    """Look at what is broken once more: stripes leave no whole header, wherever one is missed."""
    natures = {fault.nature for fault in faults}
    if Nature.NOISE in natures or not natures & _BROKEN:
        return
    band = find_band(content)
    if band is not None:
        detail = f"no words in {band.size} of every {band.period} bytes"
        yield noise("random-stripes", band.start, detail)


def _check_of(media_type: str) -> Check | None:
    return next((check for prefix, check in _CHECKS if media_type.startswith(prefix)), None)
