import struct

import pytest

from formats.families import Family
from formats.signatures import candidates
from tests.corpus.containers import tar_member, tarred
from tests.corpus.images import bmp, dicom, element
from tests.corpus.packages import archive
from tests.corpus.pdfs import pdf

DBASE = struct.pack("<BBBBIHH20x", 3, 124, 5, 17, 1, 33, 12) + b"\x0d" + b" " * 12
FOXPRO = struct.pack("<BBBBIHH20x", 0x30, 124, 5, 17, 0, 328, 12) + bytes(32) + b"\x0d" + bytes(263)
BOOT = bytes(446) + b"\x80\x01\x01\x00\x07" + bytes(59) + b"\x55\xaa" + bytes(512)
INNODB = bytes(24) + b"\x00\x08" + bytes(8) + b"\x00\x00\x00\x07" * 2 + bytes(16_400)
PKCS7 = b"\x30\x82\x01\x00\x06\x09" + bytes.fromhex("2a864886f70d0107")


def media_types(content: bytes) -> list[str]:
    """Return the media types of the candidates."""
    return [kind.media_type for kind in candidates(content)]


def test_a_document_within_its_dicom_element_is_no_second_type() -> None:
    """It is taken out from there; a document anywhere else among the first bytes still counts."""
    held = element(0x42, 0x11, b"OB", pdf() + b" ")
    elsewhere = element(0x41, 0x11, b"OB", pdf() + b" ")

    assert "application/pdf" not in media_types(dicom(held))
    assert "application/pdf" in media_types(dicom(elsewhere))
    early = b"    %PDF-1.4".ljust(128, b"\0")
    assert "application/pdf" in media_types(dicom(held, preamble=early))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif", "image/avif"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "video/quicktime"),
        ((b"G" + bytes(187)) * 5, "video/mp2t"),
        (DBASE, "application/x-dbf"),
        (FOXPRO, "application/x-dbf"),
        (INNODB, "application/x-innodb"),
        (BOOT, "application/x-raw-disk-image"),
        (
            b"\xeb\x52\x90NTFS    " + bytes(499) + b"\x55\xaa" + bytes(512),
            "application/x-raw-disk-image",
        ),
        (bytes(512) + b"EFI PART" + bytes(600), "application/x-raw-disk-image"),
        (bytes(1080) + b"\x53\xef" + bytes(100), "application/x-raw-disk-image"),
        (bytes(600) + b"koly" + bytes(508), "application/x-raw-disk-image"),
        (b"\xa7\x0d\x0d\x0a" + bytes(12), "application/x-python-bytecode"),
        (PKCS7 + b"\x03" + bytes(30), "application/pkcs7-mime"),
        (PKCS7 + b"\x02" + bytes(30), "application/pkcs7-signature"),
        (bytes(344) + b"n+1\x00", "application/x-nifti"),
        (bytes(4) + b"Standard ACE DB\x00", "application/x-msaccess"),
        (b"\n\r\r\n\x1a\x2b\x3c\x4d" + bytes(20), "application/x-pcapng"),
        (b"\x03ds2" + bytes(20), "audio/x-dss"),
        (b"COWD\x01\x00\x00\x00", "application/x-vmdk"),
        (b"vhdxfile", "application/x-vhdx"),
        (b"\x09\x08\x10\x00\x00\x06", "application/x-excel-old"),
        (b"\xdb\xa5-\x00\x00\x00", "application/x-word-2"),
        (b"0       " + b" " * 160 + b"17.05.24" + b" " * 80, "application/x-edf"),
    ],
)
def test_each_shape_names_its_type(content: bytes, media_type: str) -> None:
    """What has no mark at its start is known by its build."""
    assert media_type in media_types(content)


@pytest.mark.parametrize(
    "content",
    [
        b"the ftyp of a film",
        b"0       1       2       3\n" * 20,
        b"0;1;2;3\r\n" * 20,
        b"G is a letter. " * 90,
        b"FORM 12, page 3",
        b"\x00\x01\x00\x00\x00\x00\x00\x0c\x00\x00\x00\x20" + bytes(40),
        b"wide, and so on, and so on",
        bytes(510) + b"\x55\xaa" + bytes(512),
        bytes(3000),
    ],
)
def test_chance_makes_no_type(content: bytes) -> None:
    """Words, zeros and caches that share a few bytes with a format are none of it."""
    assert media_types(content) == []


@pytest.mark.parametrize("cut", [1, 4, 12, 26, 33, 40])
def test_a_shape_that_is_cut_raises_nothing(cut: int) -> None:
    """Each test reads only what is there."""
    for content in (
        DBASE,
        FOXPRO,
        BOOT,
        INNODB,
        PKCS7,
        bmp(),
        b"RIFF",
        b"\x00\x00\x00\x18ftypheic",
    ):
        assert isinstance(media_types(content[:cut]), list)


def test_a_picture_that_holds_a_pdf_of_itself_is_a_picture() -> None:
    """The Macintosh writes one into its metafiles; the mark of the metafile is enough."""
    metafile = b"\x01\x00\x00\x00" + bytes(36) + b" EMF" + bytes(60) + pdf()
    assert media_types(metafile) == ["image/emf"]


def test_what_needs_a_key_and_what_is_only_signed_are_two_families() -> None:
    """A sealed message waits for a password; a signed one is a document."""
    (sealed,) = candidates(PKCS7 + b"\x03" + bytes(30))
    (signed,) = candidates(PKCS7 + b"\x02" + bytes(30))
    assert (sealed.family, signed.family) == (Family.SEALED, Family.DOCUMENT)


def test_a_document_at_the_end_of_a_backup_is_a_member_of_it() -> None:
    """A tar archive is no second archive because the last file in it is one."""
    document = archive({"a.txt": b"words " * 90})
    backup = tarred(tar_member("letters/a.txt"), tar_member("letters/a.docx"), content=document)
    assert media_types(backup[: len(backup) // 512 * 512]) == ["application/x-tar"]


def test_an_archive_that_goes_beyond_a_member_of_a_backup_is_a_second_one() -> None:
    """Its directory, its length or its beginning is not that of the member."""
    document = archive({"a.txt": b"words " * 90})
    backup = tarred(tar_member("a.docx"), content=document)
    size = backup.index(b"%011o" % len(document))
    for changed in (
        backup[:size] + b"00000000777" + backup[size + 11 :],
        backup[:size] + b"99999999999" + backup[size + 11 :],
        backup[:156] + b"x" + backup[157:],
        backup.rstrip(b"\x00") + b"\x00" + document,
    ):
        assert "application/zip" in media_types(changed)


def test_a_text_that_quotes_a_pdf_is_a_text() -> None:
    """A manual shows a small document; its own last words stand behind the end mark."""
    quoted = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\nstartxref\n9\n%%EOF\n"
    manual = b"# The format\n\nA small document:\n\n" + quoted + b"More is said below.\n" * 90
    kinds = [kind.media_type for kind in candidates(manual)]
    assert kinds == []
    hidden = b"Words before it\n" + quoted
    assert [kind.media_type for kind in candidates(hidden)] == ["application/pdf"]
