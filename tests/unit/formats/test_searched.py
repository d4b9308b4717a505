import gzip
import zlib
from collections.abc import Callable

import pytest

from formats.extents import extents_of
from formats.signatures import candidates
from tests.corpus import cabinets, cpios, isos, rars, sevenzips
from tests.corpus.containers import PLAIN, tar_member, tarred
from tests.corpus.databases import made
from tests.corpus.embedding import study
from tests.corpus.packages import archive
from tests.corpus.pdfs import pdf, stream
from tests.corpus.tars import tar_of

DOCUMENTS = {"a.pdf": pdf(), "b.zip": PLAIN}
BACKUP = tar_of(list(DOCUMENTS.items()))
DUMP = b"-- MySQL dump 10.13\n\nINSERT INTO `letters` VALUES (1,_binary '%s');\n-- Dump completed\n"
STORED: dict[str, tuple[str, bytes]] = {
    "tar": ("application/x-tar", BACKUP),
    "cpio": ("application/x-cpio", cpios.of(DOCUMENTS)),
    "zip": ("application/zip", archive(DOCUMENTS, stored=True)),
    "iso": ("application/x-iso9660-image", isos.of(DOCUMENTS)),
    "7z": ("application/x-7z-compressed", sevenzips.of(DOCUMENTS, method=sevenzips.COPY)),
    "rar 5": ("application/vnd.rar", rars.of(DOCUMENTS)),
    "rar 4": ("application/vnd.rar", rars.of(DOCUMENTS, form=4)),
    "cabinet": ("application/vnd.ms-cab-compressed", cabinets.cabinet(DOCUMENTS)),
    "dicom": ("application/dicom", study(PLAIN)),
    "sqlite": (
        "application/vnd.sqlite3",
        made("create table letters (b blob)", "insert into letters values (?)", values=(PLAIN,)),
    ),
    "pdf": ("application/pdf", pdf(stream(PLAIN, b"/Type /EmbeddedFile", packed=False))),
}


def sevens(members: dict[str, bytes]) -> bytes:
    """Return an archive that stores its members in one folder each."""
    return sevenzips.of(members, method=sevenzips.COPY)


def media_types(content: bytes) -> list[str]:
    """Return the media types of the candidates."""
    return [kind.media_type for kind in candidates(content)]


@pytest.mark.parametrize("name", STORED)
def test_what_is_found_within_members_is_no_second_type(name: str) -> None:
    """An archive at the end and a document at the start are taken out, and judged as such."""
    media_type, content = STORED[name]
    assert media_types(content) == [media_type]


@pytest.mark.parametrize("name", [name for name in STORED if name != "zip"])
def test_what_is_found_behind_a_container_is_a_second_type(name: str) -> None:
    """The same archive, where no member is."""
    media_type, content = STORED[name]
    assert set(media_types(content + archive({"other.txt": b"x"}))) == {
        media_type,
        "application/zip",
    }


def test_what_is_found_in_front_of_the_first_member_is_a_second_type() -> None:
    """The name of a member is no member."""
    content = tar_of([("words %PDF-1.4", b"1 0 obj startxref"), ("a.pdf", pdf())])
    assert set(media_types(content)) == {"application/x-tar", "application/pdf"}


def test_what_is_found_between_members_is_a_second_type() -> None:
    """What fills a member up to its block is read by nobody who reads the tar archive."""
    small = archive({"a": b"x"})
    content = tarred(tar_member("a.txt"), tar_member("b.txt"), content=b"words\n")
    hidden = content[:600] + small + content[600 + len(small) :]
    assert len(small) < 400
    assert set(media_types(hidden)) == {"application/x-tar", "application/zip"}
    also_within = tar_of([("a.txt", b"w"), ("b.zip", PLAIN)])
    both = also_within[:520] + small + also_within[520 + len(small) :]
    assert set(media_types(both)) == {"application/x-tar", "application/zip"}


def test_an_archive_that_leads_out_of_its_member_is_a_second_type() -> None:
    """Its directory is a member, and what it lists lies elsewhere in the file."""
    outside = tarred(tar_member("a.txt"), tar_member("b.zip"), content=PLAIN)
    moved = bytearray(outside)
    end = bytes(moved).rfind(b"PK\x05\x06")
    offset = (
        int.from_bytes(moved[end + 16 : end + 20], "little") + 512 + 512 * -(-len(PLAIN) // 512)
    )
    moved[end + 16 : end + 20] = offset.to_bytes(4, "little")
    assert media_types(outside) == ["application/x-tar"]
    assert set(media_types(bytes(moved))) == {"application/x-tar", "application/zip"}


@pytest.mark.parametrize("pad", [isos.of, cabinets.cabinet, sevens])
def test_an_archive_that_goes_over_two_members_is_a_second_type(
    pad: Callable[[dict[str, bytes]], bytes],
) -> None:
    """Its members are in one file, and its directory is in the next: neither file is an archive."""
    inside = archive({"a.txt": b"words " * 500}, stored=True)
    inside = inside[:-22].ljust(4096, b"\0") + inside[-22:]
    end = inside.rfind(b"PK\x05\x06")
    directory = inside.find(b"PK\x01\x02")
    told = (end - directory).to_bytes(4, "little")
    inside = inside[: end + 12] + told + inside[end + 16 :]
    content = pad({"a.bin": inside[:4096], "b.bin": inside[4096:]})
    assert "application/zip" in media_types(content)


def test_a_document_within_a_text_of_a_dump_is_a_value() -> None:
    """One in a remark is none: a database never sees it."""
    document = pdf().replace(b"\n", b"\\n").replace(b"'", b"''")
    assert media_types(DUMP % document) == []
    assert media_types(DUMP.replace(b"\n\n", b"\n-- %%PDF-1.4 1 0 obj startxref\n") % document) == [
        "application/pdf"
    ]


def test_a_large_value_lies_on_further_pages() -> None:
    """It is followed there; what its row does not reach is none of it."""
    value = zlib.compress(bytes(range(256)) * 4, 0) * 30
    content = made(
        "create table letters (b blob)", "insert into letters values (?)", values=(value,)
    )
    held = b"".join(
        content[start:end] for start, end in extents_of("application/vnd.sqlite3", content)
    )
    assert value in held
    assert len(value) < len(held) < len(content)


def test_the_fields_of_a_header_are_no_member_of_a_packed_stream() -> None:
    """Whoever skips the header never sees what a name or an extra field holds."""
    packed = gzip.compress(b"words", mtime=0)
    extra = len(PLAIN).to_bytes(2, "little") + PLAIN
    hidden = packed[:3] + b"\x04" + packed[4:10] + extra + packed[10:]
    assert set(media_types(hidden)) == {"application/gzip", "application/zip"}
    stored = gzip.compress(PLAIN, compresslevel=0, mtime=0)
    assert media_types(stored) == ["application/gzip"]


def test_what_is_no_container_has_no_members() -> None:
    """Nor has one that cannot be walked."""
    assert extents_of("image/png", b"\x89PNG") == ()
    assert extents_of("application/x-iso9660-image", bytes(40_000)) == ()


def test_rows_that_lead_in_circles_come_to_an_end() -> None:
    """A page that follows itself, and more ends of archives than anybody writes: both are held."""
    value = bytes(9000) + PLAIN
    content = bytearray(
        made("create table letters (b blob)", "insert into letters values (?)", values=(value,))
    )
    third = 2 * 4096
    content[third : third + 4] = (3).to_bytes(4)
    assert extents_of("application/vnd.sqlite3", bytes(content))
    end = b"PK\x01\x02".ljust(46, b"\0") + b"PK\x05\x06" + bytes(4) + b"\1\0\1\0\x2e" + bytes(9)
    for count, found in ((40, set()), (800, {"application/zip"})):
        many = tar_of([("ends", end * count)])
        assert set(media_types(many)) == {"application/x-tar", *found}
