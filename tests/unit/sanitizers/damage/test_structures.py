import struct
import zlib

import pytest

from sanitizers.names import names_findings
from sanitizers.sniffing import sniff
from tests.corpus.compounds import compound
from tests.corpus.damaging import SPARING, noise, overwrite
from tests.corpus.images import dicom, element
from tests.corpus.intact import GREY, INTACT
from tests.corpus.looking import demands, look, silence
from tests.corpus.packages import archive, with_claimed_size
from tests.corpus.pdfs import pdf, stream

DEFLATED = b"1.2.840.10008.1.2.1.99\x00"


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def deflated_study(behind: bytes = b"") -> bytes:
    """Return a study whose data set is deflated, and what stands behind it."""
    packer = zlib.compressobj(wbits=-15)
    body = element(8, 0x16, b"UI", b"1.2\x00") + element(0x10, 0x10, b"PN", b"DOE^JO")
    return dicom(packer.compress(body) + packer.flush() + behind, syntax=DEFLATED)


def test_what_follows_a_deflated_study_is_judged() -> None:
    """One zero makes its length even (PS3.5 A.5); a key is no part of it."""
    assert damage(deflated_study()) == damage(deflated_study(b"\x00")) == set()
    assert damage(deflated_study(noise(512))) == {"random-trailer"}


def test_an_overlay_is_never_packed() -> None:
    """Noise in it is noise, in studies whose pixels are packed too."""
    overlay = b"\x00\x3c" * 9000
    study = dicom(element(0x28, 0x11, b"US", b"\xc0\x00") + element(0x6000, 0x3000, b"OW", overlay))
    packed = dicom(element(8, 0x16, b"UI", b"1.2\x00") + element(0x6000, 0x3000, b"OW", overlay))
    assert damage(study) == damage(packed) == set()
    pixels = element(0x7FE0, 0x10, b"OW", bytes(64))
    assert damage(overwrite(study + pixels, [(4096, 12_288)])) == {"random-region"}


def test_a_directory_that_is_noise_further_on_was_overwritten() -> None:
    """The directory of a compound file goes on in sectors that only its table leads to."""
    whole = compound({f"Stream{n}": b"letters of a text " * 40 for n in range(30)})
    at = whole.rindex("Stream2".encode("utf-16-le")) // 512 * 512
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(at, len(whole))])) == {"overwritten-structure"}


def test_a_tail_of_noise_in_an_archive_of_texts_is_no_cut() -> None:
    """A stored member that begins with words has no noise by right; a picture is packed."""
    words = archive({"a.txt": INTACT["letter.txt"]}, stored=True)
    start = len(words) - 4096
    names = {"zip-member-overwritten", "overwritten-structure"}
    assert damage(overwrite(words, [(start, len(words))])) & names
    picture = archive({"a.png": b"\x89PNG\r\n\x1a\n" + noise(20_000)}, stored=True)
    assert damage(picture[:15_000]) == {"cut"}


@pytest.mark.parametrize("pattern", ["sectors from 512", "16 of 32 from 32"])
def test_a_directory_that_leads_nowhere_is_named_by_what_stands_there(pattern: str) -> None:
    """Numbers that lead out of a file are no cut as long as its end is there."""
    whole = archive({f"{n}.txt": noise(90, n).hex().encode() for n in range(60)})
    assert damage(SPARING[pattern](whole)) <= {"overwritten-structure", "zip-member-overwritten"}


def test_a_size_that_lies_is_told_from_noise() -> None:
    """The stream ends where it has to, and holds more than it says."""
    assert "zip-size-mismatch" in damage(with_claimed_size(archive({"a": b"x" * 5000}), 100))


def test_tables_of_numbers_in_a_pdf_have_zeros_by_right() -> None:
    """Zeros in words were never written; in a table of glyphs they are its values."""
    table = struct.pack(">4000I", *range(1000, 5000)) + bytes(900)
    assert damage(pdf(stream(table, packed=False))) == set()
    words = b"BT (letters of a text) Tj ET\n" * 200 + bytes(900)
    assert damage(pdf(stream(words, packed=False))) == {"zero-filled"}


def test_remarks_about_objects_are_no_objects() -> None:
    """A program that lays a file open for reading writes a remark before each object."""
    remark = b"".join(b"%% Original object ID: 5 0\n5 0 obj<<>>endobj\n" for _ in range(40))
    assert damage(pdf().replace(b"%%EOF", b"") + remark + b"startxref\n0\n%%EOF") == set()


@pytest.mark.parametrize("name", ["letter.docx", "film.tif", "film.bmp"])
def test_stripes_that_spare_most_of_the_first_bytes_destroy_the_mark(name: str) -> None:
    """64 bytes of noise, and letters behind them: the name still says what stood there."""
    content = overwrite(INTACT[name], [(0, 64), (192, 256), (384, 448)], key=3)
    rules = {finding.rule for finding in names_findings(name.encode(), sniff(content))}
    assert rules & {"header-destroyed", "renamed-and-random"} or damage(content)


def test_stripes_that_spare_the_first_bytes_of_a_study_destroy_its_mark() -> None:
    """The preamble is zeros, the mark behind it noise: the name says that it was a study."""
    study = dicom(
        element(8, 0x16, b"UI", b"1.2\x00") + element(0x10, 0x10, b"PN", b"DOE^JOHN" * 90)
    )
    striped = SPARING["16 of 32 from 32"](study)
    rules = {finding.rule for finding in names_findings(b"study.dcm", sniff(striped))}
    assert "header-destroyed" in rules
    assert not {f.rule for f in names_findings(b"backup.bak", sniff(striped))} & {
        "header-destroyed"
    }


def test_stripes_are_no_cut() -> None:
    """The end of a file and the sizes in its header are words and small numbers, and no noise."""
    table = b"".join(b"%010d 00000 n\r\n" % (n * 700) for n in range(60))
    whole = INTACT["report.pdf"].replace(b"startxref", table + b"startxref")
    for content in (whole, INTACT["film.bmp"]):
        assert damage(SPARING["16 of 32 from 32"](content)) == {"overwritten-structure"}


@pytest.mark.parametrize("pattern", ["16 of 32 from 32", "64 of 192 from 64", "sectors from 512"])
def test_a_report_in_stripes_is_no_cut(pattern: str) -> None:
    """Its end mark is destroyed as everything else; what is left of its words tells the stripes."""
    whole = pdf(*(stream(noise(500 + 37 * n % 700, n), b"/Of/It") for n in range(80)))
    encrypted = demands(look(SPARING[pattern](whole)), "encryption")
    assert encrypted & {"random-stripes", "overwritten-structure", "overwritten-stream"}
    cut = look(whole[: len(whole) * 6 // 10])
    assert (demands(cut, "integrity"), demands(cut, "encryption")) == ({"cut"}, set())


def test_an_end_of_directory_that_cannot_be_is_no_volume() -> None:
    """Numbers of disks beyond any volume's are what destroyed it."""
    whole = archive({"a.txt": INTACT["letter.txt"]})
    end = whole.rindex(b"PK\x05\x06")
    assert damage(overwrite(whole, [(end + 4, len(whole))])) == {"overwritten-structure"}
    volume = whole[: end + 4] + b"\x01\x00\x01\x00" + whole[end + 8 :]
    assert "several disks" in silence(look(volume), "integrity")


def test_an_archive_at_the_end_of_a_cut_one_is_no_archive_of_its_own() -> None:
    """The last thing that is left of a presentation may be a whole workbook; two may stand so."""
    inner = archive({"a.txt": b"words"}, stored=True)
    whole = archive({"1.txt": noise(900).hex().encode(), "book.xlsx": inner, "2.bin": noise(9000)})
    stored = archive({"1.txt": b"words " * 90, "book.xlsx": inner, "2": noise(9000)}, stored=True)
    assert damage(whole) == set()
    assert "cut" in damage(stored[: stored.index(inner) + len(inner) + 3000])
    assert "cut" not in damage(whole + inner)


def test_an_archive_without_its_directory_was_cut_though_it_ends_in_packed_bytes() -> None:
    """Noise says something of a directory only where the directory stands."""
    whole = archive({"a.bin": noise(9000)})
    for end in (whole.index(b"PK\x01\x02"), whole.index(b"PK\x01\x02") + 20):
        assert damage(whole[:end]) == {"cut"}


def test_the_filling_of_an_archive_within_an_archive_is_no_loss() -> None:
    """A workbook behind a chart is kept as it is, with the room that its writer left in it."""
    inner = archive({"a.bin": noise(9000)}, stored=True)
    room = inner[:28] + struct.pack("<H", 600) + inner[30:35] + bytes(600) + inner[35:]
    whole = archive({"book.xlsx": room, "b.txt": b"words " * 90}, stored=True)
    at = whole.index(noise(64))
    assert demands(look(overwrite(whole, [(at + 4096, at + 8192)])), "encryption") == {
        "zip-member-overwritten"
    }
    lost = whole[: at + 4096] + bytes(4096) + whole[at + 8192 :]
    assert "zero-filled" in damage(lost)


def test_a_block_of_noise_in_a_large_pdf_is_seen_outside_of_streams() -> None:
    """It takes as many beginnings of objects with it as ends, and is a small part of all text."""
    widths = [b"[%s]" % b" ".join(b"%d" % (500 + n % 37) for n in range(200)) for _ in range(90)]
    whole = pdf(*widths)
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(32_768, 36_864)])) == {"random-region"}
    assert damage(pdf(*widths, trailer=b"/ID[(%s)]" % noise(64).hex().encode())) == set()


@pytest.mark.parametrize(
    ("words", "begins"),
    [(b"/Subtype/Image/Width 96/Height 96", b""), (b"/Length1 9216", b"\x00\x01\x00\x00")],
)
def test_noise_in_pictures_and_fonts_of_a_pdf_that_nothing_packs_is_seen(
    words: bytes, begins: bytes
) -> None:
    """They have no codes that could break; pixels and outlines look like no noise."""
    held = begins + GREY[: 96 * 96 - len(begins)]
    whole = pdf(stream(held, words, packed=False))
    at = (whole.find(b"stream\n") + 2048) // 2048 * 2048
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(at, at + 4096)])) == {"random-region"}


def test_a_picture_of_a_pdf_whose_filter_stands_elsewhere_may_be_packed() -> None:
    """What is packed looks like noise; that it is left aside is said, and it is not encrypted."""
    words = b"/Subtype/Image/Width 96/Height 96/Filter 9 0 R"
    assert "random-region" not in damage(pdf(stream(noise(9216), words, packed=False)))
