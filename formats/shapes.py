"""Types that no fixed mark tells: each is a test over the content's shape, often with its end."""

import re
import struct
from collections.abc import Iterator

from formats.families import PDF, PROGRAM, RTF, ZIP, Family, Kind
from formats.icons import ANYMAP

_SIXTEEN_BIT_DIB = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_RIFF = {
    b"WAVE": Kind("audio/wav", Family.MEDIA),
    b"AVI ": Kind("video/x-msvideo", Family.MEDIA),
    b"WEBP": Kind("image/webp", Family.IMAGE),
}
_PDF_HEADER = re.compile(rb"%PDF-\d")
PDF_HEADER_WITHIN = 1024
EOCD_WITHIN = 65_557
_ZIP_END, _ZIP_END_SIZE = b"PK\x05\x06", 22
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Brands of the ISO base media format (ISO/IEC 14496-12, registered at mp4ra.org).
_BRANDS: dict[bytes, Kind] = {
    **dict.fromkeys(
        (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"),
        Kind("image/heic", Family.IMAGE),
    ),
    **dict.fromkeys((b"avif", b"avis"), Kind("image/avif", Family.IMAGE)),
    **dict.fromkeys((b"jp2 ", b"jpx ", b"jph "), Kind("image/jp2", Family.IMAGE)),
    b"crx ": Kind("image/x-canon-cr3", Family.IMAGE),
    b"qt  ": Kind("video/quicktime", Family.MEDIA),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), Kind("audio/mp4", Family.MEDIA)),
}
_MP4 = Kind("video/mp4", Family.MEDIA)
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"pnot")
_DBASE_VERSIONS = frozenset(
    {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xE5, 0xF5, 0xFB}
)
_SECTOR = 512
_TEXT = bytes([*b"\t\n\r", *range(32, 127)])
_PKCS7 = bytes.fromhex("06092a864886f70d0107")
_LETTERS = bytes([*_TEXT, *range(128, 256)])
_BEFORE_PDF = b" \t\r\n\x00\xef\xbb\xbf"
_PACKET = 188
# First bytes of packets with a session key, for somebody's key (RFC 9580 5.1) or a password (5.3).
_FOR_A_KEY = frozenset({0x84, 0x85, 0xC1})
_SESSION_KEYS = _FOR_A_KEY | {0x8C, 0x8D, 0xC3}
_LEAST_PGP, _LEAST_SESSION_KEY, _MOST_CIPHERS = 24, 4, 14
_KEY_ALGORITHMS = frozenset({1, 2, 3, 16, 18, 19, 20, 22, 25, 26})


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
    return next(directory_ends(content), None)


def directory_ends(content: bytes) -> Iterator[int]:
    """Yield every place in the tail where a ZIP directory can end, the last one first."""
    first = max(0, len(content) - EOCD_WITHIN)
    at = content.rfind(_ZIP_END, first)
    while at >= 0:
        if at + _ZIP_END_SIZE <= len(content) and _is_directory_end(content, at):
            yield at
        at = content.rfind(_ZIP_END, first, at)


def _is_directory_end(content: bytes, at: int) -> bool:
    count, size = struct.unpack_from("<HI", content, at + 10)
    if count == 0 and size == 0:
        return at == 0
    (comment,) = struct.unpack_from("<H", content, at + 20)
    if content.startswith(COMPOUND) and at + _ZIP_END_SIZE + comment != len(content):
        return False  # old Word files keep their theme as a whole archive in one of their streams
    if size in (0xFFFFFFFF, 0) or count == 0xFFFF:
        return True
    return content[at - size : at - size + 4] == b"PK\x01\x02"


def document_starts(content: bytes) -> Iterator[int]:
    """Yield where a PDF may begin: at the start, and behind other bytes as readers accept it."""
    for found in _PDF_HEADER.finditer(content, 0, PDF_HEADER_WITHIN + 6):
        yield found.start()


def _pdf(content: bytes) -> Kind | None:
    """Find a PDF behind up to 1,024 bytes of other content, as readers do."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content[40:44] == b" EMF":
        return None  # the Macintosh keeps a PDF of the picture inside it
    found = _PDF_HEADER.search(content, 0, PDF_HEADER_WITHIN + 6)
    if found is None:
        return None
    if content[: found.start()].strip(_BEFORE_PDF) and _quotes_a_pdf(content):
        return None
    return PDF if b" obj" in content and b"startxref" in content else None


def _quotes_a_pdf(content: bytes) -> bool:
    """Tell a text about PDF from a PDF behind words: in a text the end mark is not at the end."""
    is_text = not content.translate(None, _LETTERS)
    return is_text and b"%%EOF" not in content[-PDF_HEADER_WITHIN:]


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
    if content.startswith(b"RIFX"):
        return Kind("audio/x-rifx", Family.MEDIA)
    return _RIFF.get(content[8:12]) if content.startswith((b"RIFF", b"RF64")) else None


def _anymap(content: bytes) -> Kind | None:
    """Find a portable bitmap in bytes: its header is a text, what follows it seldom is one."""
    if content[:1] != b"P" or ANYMAP.match(content) is None:
        return None
    is_text = not content[:_SECTOR].translate(None, _TEXT)
    return None if is_text else Kind("image/x-portable-anymap", Family.IMAGE)


def _mpeg(content: bytes) -> Kind | None:
    """Find two successive frame headers of a bare MP3: eleven set bits alone prove nothing."""
    if content[:1] != b"\xff" or content[1:2] not in (
        *(b"\xfb", b"\xf3", b"\xf2", b"\xfa", b"\xe3", b"\xe2"),
    ):
        return None
    follows = content.find(content[:2], 4, 4096) > 0
    return Kind("audio/mpeg", Family.MEDIA) if follows else None


def _base_media(content: bytes) -> Kind | None:
    """Read the brand of a file of boxes; QuickTime's first files have none."""
    mark = content[4:8]
    (size,) = struct.unpack_from(">I", content.ljust(8, b"\x00"), 0)
    if mark == b"ftyp":
        return _BRANDS.get(content[8:12], _MP4) if 8 <= size <= 4096 else None
    if mark in _QUICKTIME_ATOMS and (size >= 8 or size == 1):
        return Kind("video/quicktime", Family.MEDIA)
    return None


def _transport_stream(content: bytes) -> Kind | None:
    """Find the sync byte of five packets (ISO 13818-1 2.4.3)."""
    if len(content) >= 5 * _PACKET and content[: 5 * _PACKET : _PACKET] == b"G" * 5:
        return Kind("video/mp2t", Family.MEDIA)
    return None


def _dbase(content: bytes) -> Kind | None:
    """Find a dBase or FoxPro table: a plausible date, and a header that ends where it says."""
    if len(content) < 33 or content[0] not in _DBASE_VERSIONS:
        return None
    month, day = content[2], content[3]
    header, record = struct.unpack_from("<HH", content, 8)
    if b"\x00" not in content[:32] or month > 12 or day > 31:
        return None
    if header < 33 or record < 1 or header > len(content):
        return None
    # Visual FoxPro keeps 263 bytes for the name of its database behind the mark.
    ends = content[header - 1] == 0x0D or content[header - 264 : header - 263] == b"\x0d"
    return Kind("application/x-dbf", Family.DATABASE) if ends else None


def _innodb(content: bytes) -> Kind | None:
    """Find the first page of a tablespace: number 0, of the type of space headers."""
    if len(content) < 16_384 or content[4:8] != bytes(4) or content[24:26] != b"\x00\x08":
        return None
    same = content[34:38] == content[38:42]
    return Kind("application/x-innodb", Family.DATABASE) if same else None


def _disk(content: bytes) -> Kind | None:
    """Find a boot sector with a partition table or a file system, or a table of partitions."""
    if content[_SECTOR : _SECTOR + 8] == b"EFI PART" or content[-_SECTOR:].startswith(b"koly"):
        return Kind("application/x-raw-disk-image", Family.DISK)
    if content[1080:1082] == b"\x53\xef" and not content[:1024].strip(b"\x00"):
        return Kind("application/x-raw-disk-image", Family.DISK)
    if content[510:512] != b"\x55\xaa" or len(content) < 2 * _SECTOR:
        return None
    states = content[446:510:16]
    has_table = not states.strip(b"\x00\x80") and any(content[450:510:16])
    has_system = content[3:11] == b"NTFS    " or b"FAT" in (content[54:57], content[82:85])
    return Kind("application/x-raw-disk-image", Family.DISK) if has_table or has_system else None


def _bytecode(content: bytes) -> Kind | None:
    """Find compiled Python: every version's number ends in a line end."""
    if content[1:4] == b"\r\r\n" and content[:1] != b"\n" and len(content) >= 16:
        return Kind("application/x-python-bytecode", Family.PROGRAM)
    return None


def _signed_message(content: bytes) -> Kind | None:
    """Read the kind of a binary PKCS#7 message (RFC 2315 14): signed, or sealed."""
    at = content.find(_PKCS7, 2, 16) if content[:1] == b"\x30" else -1
    if at < 0:
        return None
    if content[at + len(_PKCS7) : at + len(_PKCS7) + 1] == b"\x03":
        return Kind("application/pkcs7-mime", Family.SEALED)
    return Kind("application/pkcs7-signature", Family.DOCUMENT)


def end_of_signed_message(content: bytes) -> int:
    """Return where a binary PKCS#7 message that is signed ends (RFC 2315 9); 0 if none begins."""
    kind = _signed_message(content)
    if kind is None or kind.family is Family.SEALED or content[1] & 0x80 == 0:
        return 0
    width = content[1] & 0x7F
    return 2 + width + int.from_bytes(content[2 : 2 + width]) if width else 0


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
    """Find a binary OpenPGP message: a whole packet of a session key, and a further packet."""
    if len(content) <= _LEAST_PGP or content[0] not in _SESSION_KEYS:
        return None
    start, size = _packet(content)
    end = start + size
    if size < _LEAST_SESSION_KEY or end >= len(content) or content[end] < 0x80:
        return None
    version, is_for_a_key = content[start], content[0] in _FOR_A_KEY
    algorithm = content[start + 9] if is_for_a_key else content[start + 1]
    known = algorithm in _KEY_ALGORITHMS if is_for_a_key else 0 < algorithm < _MOST_CIPHERS
    if version in (5, 6) or (version == (3 if is_for_a_key else 4) and known):
        return Kind("application/pgp-encrypted", Family.SEALED)
    return None


def _packet(content: bytes) -> tuple[int, int]:
    """Return where the body of the first packet starts, and its length (RFC 9580 4.2)."""
    lead, first = content[0], content[1]
    if lead in (0x85, 0x8D):
        return 3, int.from_bytes(content[1:3])
    if lead in (0x84, 0x8C) or first < 0xC0:
        return 2, first
    return 3, (first - 0xC0 << 8) + content[2] + 0xC0 if first < 0xE0 else 0


SHAPED = (
    *(_program, _zip, _pdf, _rtf, _bmp, _riff, _mpeg, _bzip2, _disk_tail, _pgp, _base_media),
    *(_transport_stream, _dbase, _innodb, _disk, _bytecode, _signed_message, _anymap),
)
