"""The signature table: which bytes at which position make which media type.

Positions matter as much as magics: a DICOM file is known by its byte 128, an ISO image by its byte
32,769, a ZIP archive by its end. Each match here is a candidate; who reads the answer takes the
most dangerous one and keeps the others, because a file may be valid as two things at once.
"""

from collections.abc import Callable
from typing import NamedTuple

from formats.families import DICOM, OLE2, Family, Kind
from formats.parquet.footer import is_marked
from formats.searched import without_members
from formats.shapes import COMPOUND, SHAPED

PREAMBLE = 128


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
        (b"Cr24\x02\x00\x00\x00", "application/x-chrome-extension"),
        (b"Cr24\x03\x00\x00\x00", "application/x-chrome-extension"),
        (b"\xca\xfe\xd0\x0d", "application/x-java-pack200"),
        (b"BC\xc0\xde", "application/x-llvm-bitcode"),
        (b"\x1bLua", "application/x-lua-bytecode"),
        (b"!<arch>\n", "application/x-archive"),
        (b"\xed\xab\xee\xdb", "application/x-rpm"),
        (b"ITSF\x03\x00\x00\x00", "application/vnd.ms-htmlhelp"),
        (b"?_\x03\x00", "application/winhlp"),
        (b"FWS", "application/x-shockwave-flash"),
        (b"CWS", "application/x-shockwave-flash"),
        (b"ZWS", "application/x-shockwave-flash"),
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
        (b"COWD\x01\x00\x00\x00", "application/x-vmdk"),
        (b"QFI\xfb", "application/x-qcow"),
        (b"EVF\x09\x0d\x0a\xff\x00", "application/x-expert-witness"),
        (b"XFSB\x00\x00", "application/x-raw-disk-image"),
        (b"<<< Oracle VM VirtualBox Disk Image", "application/x-virtualbox-vdi"),
        (b"MSWIM\x00\x00\x00", "application/x-ms-wim"),
    ),
    *_rows(
        Family.ARCHIVE,
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07", "application/vnd.rar"),
        (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"\x1f\x9d", "application/x-compress"),
        (b"\xfd7zXZ\x00", "application/x-xz"),
        (b"\x28\xb5\x2f\xfd", "application/zstd"),
        (b"\x04\x22\x4d\x18", "application/x-lz4"),
        (b"LZIP\x01", "application/x-lzip"),
        (b"xar!\x00\x1c", "application/x-xar"),
        (b"070701", "application/x-cpio"),
        (b"070702", "application/x-cpio"),
        (b"070707", "application/x-cpio"),
        (b"TAPE\x00\x00", "application/x-mtf"),
        (b"VBK", "application/x-veeam-backup"),
        (b"hsqs", "application/x-squashfs"),
        (b"ISc(", "application/x-installshield-cab"),
        (b"SZDD\x88\xf0\x27\x33", "application/x-ms-compress"),
        (b"\x89LZO\x00\r\n\x1a\n", "application/x-lzop"),
        (b"\x60\xea", "application/x-arj"),
        (b"\x5d\x00\x00", "application/x-lzma"),
        (b"\x00\x05\x16\x07\x00\x02", "application/applefile"),
        (b"\x00\x05\x16\x00\x00\x02", "application/applefile"),
    ),
    *_rows(
        Family.DATABASE,
        (b"SQLite format 3\x00", "application/vnd.sqlite3"),
        (b"\x01\x0f\x00\x00", "application/x-mssql-database"),
        (b"PGDMP", "application/x-postgresql-dump"),
        (b"\xfe\xfe\x07", "application/x-myisam-index"),
        (b"\x1a\x00\x00\x04\x00\x00", "application/vnd.lotus-notes"),
        (b"\x00\xa2\x00\x00", "application/x-oracle-datafile"),
        (b"CDF\x01", "application/x-netcdf"),
        (b"CDF\x02", "application/x-netcdf"),
        (b"\x0e\x03\x13\x01", "application/x-hdf4"),
        (b"MATLAB 5.0 MAT-file", "application/x-matlab-data"),
        (b"Obj\x01", "application/avro"),
        (b"ARROW1\x00\x00", "application/vnd.apache.arrow.file"),
        (b"$FL2@(#)", "application/x-spss-sav"),
        (b"\x00\x00\x00\x01Bud1", "application/x-apple-desktop-store"),
        (b"TZif", "application/tzif"),
        (b"\n\r\r\n\x1a\x2b\x3c\x4d", "application/x-pcapng"),
        (b"\n\r\r\n\x4d\x3c\x2b\x1a", "application/x-pcapng"),
        (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
        (b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
        (b"\xde\x12\x04\x95\x00\x00", "application/x-gettext"),
        (b"PAR1", "application/vnd.apache.parquet"),
        (b"PARE", "application/vnd.apache.parquet"),
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
        (b"AES\x03\x00", "application/x-aescrypt"),
        (b"\xfe\xed\xfe\xed\x00\x00\x00", "application/x-java-keystore"),
    ),
    *_rows(
        Family.MAIL,
        (b"!BDN", "application/vnd.ms-outlook-pst"),
        (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
        (b"\xcf\xad\x12\xfe", "application/x-outlook-express"),
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
        (b"\x01\x00\x09\x00\x00\x03", "image/wmf"),
        (b"\x02\x00\x09\x00\x00\x03", "image/wmf"),
        (b"\x01\x00\x00\x00", "image/emf"),
        (b"\x00\x00\x02\x00\x01\x00", "image/x-win-cursor"),
        (b"\x76\x2f\x31\x01", "image/x-exr"),
        (b"DDS \x7c\x00\x00\x00", "image/vnd.ms-dds"),
        (b"gimp xcf ", "image/x-xcf"),
        (b"icns\x00", "image/x-icns"),
        (b"\x59\xa6\x6a\x95", "image/x-sun-raster"),
        (b"SIMPLE  =", "image/fits"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
        (b"FUJIFILMCCD-RAW", "image/x-raw"),
        (b"IIRO\x08\x00", "image/x-raw"),
    ),
    *_rows(
        Family.MEDIA,
        (b"0       ", "application/x-edf"),
        (b"\xffBIOSEMI", "application/x-edf"),
        (b"ID3", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"MThd\x00\x00\x00\x06", "audio/midi"),
        (b"\x1aE\xdf\xa3", "video/x-matroska"),
        (b"\x00\x00\x01\xba", "video/mpeg"),
        (b"\x00\x00\x01\xb3", "video/mpeg"),
        (b"FLV\x01", "video/x-flv"),
        (b".RMF\x00", "application/vnd.rn-realmedia"),
        (b".snd\x00", "audio/basic"),
        (b"FORM", "audio/aiff"),
        (b"caff\x00\x01", "audio/x-caf"),
        (b"#!AMR", "audio/amr"),
        (b"\xff\xf1", "audio/aac"),
        (b"\xff\xf9", "audio/aac"),
        (b"MAC \x96", "audio/x-ape"),
        (b"wvPk", "audio/x-wavpack"),
        (b"\x02dss", "audio/x-dss"),
        (b"\x03dss", "audio/x-dss"),
        (b"\x03ds2", "audio/x-dss"),
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
        (b"\xdb\xa5", "application/x-word-2"),
        (b"\x31\xbe\x00\x00", "application/x-mswrite"),
        (b"\x09\x00\x04\x00", "application/x-excel-old"),
        (b"\x09\x02\x06\x00", "application/x-excel-old"),
        (b"\x09\x04\x06\x00", "application/x-excel-old"),
        (b"\x09\x08\x08\x00\x00\x05", "application/x-excel-old"),
        (b"\x09\x08\x10\x00\x00\x06", "application/x-excel-old"),
        (b"\x00\x00\x1a\x00\x00\x10\x04\x00", "application/vnd.lotus-1-2-3"),
    ),
    Signature(b"DICM", DICOM, PREAMBLE),
    Signature(b"ustar", Kind("application/x-tar", Family.ARCHIVE), 257),
    Signature(b"CD001", Kind("application/x-iso9660-image", Family.DISK), 32_769),
    Signature(b"\xef\xcd\xab\x89", Kind("application/x-ese", Family.DATABASE), 4),
    Signature(b"n+1\x00", Kind("application/x-nifti", Family.IMAGE), 344),
    Signature(b"ni1\x00", Kind("application/x-nifti", Family.IMAGE), 344),
    Signature(b"n+2\x00\r\n", Kind("application/x-nifti", Family.IMAGE), 4),
    Signature(b"ni2\x00\r\n", Kind("application/x-nifti", Family.IMAGE), 4),
    Signature(b"acsp", Kind("application/vnd.iccprofile", Family.IMAGE), 36),
    Signature(b"BEA01", Kind("application/x-udf-image", Family.DISK), 32_769),
    Signature(b"Standard Jet DB\x00", Kind("application/x-msaccess", Family.DATABASE), 4),
    Signature(b"Standard ACE DB\x00", Kind("application/x-msaccess", Family.DATABASE), 4),
    Signature(b"MSISAM Database\x00", Kind("application/x-msaccess", Family.DATABASE), 4),
    Signature(b"\x62\x31\x05\x00", Kind("application/x-berkeley-db", Family.DATABASE), 12),
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
    b"\x00\x01\x00\x00\x00": lambda head: b"\x00" < head[5:6] < b"\x40" and head[12:16].isascii(),
    b"0       ": lambda head: head[170:171] + head[173:174] == b"..",
    b"FORM": lambda head: head[8:12] in (b"AIFF", b"AIFC"),
    b"\xff\xf1": lambda head: b"\x00" in head[:64] and head[3:4] < b"\xe0",
    b"\xff\xf9": lambda head: b"\x00" in head[:64] and head[3:4] < b"\xe0",
    b"\x60\xea": lambda head: head[2:4] < b"\x00\x0b" and b"\x00" in head[4:34],
    b"\x5d\x00\x00": lambda head: head[5:13] == b"\xff" * 8 or head[9:13] == bytes(4),
    b"\xdb\xa5": lambda head: head[2:4] in (b"-\x00", b"\x2d\x00"),
    b"\x00\xa2\x00\x00": lambda head: len(head) >= 8192,
    b"\x62\x31\x05\x00": lambda head: head[8:12] == bytes(4),
    b"ISc(": lambda head: b"\x00" in head[:32],
    b"wvPk": lambda head: b"\x00" in head[:16],
    b"Obj\x01": lambda head: b"avro." in head[:4096],
    b"acsp": lambda head: head[12:16] in (b"mntr", b"prtr", b"scnr", b"spac", b"link", b"abst"),
    b"\x00\x00\x01\x00": lambda head: head[5:6] == b"\x00" and head[4:5] != b"\x00",
    b"\x1f\x9d": lambda head: head[2:3] in (b"\x8c", b"\x8d", b"\x8e", b"\x8f", b"\x90"),
    b"-lh": lambda head: head[6:7] == b"-",
    b"FWS": _is_flash,
    b"CWS": _is_flash,
    b"ZWS": _is_flash,
    b"ID3": lambda head: head[3:4] < b"\x05",
    b"VBK": lambda head: not head[:64].isascii(),
    b"PAR1": is_marked,
    b"PARE": is_marked,
    b"regf": lambda head: b"\x00" in head[:16],
    b"KDMV": lambda head: b"\x00" in head[:16],
    b"wOFF": lambda head: b"\x00" in head[:16],
    b"wOF2": lambda head: b"\x00" in head[:16],
    b"PGDMP": lambda head: head[5:6] == b"\x01",
    b"070701": lambda head: b"\x00" in head[:256],
    b"070702": lambda head: b"\x00" in head[:256],
    b"070707": lambda head: b"\x00" in head[:256],
    b"ustar": lambda head: head[262:263] in (b"\x00", b" "),
}

_AT_START: dict[int, tuple[Signature, ...]] = {}
for _row in SIGNATURES:
    if _row.offset == 0:
        _AT_START[_row.magic[0]] = (*_AT_START.get(_row.magic[0], ()), _row)
_ELSEWHERE = tuple(row for row in SIGNATURES if row.offset)


def candidates(content: bytes) -> tuple[Kind, ...]:
    """Return every kind that the content's binary signatures allow, without duplicates."""
    if not content:
        return ()
    found = [row.kind for row in _AT_START.get(content[0], ()) if _is(row, content)]
    found += [row.kind for row in _ELSEWHERE if _is(row, content)]
    found += [kind for test in SHAPED if (kind := test(content)) is not None]
    return without_members(tuple(dict.fromkeys(found)), content)


def _is(row: Signature, content: bytes) -> bool:
    if not content.startswith(row.magic, row.offset):
        return False
    confirm = _CONFIRMED.get(row.magic)
    return confirm is None or confirm(content)
