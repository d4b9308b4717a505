"""OpenDocument packages: what must go is gone, what is read stays, copies are copied alike."""

import pytest

from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.office.opendocument import DISARMER
from sanitizers.disarming.zipped import unpack
from tests.corpus.images import png
from tests.corpus.looking import demands, look, silence
from tests.corpus.open_documents import HELLO, OPEN_CASES, document

NO_SWITCHES: frozenset[Switch] = frozenset()
LINKS = "http://www.w3.org/1999/xlink"
# What changes menus or a printer, and runs nothing.
HARMLESS = {"settings of a printer"}
cases = pytest.mark.parametrize("name", OPEN_CASES)


def copied(content: bytes, switches: frozenset[Switch] = NO_SWITCHES) -> bytes:
    """Return the copy of a document."""
    return DISARMER.disarm(content, switches).content


def whole(content: bytes) -> str:
    """Return all members in one text."""
    return b"\n".join(unpack(content).values()).decode("utf-8", "replace")


@cases
def test_what_is_removed_is_reported(name: str) -> None:
    """Every construct has its code."""
    made = DISARMER.disarm(OPEN_CASES[name].content, NO_SWITCHES)

    assert OPEN_CASES[name].code in {removed.code for removed in made.removed}


@cases
def test_the_deny_list_finds_each_construct_and_nothing_in_the_copy(name: str) -> None:
    """The walk is not blind: it names something in the original, and nothing in the copy."""
    found = DISARMER.walk(OPEN_CASES[name].content)

    assert (name in HARMLESS) == (found == ())
    assert () == DISARMER.walk(copied(OPEN_CASES[name].content))


@cases
def test_the_scanner_finds_nothing_in_the_copy(name: str) -> None:
    """The scanner of active content can look into the copy, and asks for nothing."""
    inspection = look(copied(OPEN_CASES[name].content))

    assert set() == demands(inspection, "active_content")
    assert silence(inspection, "active_content") == ""


@cases
def test_a_copy_keeps_what_is_measured(name: str) -> None:
    """Words, cells, tables, pages and pictures are those of the original."""
    content = OPEN_CASES[name].content

    assert DISARMER.measure(content) == DISARMER.measure(copied(content))
    shown = whole(copied(content)).replace("<text:p>", "")
    assert OPEN_CASES[name].words in shown


@cases
def test_a_copy_of_a_copy_is_the_same(name: str) -> None:
    """Disarming once more changes nothing."""
    once = copied(OPEN_CASES[name].content)

    assert once == copied(once)


def test_a_document_without_anything_active_loses_nothing() -> None:
    """Nothing is reported where nothing is removed."""
    content = document(HELLO + '<draw:image xlink:href="Pictures/a.png"/>', members={
        "Pictures/a.png": png()})  # fmt: skip
    made = DISARMER.disarm(content, NO_SWITCHES)

    assert made.removed == ()
    assert png() == unpack(made.content)["Pictures/a.png"]


def test_a_chart_inside_is_kept_and_cut_alike() -> None:
    """A document inside is a part like any other: its content stays, what runs in it goes."""
    content = document(
        HELLO + '<draw:object xlink:href="./Object 1"/>',
        members={
            "Object 1/content.xml": '<a xmlns:x="urn:x"><x:event-listener/><x:p>b</x:p></a>',
            "Object 1/Basic/a.xml": "<a/>",
        },
    )
    made = copied(content)

    assert "Object 1/content.xml" in unpack(made)
    assert () == DISARMER.walk(made)


def test_the_declaration_of_the_type_stays_the_first_member() -> None:
    """Programs look for it at a fixed place (part 2, 3.3)."""
    assert copied(document(HELLO))[30:38] == b"mimetype"


def test_measures_see_a_lost_word() -> None:
    """Two documents that differ in a word do not measure alike."""
    other = HELLO.replace("bien", "mal")

    assert DISARMER.measure(document(HELLO)) != DISARMER.measure(document(other))


def test_a_link_to_the_web_is_kept_when_the_policy_asks() -> None:
    """Addresses of the web stay with keep-links; without it their words do."""
    content = document('<text:p><text:a xlink:href="https://chu.example/">a</text:a></text:p>')

    assert "chu.example" in whole(copied(content, frozenset({Switch.KEEP_LINKS})))
    assert "chu.example" not in whole(copied(content))
    assert () == DISARMER.walk(copied(content, frozenset({Switch.KEEP_LINKS})))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (document(HELLO, members={"META-INF/documentsignatures.xml": b"<a/>"}), "signed"),
        (document(HELLO, "formula"), "neither"),
        (document(HELLO, listed="<manifest:encryption-data/>"), "encrypted"),
    ],
)
def test_what_no_copy_can_do_without_is_held(content: bytes, reason: str) -> None:
    """The reason says what stands in the way."""
    with pytest.raises(CannotDisarmError, match=reason):
        copied(content)


def test_what_every_program_writes_is_nothing_active() -> None:
    """An empty list of scripts, a preview, a chart that names its document: nothing is reported."""
    content = document(
        HELLO + '<draw:object xlink:href="./Object 1"/>',
        before="<office:scripts/>",
        members={
            "Thumbnails/thumbnail.png": png(),
            "Object 1/content.xml": f'<a xmlns:l="{LINKS}"><b l:href=".."/></a>',
        },
    )
    made = DISARMER.disarm(content, NO_SWITCHES)

    assert made.removed == ()
    assert b"<b" in unpack(made.content)["Object 1/content.xml"]
    assert DISARMER.measure(content) == DISARMER.measure(made.content)


def test_words_in_a_fetched_picture_stay() -> None:
    """Only the address goes when there is something in the element."""
    body = '<draw:image xlink:href="https://evil/a.png">' + HELLO + "</draw:image>"
    made = copied(document(body))

    assert "Le patient va bien" in whole(made)
    assert "evil" not in whole(made)
