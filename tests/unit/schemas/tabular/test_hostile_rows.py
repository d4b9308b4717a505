"""Rows that another reader takes for other rows, and values that only look like what they are."""

from datetime import date

import pytest

from schemas.interface import Extract
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.schema import Tabular
from schemas.tally import Tally

CONTRACT = """
name: visits
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: year, type: year}
    - {name: note, type: string}
    - {name: room, type: string, constraints: {pattern: ".{1,60}"}}
"""


def codes(*lines: bytes) -> tuple[int, set[str]]:
    """Return how many of some rows are accepted, and the codes that are given."""
    content = b"year;note;room\n" + b"".join(lines)
    extract = Extract(content=memoryview(content), media_type="text/csv", today=date(2026, 6, 1))
    tally = Tally()
    tally.take(Tabular(contract=parse_contract(CONTRACT, "visits")).validate(extract))
    report = tally.report("visits", "text/csv")
    return report.counts.accepted, {group.code for group in report.groups}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        # A spreadsheet begins a new row at a return, and runs what that begins with.
        (b"2024;seen\r=cmd|' /C calc'!A0;A1\n", "GEN-004"),
        (b'2024;"seen\r2025";A1\n', "GEN-004"),
        (b"2024;seen;A1\r\r\n", "GEN-004"),
        # Digits of another script are no year that any other program reads.
        ("\uff12\uff10\uff12\uff14;seen;A1\n".encode(), "TAB-007"),
        # A pattern that allows everything allows no formula.
        (b"2024;seen;=cmd|' /C calc'!A0\n", "TAB-005"),
        (b"2024;seen;@SUM(A1)\n", "TAB-005"),
        (b"2024;seen;+cmd|' /C calc'!A0\n", "TAB-005"),
    ],
)
def test_such_a_row_is_refused(line, code):
    """And the honest row beside it is not."""
    assert (1, {code}) == codes(line, b"2024;seen;A1\n")


def test_figures_with_a_sign_fit_a_pattern():
    """A telephone number is no formula; nor is a line end of Windows a second row."""
    assert (2, set()) == codes(b"2024;seen;+33 6 12 34 56 78\r\n", b"2024;seen;-1.5\r\n")
