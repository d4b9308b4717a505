"""Where a table stops in its last row."""

import pytest

from sanitizers.damage.table_ends import why_row_cut
from tests.corpus.looking import demands, look


def table(*columns: list[str], last: str = "") -> bytes:
    """Return rows under a header, and a last one without a line end."""
    rows = [",".join(row) for row in zip(*columns, strict=True)]
    names = ",".join(f"column{number}" for number in range(len(columns)))
    return "\n".join([names, *rows, last]).encode()


NUMBERS = [str(number) for number in range(24)]
DATES = [f"2021-03-{number % 28 + 1:02}" for number in range(24)]
DOSES = [f"{number}.50" for number in range(24)]
RATIOS = [f"{1 / (number + 3):.{14 + number % 3}f}" for number in range(24)]
KEYS = [f"0x{(number + 3) ** 11 * 7919 % 2**60:014x}" for number in range(24)]
STATES = ["discharged", "admitted", "transferred"] * 8


@pytest.mark.parametrize(
    ("column", "last", "reason"),
    [
        (DATES, "24", "the last row is cut"),
        (DATES, "24,2021-0", "the last value is shorter than all others"),
        (DATES, "24,", "the last value is missing"),
        (DOSES, "24,12.5", "the last value has fewer decimals than all others"),
        (DOSES, "24,12", "the last value has fewer decimals than all others"),
        (RATIOS, "24,0.0361", "the last number is far shorter than all others"),
        (KEYS, "24,0x77", "the last number is far shorter than all others"),
        (STATES, "24,disch", "the last value is the beginning of another one"),
        (STATES, '24,"disch', "the last row is cut"),
    ],
)
def test_a_row_that_stops_before_its_end_is_cut(column: list[str], last: str, reason: str) -> None:
    """Fewer columns, or a last value that is none of a regular column."""
    content = table(NUMBERS, column, last=last)
    assert why_row_cut(content, from_start=True) == reason
    assert demands(look(content), "integrity") == {"cut"}


@pytest.mark.parametrize(
    ("column", "last"),
    [
        (DATES, "24,2021-04-01"),
        (DOSES, "24,12.50"),
        (DOSES, "24,none"),
        (RATIOS, "24,0.12345678901234"),
        (RATIOS, "24,none"),
        (RATIOS, "24,0.5"),
        (KEYS, "24,0x12345678901234"),
        (STATES, "24,admitted"),
        (STATES, "24,dead"),
        (NUMBERS, "24,7"),
    ],
)
def test_many_writers_leave_out_the_last_line_end(column: list[str], last: str) -> None:
    """A last value that could stand in its column is whole."""
    content = table(NUMBERS, column, last=last)
    assert why_row_cut(content, from_start=True) == ""
    assert demands(look(content), "integrity") == set()


def test_few_rows_are_no_rule() -> None:
    """Ten values of one width are none by chance."""
    content = table(NUMBERS[:9], DATES[:9], last="24,2021-0")
    assert why_row_cut(content, from_start=True) == ""


def test_a_table_behind_remarks_is_one_all_the_same() -> None:
    """Its rows have three columns or more, and so it is no list of clauses."""
    rows = [f"{n},{d},{s}" for n, d, s in zip(NUMBERS, DATES, STATES, strict=True)]
    content = "\n".join(["A remark without any column", *rows, "24,2021-04-01"]).encode()
    assert demands(look(content), "integrity") == {"cut"}
