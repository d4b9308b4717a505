"""The 117 cases that scanners are known to fail on, by number: each a file and its verdict.

The numbers are those of a published list (confusions between types, archives, damage, active
content, the box). What is no file (a rule pack, a process that misbehaves) is told by the test that
covers it. Where a list says "disarm", the verdict here is *active*: held, and the parts are named
that a copy would have to do without.
"""

import gzip
import io
import struct
import tarfile
import zipfile

from cli.hospital.malice import eicar
from custody.verdict import Verdict
from tests.corpus.compounds import compound, letter, sheet, workbook
from tests.corpus.containers import many, nested, tar_member, tarred, zip64, zip_with_link
from tests.corpus.damaging import CUTS, ENCRYPTIONS, FLIPS, SPARING, noise, overwrite
from tests.corpus.disguises import JAR, NAMES, PE, PGP, TYPES, Disguise
from tests.corpus.images import dicom, element, jpeg
from tests.corpus.intact import GREY, INTACT
from tests.corpus.packages import (
    archive,
    docx,
    encrypted,
    odt,
    overlapping,
    with_claimed_size,
    with_local_name,
    xlsx,
)
from tests.corpus.pdfs import pdf

CLEAN, ACTIVE, DAMAGED = Verdict.CLEAN, Verdict.ACTIVE, Verdict.DAMAGED
MALICIOUS, ENCRYPTED = Verdict.MALICIOUS, Verdict.ENCRYPTED
PROHIBITED, INDETERMINATE = Verdict.PROHIBITED, Verdict.INDETERMINATE
MEBI = 1 << 20

NOTE = (
    "All your files have been encrypted! To decrypt them you must pay 2 bitcoin within 72 hours. "
    "Do not rename encrypted files. Contact us: restore@onionmail.org or our Tor Browser chat. "
    "Your personal ID: 4A7F-22. Otherwise your data will be published."
)
SECURITY = (
    "# Security\n\nReport a vulnerability to security@example.org, encrypted with our key if you "
    "like. We answer within 24 hours. Do not publish it before. Your files are never asked for.\n"
)
_WORD_LINK = "https://evil.example/a.dotm"
_WHOLE_TEXT = b"".join(b"line %d of a long protocol\n" % n for n in range(2_600_000))[: 64 * MEBI]


def _case(path: str, content: bytes, verdict: Verdict, rule: str = "") -> Disguise:
    return Disguise(path=path.encode(), content=content, verdict=verdict, rule=rule)


def _doubled_name() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as output:
        output.writestr("a.txt", b"one")
        output.writestr("A.TXT", b"two")
    return written.getvalue()


def _sharing_two_bytes() -> bytes:
    """Return what real JARs are: the first letters of a header end the member before it too."""
    content = archive({"a.txt": b"x" * 98 + b"PK", "b.txt": b"y" * 40}, stored=True)
    at = content.index(b"PKPK")
    shared = bytearray(content[:at] + content[at + 2 :])
    second = shared.rindex(b"PK\x01\x02")
    struct.pack_into("<I", shared, second + 42, at)
    end = shared.rindex(b"PK\x05\x06")
    struct.pack_into("<I", shared, end + 16, shared.index(b"PK\x01\x02"))
    return bytes(shared)


def _zeroed(content: bytes, start: int, end: int) -> bytes:
    return content[:start] + bytes(end - start) + content[end:]


_LETTER, _REPORT = INTACT["letter.docx"], INTACT["report.pdf"]
_FILM, _TEXT = INTACT["film.dcm"], INTACT["letter.txt"]
_DAMAGED_ZIP = FLIPS["one bit"](archive({"a.txt": noise(9000).hex().encode()}, stored=True))
_LINK = tar_member("up", tarfile.SYMTYPE, link="..")
_DDE_LINK = b"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>"
_DDE = '<w:fldSimple xmlns:w="w" w:instr="DDEAUTO cmd"/>'

FILES: dict[str, Disguise] = {
    "1 EICAR": _case("eicar.txt", eicar(), MALICIOUS),
    "2 EICAR in an archive": _case("a.zip", archive({"eicar.txt": eicar()}), MALICIOUS),
    "3 EICAR five archives deep": _case("a.zip", nested(eicar(), 5), MALICIOUS),
    "4 seven archives deep": _case("a.zip", nested(b"words\n", 7), INDETERMINATE),
    "5 EICAR in UTF-16": _case("eicar.txt", eicar().decode().encode("utf-16"), MALICIOUS),
    **{name: case for name, case in (TYPES | NAMES).items() if name[0].isdigit()},
    "50 members that are the same bytes": _case("a.zip", overlapping(), INDETERMINATE, "overlap"),
    "51 a member within another": _case("b.zip", overlapping(), INDETERMINATE, "overlap"),
    "52 a size that lies": _case(
        "a.zip",
        with_claimed_size(archive({"a.txt": b"x" * 5000}), 100),
        INDETERMINATE,
        "zip-size-mismatch",
    ),
    "53 a thousand to one": _case("a.zip", archive({"a.txt": bytes(64 * MEBI)}), INDETERMINATE),
    "54 twenty archives deep": _case("a.zip", nested(b"words\n", 20), INDETERMINATE),
    "55 seventy thousand members": _case("a.zip", many(70_000), INDETERMINATE),
    "56 a path that leads up": _case(
        "a.zip", archive({"../../x.txt": b"x"}), INDETERMINATE, "path-outside"
    ),
    "56a an absolute path": _case(
        "a.zip", archive({"/x.txt": b"x"}), INDETERMINATE, "path-outside"
    ),
    "56b a path with a drive": _case(
        "a.zip", archive({"C:\\x.txt": b"x"}), INDETERMINATE, "path-outside"
    ),
    "57 a link in a ZIP": _case("a.zip", zip_with_link(), INDETERMINATE, "symlink"),
    "58 a device in a tar": _case(
        "a.tar", tarred(tar_member("d", tarfile.CHRTYPE)), INDETERMINATE, "device"
    ),
    "58a a pipe in a tar": _case(
        "a.tar", tarred(tar_member("p", tarfile.FIFOTYPE)), INDETERMINATE, "fifo"
    ),
    "58b a hard link in a tar": _case(
        "a.tar", tarred(tar_member("h", tarfile.LNKTYPE, link="a")), INDETERMINATE, "hard-link"
    ),
    "58c a file that runs as another user": _case(
        "a.tar", tarred(tar_member("s", mode=0o4755)), INDETERMINATE, "set-id"
    ),
    "59 a link, then a file through it": _case(
        "a.tar", tarred(_LINK, tar_member("up/x.txt")), INDETERMINATE, "symlink"
    ),
    "60 a member with two names": _case(
        "a.zip",
        with_local_name(archive({"good.txt": b"x"}), b"good.txt", b"evil.exe"),
        INDETERMINATE,
        "name-mismatch",
    ),
    "61 two archives in a row": _case(
        "a.zip", archive({"a.txt": b"a"}) + archive({"b.txt": b"b"}), INDETERMINATE, "prefix-data"
    ),
    "62 bytes before an archive": _case(
        "a.zip", b"stub" * 30 + archive({"a.txt": b"a"}), INDETERMINATE, "prefix-data"
    ),
    "63 bytes behind an archive": _case(
        "a.zip", archive({"a.txt": b"a"}) + b"tail" * 9, INDETERMINATE, "trailing-data"
    ),
    "64 a name twice but for its case": _case("a.zip", _doubled_name(), INDETERMINATE),
    "65 a member with a password": _case(
        "a.zip", encrypted(archive({"a.txt": b"a"})), INDETERMINATE, "password-protected"
    ),
    "66 7z": _case("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + noise(600), INDETERMINATE),
    "67 a bomb of gzip": _case("a.gz", gzip.compress(bytes(300 * MEBI), 1), INDETERMINATE),
    "68 gzip with garbage behind": _case(
        "a.txt.gz", gzip.compress(b"a\n") + b"garbage" * 20, INDETERMINATE
    ),
    "69 members that share two bytes": _case("a.zip", _sharing_two_bytes(), CLEAN),
    "70 ZIP64": _case("a.zip", zip64(), CLEAN),
    "71 a disk image": _case(
        "a.iso", bytes(32_769) + b"CD001\x01" + bytes(2042) + PE, INDETERMINATE
    ),
    "72 a library of Java": _case("a.jar", JAR, PROHIBITED),
    "72a a package of Python": _case(
        "a.zip", archive({"a/__init__.txt": b"x = 1\n", "a/METADATA": b"Name: a\n"}), CLEAN
    ),
    "73 all of a document": _case("a.docx", ENCRYPTIONS["full"](_LETTER), ENCRYPTED),
    "74 the head of a document": _case("a.docx", ENCRYPTIONS["head 4 KiB"](_LETTER), ENCRYPTED),
    "75 the head of a PDF": _case("a.pdf", ENCRYPTIONS["head 4 KiB"](_REPORT), ENCRYPTED),
    "76 64 of 192 of a study": _case("a.dcm", SPARING["64 of 192 from 64"](_FILM), ENCRYPTED),
    "77 16 of 32 of a text": _case("a.txt", ENCRYPTIONS["16 of 32"](_TEXT), ENCRYPTED),
    "78 a quarter of a study": _case("a.dcm", SPARING["4 of 16 KiB from 4"](_FILM), ENCRYPTED),
    "79 one block of a TIFF": _case("a.tif", SPARING["one block"](INTACT["film.tif"]), ENCRYPTED),
    "80 a MiB in the middle of 64": _case(
        "a.txt", overwrite(_WHOLE_TEXT, [(31 * MEBI, 32 * MEBI)]), ENCRYPTED
    ),
    "81 the tail of a study": _case("a.dcm", ENCRYPTIONS["tail 4 KiB"](_FILM), ENCRYPTED),
    "82 a key behind a picture": _case("a.jpg.lockbit", jpeg() + noise(512), ENCRYPTED),
    "83 a cut picture": _case("a.jpg", CUTS["cut at 60 %"](INTACT["film.jpg"]), DAMAGED),
    "84 zeros at the end of a document": _case(
        "a.docx", _zeroed(_LETTER, len(_LETTER) * 6 // 10, len(_LETTER)), DAMAGED
    ),
    "85 zeros in a database": _case(
        "a.sqlite", _zeroed(INTACT["ward.sqlite"], 8192, 12_288), DAMAGED
    ),
    "86 a PDF of zeros": _case("a.pdf", bytes(20_000), DAMAGED),
    "87 one bit of an archive": _case("a.zip", _DAMAGED_ZIP, DAMAGED),
    "88 an intact xz": _case("a.txt.xz", INTACT["log.xz"], CLEAN),
    "89 a sealed container": _case("a.bin", noise(65_536), INDETERMINATE),
    "90 a document with a password": _case(
        "a.docx",
        compound({"EncryptionInfo": b"\x04\x00\x04\x00", "EncryptedPackage": noise(9000)}),
        INDETERMINATE,
        "password-protected",
    ),
    "91 gpg": _case("a.gpg", PGP + noise(900), INDETERMINATE),
    "91a age": _case("a.age", b"age-encryption.org/v1\n-> X25519 a\n" + noise(99), INDETERMINATE),
    "92 JPEG 2000 in a study": _case(
        "a.dcm",
        dicom(
            element(8, 0x16, b"UI", b"1.2\x00")
            + b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff"
            + b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
            + b"\xfe\xff\x00\xe0\x0c\x00\x00\x00\xff\x4f\xff\x51\x00\x04\x00\x00\xff\x93\xff\xd9"
            + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00",
            syntax=b"1.2.840.10008.1.2.4.90\x00",
        ),
        CLEAN,
    ),
    "93 a study on black": _case(
        "a.dcm",
        dicom(
            element(0x28, 0x11, b"US", b"\xc0\x00")
            + element(0x28, 0x100, b"US", b"\x08\x00")
            + element(0x7FE0, 0x10, b"OW", bytes(192 * 40) + GREY[:19_200] + bytes(192 * 40))
        ),
        CLEAN,
    ),
    "94 a ransom note": _case("README.txt", NOTE.encode(), MALICIOUS, "ransom-note"),
    "94a a ransom note in UTF-16": _case(
        "README.txt", NOTE.encode("utf-16"), MALICIOUS, "ransom-note"
    ),
    "94b a ransom note as an application": _case(
        "README.hta", f"<html><hta:application id=a>{NOTE}</html>".encode(), MALICIOUS
    ),
    "95 a page on security": _case("SECURITY.md", SECURITY.encode(), CLEAN),
    "96 a name that attackers like": _case("x.data", _TEXT, CLEAN),
    "96a another one": _case("x.info", _TEXT, CLEAN),
    "97 everything that a PDF may do": _case(
        "a.pdf",
        pdf(
            b"<</S/JavaScript/JS(x)>>",
            b"<</S/Launch/F(cmd.exe)>>",
            b"<</Subtype/RichMedia>>",
            catalog=b"/OpenAction 3 0 R/AA<<>>/Names<</EmbeddedFiles 5 0 R>>"
            b"/AcroForm<</XFA 5 0 R>>",
        ),
        ACTIVE,
        "pdf-javascript",
    ),
    "98 a link in a PDF": _case("a.pdf", pdf(b"<</S/URI/URI(https://x.example)>>"), CLEAN),
    "99 a table of contents in a circle": _case(
        "a.pdf", pdf(b"<</Title(a)/Next 3 0 R/Prev 3 0 R>>"), CLEAN
    ),
    "100 a PDF with a password": _case(
        "a.pdf", pdf(trailer=b"/Encrypt 4 0 R"), INDETERMINATE, "password-protected"
    ),
    "101 a signed PDF": _case(
        "a.pdf", pdf(b"<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>"), CLEAN
    ),
    "102 a template from elsewhere": _case(
        "a.docx", docx(("attachedTemplate", _WORD_LINK, True)), ACTIVE, "ooxml-external-target"
    ),
    "103 DDE in a document": _case("a.docx", docx(body=_DDE), ACTIVE, "ooxml-dde"),
    "104 a foreign part": _case(
        "a.docx", docx(("aFChunk", "a.html", False)), ACTIVE, "ooxml-foreign-part"
    ),
    "105 DDE in a workbook": _case(
        "a.xlsx", docx(xl__externalLinks__e_DOT_xml=_DDE_LINK), ACTIVE, "ooxml-dde"
    ),
    "106 a workbook behind a chart": _case(
        "a.docx",
        docx(
            ("package", "embeddings/a.xlsx", False),
            word__embeddings__a_DOT_xlsx=xlsx(),
        ),
        CLEAN,
    ),
    "107 a document type in a document": _case(
        "a.docx",
        docx(word__a_DOT_xml=b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        INDETERMINATE,
    ),
    "108 macros in an old document": _case(
        "a.doc", compound(letter(_TEXT) | {"Macros": b"x" * 90}), ACTIVE, "ole2-macros"
    ),
    "109 old slides": _case(
        "a.xls", compound({"Workbook": workbook(*(sheet(0) for _ in range(900)))}), CLEAN
    ),
    "110 macros in OpenDocument": _case(
        "a.odt", odt(Basic__Standard__a_DOT_xml=b"<a/>"), ACTIVE, "odf-macros"
    ),
    "112 a large document with macros": _case(
        "a.docm",
        docx(
            main="application/vnd.ms-word.document.macroEnabled.main+xml",
            word__vbaProject_DOT_bin=b"x" * 40,
            word__media__a_DOT_png=noise(20 * MEBI),
        ),
        ACTIVE,
    ),
}

# A copy is compared with a second copy: none is made so far, and the original waits.
NOT_MADE = frozenset({111})
# What is no file: the test that covers the case.
ELSEWHERE: dict[int, str] = {
    6: "unit/sanitizers/test_yara_rules.py::test_rules_that_break_off_have_not_scanned",
    7: "unit/sanitizers/test_yara_rules.py::test_rules_that_break_off_have_not_scanned",
    8: "integration/sanitizers/test_cache.py::test_a_damaged_cache_is_compiled_again",
    9: "scenarios/test_refusals.py"
    "::test_a_policy_that_needs_more_rules_refuses_until_they_are_there",
    10: "unit/sanitizers/rules/test_language.py::test_includes_and_global_rules_are_seen",
    11: "integration/sanitizers/test_installing.py::test_a_refused_pack_names_file_and_line",
    12: "contract/test_engines.py::test_namespaces_keep_equal_names_apart",
    113: "integration/sandbox/test_hostile_programs.py::test_a_misdeed_costs_its_own_reply_only",
    114: "integration/sandbox/test_hostile_programs.py::test_a_misdeed_costs_its_own_reply_only",
    115: "integration/sandbox/test_hostile_programs.py::test_a_misdeed_costs_its_own_reply_only",
    116: "scenarios/test_poison.py::test_one_poisoned_file_of_two_thousand_is_held_alone",
    117: "scenarios/test_refusals.py::test_a_machine_that_cannot_lock_a_process_inspects_nothing",
}
