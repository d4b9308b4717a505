"""The signature table: which bytes at which position make which media type.

Positions matter as much as magics: a DICOM file is known by its byte 128, an ISO image by its byte
32,769, a ZIP archive by its end. Each match here is a candidate; who reads the answer takes the
most dangerous one and keeps the others, because a file may be valid as two things at once.
"""

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from formats.families import DICOM, OLE2, PDF, PROGRAM, RTF, ZIP, Family, Kind

PDF_HEADER_WITHIN = 1024
EOCD_WITHIN = 65_557
PREAMBLE = 128
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Signature(NamedTuple):
    """A magic at a fixed position."""

    magic: bytes
    kind: Kind
    offset: int = 0


def _rows(family: Family, *pairs: tuple[bytes, str]) -> tuple[Signature, ...]:
    return tuple(Signature(magic, Kind(media_type, family)) for magic, media_type in pairs)


SIGNATURES: tuple[Signature, ...] = (
    *_rows(
        Family.PROGRAM,
        (b"\x7fELF", "application/x-executable"),
        (b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
        (b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
        (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
        (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe", "application/x-java-or-fat-binary"),
        (b"\x00asm\x01\x00\x00\x00", "application/wasm"),
        (b"dex\n03", "application/x-dex"),
        (b"!<arch>\n", "application/x-archive"),
        (b"\xed\xab\xee\xdb", "application/x-rpm"),
        (b"ITSF\x03\x00\x00\x00", "application/vnd.ms-htmlhelp"),
        (b"?_\x03\x00", "application/winhlp"),
        (b"FWS", "application/x-shockwave-flash"),
        (b"CWS", "application/x-shockwave-flash"),
        (b"ZWS", "application/x-shockwave-flash"),
        (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
    ),
    *_rows(
        Family.LAUNCHER,
        (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
        (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "application/onenote"),
        (bytes.fromhex("a12ff43fd9ef764c9ee210ea5722765f"), "application/onenote"),
    ),
    *_rows(
        Family.DISK,
        (b"conectix", "application/x-vhd"),
        (b"vhdxfile", "application/x-vhdx"),
        (b"KDMV", "application/x-vmdk"),
        (b"# Disk DescriptorFile", "application/x-vmdk"),
        (b"QFI\xfb", "application/x-qcow"),
        (b"<<< Oracle VM VirtualBox Disk Image", "application/x-virtualbox-vdi"),
        (b"MSWIM\x00\x00\x00", "application/x-ms-wim"),
    ),
    *_rows(
        Family.ARCHIVE,
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07", "application/vnd.rar"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"\x1f\x9d", "application/x-compress"),
        (b"\xfd7zXZ\x00", "application/x-xz"),
        (b"\x28\xb5\x2f\xfd", "application/zstd"),
        (b"\x04\x22\x4d\x18", "application/x-lz4"),
        (b"LZIP\x01", "application/x-lzip"),
        (b"xar!\x00\x1c", "application/x-xar"),
        (b"070701", "application/x-cpio"),
        (b"070707", "application/x-cpio"),
        (b"TAPE\x00\x00", "application/x-mtf"),
        (b"VBK", "application/x-veeam-backup"),
        (b"hsqs", "application/x-squashfs"),
    ),
    *_rows(
        Family.DATABASE,
        (b"SQLite format 3\x00", "application/vnd.sqlite3"),
        (b"\x01\x0f\x00\x00", "application/x-mssql-database"),
        (b"\x00\x01\x00\x00Standard Jet DB\x00", "application/x-msaccess"),
        (b"\x00\x01\x00\x00Standard ACE DB\x00", "application/x-msaccess"),
        (b"PGDMP", "application/x-postgresql-dump"),
        (b"PAR1", "application/vnd.apache.parquet"),
        (b"regf", "application/x-windows-registry"),
        (b"ElfFile\x00", "application/x-windows-event-log"),
        (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
        (b"\x93NUMPY", "application/x-numpy"),
    ),
    *_rows(
        Family.SEALED,
        (b"age-encryption.org/", "application/x-age"),
        (b"-----BEGIN AGE ENCRYPTED", "application/x-age"),
        (b"-----BEGIN PGP MESSAGE", "application/pgp-encrypted"),
        (b"Salted__", "application/x-openssl-encrypted"),
        (b"LUKS\xba\xbe", "application/x-luks"),
        (b"\x03\xd9\xa2\x9a", "application/x-keepass"),
        (b"-FVE-FS-", "application/x-bitlocker"),
        (b"AES\x02\x00", "application/x-aescrypt"),
    ),
    *_rows(
        Family.MAIL,
        (b"!BDN", "application/vnd.ms-outlook-pst"),
        (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    ),
    *_rows(
        Family.IMAGE,
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"II+\x00", "image/x-bigtiff"),
        (b"MM\x00+", "image/x-bigtiff"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51", "image/x-jp2-codestream"),
        (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
        (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
        (b"\xd7\xcd\xc6\x9a", "image/wmf"),
        (b"\x01\x00\x00\x00", "image/emf"),
        (b"n+1\x00", "application/x-nifti"),
    ),
    *_rows(
        Family.MEDIA,
        (b"ID3", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"MThd\x00\x00\x00\x06", "audio/midi"),
        (b"\x1aE\xdf\xa3", "video/x-matroska"),
        (b"\x00\x00\x01\xba", "video/mpeg"),
        (b"\x00\x00\x01\xb3", "video/mpeg"),
        (b"FLV\x01", "video/x-flv"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    ),
    *_rows(
        Family.FONT,
        (b"OTTO\x00", "font/otf"),
        (b"\x00\x01\x00\x00\x00", "font/ttf"),
        (b"ttcf\x00", "font/collection"),
        (b"wOFF", "font/woff"),
        (b"wOF2", "font/woff2"),
    ),
    *_rows(
        Family.DOCUMENT,
        (COMPOUND, OLE2.media_type),
        (b"%!PS", "application/postscript"),
        (b"\xc5\xd0\xd3\xc6", "application/postscript"),
        (b"AT&TFORM", "image/vnd.djvu"),
        (b"\xffWPC", "application/vnd.wordperfect"),
    ),
    Signature(b"DICM", DICOM, PREAMBLE),
    Signature(b"ustar", Kind("application/x-tar", Family.ARCHIVE), 257),
    Signature(b"CD001", Kind("application/x-iso9660-image", Family.DISK), 32_769),
    Signature(b"\xef\xcd\xab\x89", Kind("application/x-ese", Family.DATABASE), 4),
    Signature(b"ftyp", Kind("video/mp4", Family.MEDIA), 4),
    Signature(b" EMF", Kind("image/emf", Family.IMAGE), 40),
    Signature(b"**ACE**", Kind("application/x-ace", Family.ARCHIVE), 7),
    Signature(b"-lh", Kind("application/x-lha", Family.ARCHIVE), 2),
)


def _is_flash(head: bytes) -> bool:
    return head[3:4] < b"\x40" and (b"\x00" in head[4:9] or not head[:64].isascii())


# A short magic alone would call a text or a number a program: these need a second sign.
_CONFIRMED: dict[bytes, Callable[[bytes], bool]] = {
    b"\x01\x00\x00\x00": lambda head: head[40:44] == b" EMF",
    b"\x01\x0f\x00\x00": lambda head: len(head) >= 8192,
    b"\x00\x01\x00\x00\x00": lambda head: head[5:6] < b"\x40" and head[12:16].isascii(),
    b"\x00\x00\x01\x00": lambda head: head[5:6] == b"\x00" and head[4:5] != b"\x00",
    b"\x1f\x9d": lambda head: head[2:3] in (b"\x8c", b"\x8d", b"\x8e", b"\x8f", b"\x90"),
    b"-lh": lambda head: head[6:7] == b"-",
    b"FWS": _is_flash,
    b"CWS": _is_flash,
    b"ZWS": _is_flash,
    b"ID3": lambda head: head[3:4] < b"\x05",
    b"VBK": lambda head: not head[:64].isascii(),
    b"PAR1": lambda head: not head[:64].isascii(),
    b"regf": lambda head: b"\x00" in head[:16],
    b"KDMV": lambda head: b"\x00" in head[:16],
    b"wOFF": lambda head: b"\x00" in head[:16],
    b"wOF2": lambda head: b"\x00" in head[:16],
    b"PGDMP": lambda head: head[5:6] == b"\x01",
    b"070701": lambda head: b"\x00" in head[:256],
    b"070707": lambda head: b"\x00" in head[:256],
    b"ustar": lambda head: head[262:263] in (b"\x00", b" "),
}

_AT_START: dict[int, tuple[Signature, ...]] = {}
for _row in SIGNATURES:
    if _row.offset == 0:
        _AT_START[_row.magic[0]] = (*_AT_START.get(_row.magic[0], ()), _row)
_ELSEWHERE = tuple(row for row in SIGNATURES if row.offset)

_SIXTEEN_BIT_DIB = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_RIFF = {
    b"WAVE": Kind("audio/wav", Family.MEDIA),
    b"AVI ": Kind("video/x-msvideo", Family.MEDIA),
    b"WEBP": Kind("image/webp", Family.IMAGE),
}
_PDF_HEADER = re.compile(rb"%PDF-\d")


def candidates(content: bytes) -> tuple[Kind, ...]:
    """Return every kind that the content's binary signatures allow, without duplicates."""
    if not content:
        return ()
    found = [row.kind for row in _AT_START.get(content[0], ()) if _is(row, content)]
    found += [row.kind for row in _ELSEWHERE if _is(row, content)]
    found += [kind for test in _SHAPED if (kind := test(content)) is not None]
    return tuple(dict.fromkeys(found))


def _is(row: Signature, content: bytes) -> bool:
    if not content.startswith(row.magic, row.offset):
        return False
    confirm = _CONFIRMED.get(row.magic)
    return confirm is None or confirm(content)


def is_program(content: bytes, at: int = 0) -> bool:
    """Tell whether a DOS or PE program starts here: two letters alone are a word, not a program."""
    if content[at : at + 2] not in (b"MZ", b"ZM"):
        return False
    header = content[at : at + 64]
    if len(header) == 64:
        (offset,) = struct.unpack_from("<I", header, 60)
        if content[at + offset : at + offset + 4] == b"PE\x00\x00":
            return True
    return b"\x00" in header


def _program(content: bytes) -> Kind | None:
    return PROGRAM if is_program(content) else None


def _zip(content: bytes) -> Kind | None:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04", b"PK\x07\x08")):
        return ZIP
    return ZIP if directory_end(content) is not None else None


def directory_end(content: bytes) -> int | None:
    """Return where a ZIP directory ends in the tail, if what stands there can be one."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - EOCD_WITHIN))
    if at < 0 or at + 22 > len(content):
        return None
    count, size = struct.unpack_from("<HI", content, at + 10)
    if count == 0 and size == 0:
        return at if at == 0 else None
    (comment,) = struct.unpack_from("<H", content, at + 20)
    if content.startswith(COMPOUND) and at + 22 + comment != len(content):
        return None  # old Word files keep their theme as a whole archive in one of their streams
    if size in (0xFFFFFFFF, 0) or count == 0xFFFF:
        return at
    return at if content[at - size : at - size + 4] == b"PK\x01\x02" else None


def _pdf(content: bytes) -> Kind | None:
    """Find a PDF behind up to 1,024 bytes of other content, as readers do."""
    if content.startswith(b"%PDF-"):
        return PDF
    if not _PDF_HEADER.search(content, 0, PDF_HEADER_WITHIN + 6):
        return None
    return PDF if b" obj" in content and b"startxref" in content else None


def _rtf(content: bytes) -> Kind | None:
    """Accept what Word accepts: four characters of the header, behind white space."""
    return RTF if content[:64].lstrip().startswith(b"{\\rt") else None


def _bmp(content: bytes) -> Kind | None:
    if not content.startswith(b"BM") or len(content) < 26:
        return None
    reserved, offset, dib = struct.unpack_from("<III", content, 6)
    if reserved == 0 and dib in _SIXTEEN_BIT_DIB and offset < 0x10000:
        return Kind("image/bmp", Family.IMAGE)
    return None


def _riff(content: bytes) -> Kind | None:
    return _RIFF.get(content[8:12]) if content.startswith((b"RIFF", b"RF64")) else None


def _mpeg(content: bytes) -> Kind | None:
    """Find two successive frame headers of a bare MP3: eleven set bits alone prove nothing."""
    if content[:1] != b"\xff" or content[1:2] not in (b"\xfb", b"\xf3", b"\xf2", b"\xfa"):
        return None
    follows = content.find(content[:2], 4, 4096) > 0
    return Kind("audio/mpeg", Family.MEDIA) if follows else None


def _bzip2(content: bytes) -> Kind | None:
    if content.startswith(b"BZh") and content[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return Kind("application/x-bzip2", Family.ARCHIVE)
    return None


def _disk_tail(content: bytes) -> Kind | None:
    """Find a fixed VHD: its only mark is the footer in its last sector."""
    if content[-512:].startswith(b"conectix"):
        return Kind("application/x-vhd", Family.DISK)
    return None


def _pgp(content: bytes) -> Kind | None:
    """Find a binary OpenPGP message: a session-key packet of version 3 to 6."""
    if content[:1] in (b"\x84", b"\x85", b"\x8c", b"\x8d", b"\xc1", b"\xc3"):
        version = content[3:4] if content[:1] in (b"\x85", b"\x8d") else content[2:3]
        if version in (b"\x03", b"\x04", b"\x05", b"\x06") and len(content) > 24:
            return Kind("application/pgp-encrypted", Family.SEALED)
    return None


_SHAPED = (_program, _zip, _pdf, _rtf, _bmp, _riff, _mpeg, _bzip2, _disk_tail, _pgp)
