"""Disarmers with native parsers under the lock of the real box: nothing they need is refused."""

from collections.abc import Iterator

import pytest

from sandbox.pool import Pool
from sanitizers.disarming.making import Made, NotMade, Original, disarmed, programs
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.active_pdfs import HELD, NASTY

PDF = "application/pdf"


@pytest.fixture(scope="module")
def box() -> Iterator[Pool]:
    """A real box with two locked workers."""
    with Pool(programs(DEFAULT_LIMITS), workers=2) as pool:
        yield pool


def made_of(box: Pool, content: bytes, media_type: str) -> Made | NotMade:
    """What becomes of a content."""
    original = Original(content=content, size=len(content), media_type=media_type)
    return disarmed(box, original, frozenset(), DEFAULT_LIMITS)


def test_a_pdf_is_disarmed_and_proven(box):
    """The library reads and writes without a file, a thread or new code in memory."""
    made = made_of(box, NASTY, PDF)

    assert isinstance(made, Made), made
    assert b"JavaScript" not in made.content
    assert "1" == made.measures["pages"]


def test_a_signed_pdf_is_held_with_the_reason(box):
    """The reason comes out of the box."""
    content, _ = HELD["signed"]

    assert NotMade(reason="refused: signed: a copy would lose the signature") == made_of(
        box, content, PDF
    )
