"""PDF files, pages, drawings and pictures in the main job: copies stand for the merely active."""

import pytest

from pipeline import listing
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.active_images import IMAGES
from tests.corpus.active_pages import DRAWINGS, PAGES
from tests.corpus.active_pdfs import HELD, NASTY, page_pdf
from tests.corpus.disguises import PE
from tests.corpus.homes import a_source, recover

COPIED = {
    "nasty.pdf": NASTY,
    "page.html": PAGES["handler"].content,
    "drawing.svg": DRAWINGS["handler"].content,
    "remark.jpg": IMAGES["image/jpeg"]["xmp"].content,
    "behind.gif": IMAGES["image/gif"]["script"].content,
}
KEPT = {
    "signed.pdf": HELD["signed"][0].replace(b"/SigFlags 3", b"/SigFlags 3/XFA(a)"),
    "form.pdf": HELD["only-xfa"][0],
    "program.jpg": IMAGES["image/jpeg"]["xmp"].content + PE,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every file, recovered once: what the run came to, and what `list` shows by path."""
    folder = tmp_path_factory.mktemp("plain")
    disk = folder / "disk"
    disk.mkdir()
    for name, content in {**COPIED, **KEPT, "plain.pdf": page_pdf()}.items():
        (disk / name).write_bytes(content)
    with open_runtime(Settings(home=folder / "home")) as runtime:
        result = recover(runtime, a_source(disk)).as_json()
        listed = {e["path"]: e for e in listing.entries(runtime)}
        return result, listed, verify(runtime, deep=True)


@pytest.mark.parametrize("name", COPIED)
def test_a_copy_stands_for_what_was_only_active(world, name):
    """The original is superseded by a content that every scanner found clean."""
    entry = world[1][name]

    assert ("superseded", "active") == (entry["stage"], entry["verdict"]), entry["reason"]
    assert entry["superseded_by"]


@pytest.mark.parametrize("name", KEPT)
def test_what_is_more_than_active_is_held(world, name):
    """Signatures, empty forms, and programs behind pictures are for people."""
    entry = world[1][name]

    assert ("held", None) == (entry["stage"], entry["superseded_by"])


def test_the_reason_says_why_there_is_no_copy(world):
    """The data owner of a signed document is told, and so is who waits for the form."""
    assert "signed" in world[1]["signed.pdf"]["reason"]
    assert "XFA" in world[1]["form.pdf"]["reason"]


def test_everything_has_a_fate_and_the_home_verifies(world):
    """What was plain is promoted as it is."""
    result, listed, verified = world

    assert "promoted" == listed["plain.pdf"]["stage"]
    assert (0, len(COPIED)) == (result["unexplained"], result["derived"]["disarmed"])
    assert () == verified.faults
