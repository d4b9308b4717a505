import pytest

from sanitizers.damage.text_ends import why_cut
from tests.corpus.looking import demands, look

_LINES = (
    "The patient was examined in the outpatient department (room 4).\n"
    "Nothing remarkable was found; the examination will be repeated.\n"
) * 5


@pytest.mark.parametrize(
    "last",
    [
        "The examinat",
        "It was agreed with the",
        "Elle est suivie par le",
        "De patient wordt behandeld met",
        "Three things were seen: a fever,",
        "The results (see below and the table",
        "The exam-",
    ],
)
def test_a_text_that_stops_amid_something_was_cut(last: str) -> None:
    """In a word, in a clause, in a bracket, before what a word leads to."""
    assert demands(look((_LINES + last).encode()), "integrity") == {"cut"}


@pytest.mark.parametrize(
    "last",
    [
        "The examination",
        "Kind regards",
        "License: MIT",
        "A formula: a+",
        "=====",
        "Room 4)",
        "OK.",
        "if (a <",
    ],
)
def test_many_writers_leave_out_the_last_line_end(last: str) -> None:
    """What ends in a whole word, a mark or a rule of signs is as it was written."""
    assert demands(look((_LINES + last).encode()), "integrity") == set()


def test_a_line_end_closes_whatever_stands_before_it() -> None:
    """Somebody ended that line."""
    assert demands(look((_LINES + "It was agreed with the\n").encode()), "integrity") == set()


def test_a_text_that_fills_its_blocks_and_no_line_was_cut() -> None:
    """File systems lose whole blocks."""
    content = (_LINES * 9).encode()
    whole = content[: len(content) // 512 * 512 - 1] + b"."
    assert why_cut(whole) == "the last line fills its block, and does not end"
    assert why_cut(whole[:-1]) != "the last line fills its block, and does not end"


def test_a_short_text_says_nothing() -> None:
    """A remark of a few words ends as it likes."""
    assert why_cut(b"\n".join([b"with the"] * 4)) == ""
    assert why_cut(b"a, b,\n" * 3 + b"and the") == ""
