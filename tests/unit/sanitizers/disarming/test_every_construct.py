"""One table: each construct is removed and named, nothing of it is left, text and pixels stay."""

import warnings
from io import BytesIO

import pikepdf
import pytest

from custody.finding import FindingKind
from custody.outcome import Scanned
from sanitizers.disarming.interface import Copy, Switch
from sanitizers.disarming.registry import disarmer_of
from sanitizers.disarming.zipped import unpack
from tests.corpus.disarm_cases import (
    CYCLIC,
    DISARM_CASES,
    LARGE,
    LINKED,
    MARKERS,
    PDF,
    SMALL,
    TEXT,
)
from tests.corpus.looking import look

NOTHING: frozenset[Switch] = frozenset()
cases = pytest.mark.parametrize("name", DISARM_CASES)


def copy_of(content: bytes, media_type: str) -> Copy:
    """Return the copy of a content."""
    return disarmer_of(media_type).disarm(content, NOTHING)


def laid_open(made: Copy) -> bytes:
    """Return all that stands in a copy, unpacked."""
    if made.content.startswith(b"PK"):
        return b"\n".join(unpack(made.content).values())
    if made.media_type != PDF:
        return made.content
    target = BytesIO()
    with pikepdf.Pdf.open(BytesIO(made.content)) as pdf, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library: about widgets that no form lists
        mode, level = pikepdf.ObjectStreamMode.disable, pikepdf.StreamDecodeLevel.generalized
        pdf.save(target, compress_streams=False, object_stream_mode=mode, stream_decode_level=level)
    return target.getvalue()


@cases
def test_a_construct_is_removed_and_nothing_of_it_is_left(name: str) -> None:
    """Named in the report; on no list, in no byte, and for no scanner there any more."""
    case = DISARM_CASES[name]
    made = copy_of(case.content, case.media_type)
    active = [
        finding.rule
        for outcome in look(made.content).outcomes
        if isinstance(outcome, Scanned)
        for finding in outcome.findings
        if finding.kind is FindingKind.ACTIVE
    ]

    assert case.codes <= {removed.code for removed in made.removed}
    assert () == disarmer_of(made.media_type).walk(made.content)
    assert [] == [marker for marker in MARKERS if marker in laid_open(made)]
    assert [] == active


@cases
def test_what_is_shown_stays_and_a_copy_is_its_own_copy(name: str) -> None:
    """Text, cells, pages and pixels are equal; disarmed once more, not a byte changes (111)."""
    case = DISARM_CASES[name]
    made = copy_of(case.content, case.media_type)
    before = disarmer_of(case.media_type).measure(case.content).values
    after = disarmer_of(made.media_type).measure(made.content).values

    assert before
    assert before == {key: after.get(key) for key in before}
    assert made.content == copy_of(made.content, made.media_type).content


def test_a_link_that_waits_for_a_click_is_kept() -> None:
    """Case 98."""
    made = copy_of(LINKED, PDF)

    assert () == made.removed
    assert b"https://chu.example/" in laid_open(made)


def test_an_outline_that_never_ends_is_followed_once() -> None:
    """Case 99: the copy keeps its title, and ends."""
    made = copy_of(CYCLIC, PDF)

    assert ["pdf.launch"] == [removed.code for removed in made.removed]
    assert disarmer_of(PDF).measure(CYCLIC) == disarmer_of(PDF).measure(made.content)


@pytest.mark.slow
def test_a_large_document_loses_what_a_small_one_does() -> None:
    """Case 112: twenty megabytes of text change nothing."""
    large, small = copy_of(LARGE, TEXT), copy_of(SMALL, TEXT)

    assert small.removed == large.removed
    assert () == disarmer_of(TEXT).walk(large.content)
    assert disarmer_of(TEXT).measure(LARGE) == disarmer_of(TEXT).measure(large.content)
