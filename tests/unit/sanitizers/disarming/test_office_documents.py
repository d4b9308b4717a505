"""Office Open XML documents: what must go is gone, what is read stays, copies are copied alike."""

import pytest

from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.office.documents import DISARMER
from sanitizers.disarming.words import paragraph_english
from sanitizers.disarming.zipped import pack, unpack
from tests.corpus.looking import demands, look, silence
from tests.corpus.office_cases import CASES, HELLO
from tests.corpus.office_parts import Package, complex_field, picture, text
from tests.corpus.packages import archive, encrypted

NO_SWITCHES: frozenset[Switch] = frozenset()
LINKS = frozenset({Switch.KEEP_LINKS})
SIGNATURE = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
# What is left out only because it would not be true any more.
HARMLESS = {"the order of calculation"}
cases = pytest.mark.parametrize("name", CASES)


def copied(content: bytes, switches: frozenset[Switch] = NO_SWITCHES) -> bytes:
    """Return the copy of a document."""
    return DISARMER.disarm(content, switches).content


def whole(content: bytes) -> str:
    """Return all parts of a package in one text."""
    return b"\n".join(unpack(content).values()).decode("utf-8", "replace")


@cases
def test_what_is_removed_is_reported(name: str) -> None:
    """Every construct has its code."""
    made = DISARMER.disarm(CASES[name].content, NO_SWITCHES)

    assert CASES[name].codes <= {removed.code for removed in made.removed}


@cases
def test_the_deny_list_finds_each_construct_and_nothing_in_the_copy(name: str) -> None:
    """The walk is not blind: it names something in the original, and nothing in the copy."""
    assert (name in HARMLESS) == (DISARMER.walk(CASES[name].content) == ())
    assert () == DISARMER.walk(copied(CASES[name].content))


@cases
def test_the_scanner_finds_nothing_in_the_copy(name: str) -> None:
    """The scanner of active content can look into the copy, and asks for nothing."""
    inspection = look(copied(CASES[name].content))

    assert set() == demands(inspection, "active_content")
    assert silence(inspection, "active_content") == ""


@cases
def test_a_copy_keeps_what_is_measured(name: str) -> None:
    """Text, cells, sheets and pictures are those of the original."""
    content = CASES[name].content

    assert DISARMER.measure(content) == DISARMER.measure(copied(content))
    assert CASES[name].words in whole(copied(content))


@cases
def test_a_copy_of_a_copy_is_the_same(name: str) -> None:
    """Disarming once more changes nothing (case 111)."""
    once = copied(CASES[name].content)

    assert once == copied(once)


def test_every_code_has_words_for_people() -> None:
    """A report says what is gone, not that something was."""
    codes = {
        removed.code
        for case in CASES.values()
        for removed in DISARMER.disarm(case.content, NO_SWITCHES).removed
    }
    told = paragraph_english(dict.fromkeys(codes, 1), "a" * 64)

    assert "active element" not in told


def test_measures_see_a_lost_word() -> None:
    """Two documents that differ in a word do not measure alike."""
    assert DISARMER.measure(text(HELLO).built()) != DISARMER.measure(
        text(HELLO.replace("bien", "mal")).built()
    )


def test_measures_see_a_lost_picture() -> None:
    """A picture that is missing shows."""
    with_one = text(HELLO).linked("image", "image/png", "word/media/image1.png", picture())

    assert DISARMER.measure(with_one.built()) != DISARMER.measure(text(HELLO).built())


def test_a_document_of_macros_becomes_a_plain_one() -> None:
    """Nothing in the copy says that macros are enabled."""
    made = DISARMER.disarm(CASES["macros"].content, NO_SWITCHES)

    assert made.media_type == (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    assert "macroenabled" not in whole(made.content).lower()


def test_a_link_to_the_web_is_kept_when_the_policy_asks() -> None:
    """Addresses of the web stay with keep-links; without it their words do."""
    content = (
        text('<w:p><w:hyperlink r:id="r1">' + HELLO[5:-6] + "</w:hyperlink></w:p>")
        .link("word/document.xml", "r1", "hyperlink", "https://chu.example/a", outside=True)
        .built()
    )

    assert "https://chu.example/a" in whole(copied(content, LINKS))
    assert "https://chu.example/a" not in whole(copied(content))
    assert "Le patient va bien" in whole(copied(content))
    assert () == DISARMER.walk(copied(content, LINKS))


@pytest.mark.parametrize("address", ["file://evil/a", "ms-word:a", "javascript:a", "\\\\evil\\a"])
def test_other_links_go_even_then(address: str) -> None:
    """What hands its text to a program, or leads to a share, is never kept."""
    content = (
        text('<w:p><w:hyperlink r:id="r1"/></w:p>')
        .link("word/document.xml", "r1", "hyperlink", address, outside=True)
        .built()
    )

    assert address not in whole(copied(content, LINKS))


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("PAGE", True),
        (' TOC \\o "1-3" \\h ', True),
        ('HYPERLINK \\l "_Toc1"', True),
        ('HYPERLINK "https://chu.example/"', False),
        ("MERGEFIELD Nom", True),
        ("AUTOTEXT a", False),
        ("RD c:\\\\a.docx", False),
        ("DATABASE \\d a", False),
        ("IF 1 = 1 a DDE", False),
    ],
)
def test_only_passive_fields_stay(code: str, *, kept: bool) -> None:
    """A field that is not listed becomes the text that it last gave."""
    made = whole(copied(text(complex_field(code, "Le patient va bien")).built()))

    assert kept == ("instrText" in made)
    assert "Le patient va bien" in made


def test_a_field_that_never_ends_is_held() -> None:
    """Its code would swallow the rest of the text."""
    body = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE a' + (
        "</w:instrText></w:r></w:p>" + HELLO
    )

    with pytest.raises(CannotDisarmError, match="never ends"):
        copied(text(body).built())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encrypted(text(HELLO).built()), "encrypted"),
        (
            text(HELLO)
            .part("_xmlsignatures/sig1.xml", SIGNATURE, "<a/>")
            .built(),
            "signed",
        ),
        (archive({"[Content_Types].xml": b"<Types/>"}), "main parts"),
        (
            Package("word/document.xml", "application/vnd.ms-excel.addin.macroEnabled.main+xml",
                    "<a/>").built(),
            "neither",
        ),
        (text(HELLO).link("word/document.xml", "a", "image", "a")
         .link("word/document.xml", "a", "image", "b").built(), "one name"),
    ],
)  # fmt: skip
def test_what_no_copy_can_do_without_is_held(content: bytes, reason: str) -> None:
    """The reason says what stands in the way."""
    with pytest.raises(CannotDisarmError, match=reason):
        copied(content)


def test_a_document_type_is_held() -> None:
    """Case 107: what declares its own entities can mean anything."""
    declared = text(HELLO).part(
        "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml."
        "document.main+xml", '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w>&a;</w>',
    )  # fmt: skip

    with pytest.raises(FormatError, match="document type"):
        copied(declared.built())


def test_two_members_of_one_name_are_held() -> None:
    """One program would read the first of them, another the last."""
    members = list(unpack(text(HELLO).built()).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        doubled = pack([*members, members[-1]])

    with pytest.raises(CannotDisarmError, match="duplicate-name"):
        copied(doubled)


def test_comments_and_instructions_are_not_copied() -> None:
    """What no reader shows is not carried along."""
    body = HELLO + "<!-- secret --><?run me?>"

    assert "secret" not in whole(copied(text(body).built()))
    assert "<?run" not in whole(copied(text(body).built()))


def test_a_member_that_nothing_leads_to_is_not_copied() -> None:
    """Only parts that are reached are there."""
    content = text(HELLO).part("word/stray.xml", "application/xml", "<a/>").built()

    assert "word/stray.xml" not in unpack(copied(content))
