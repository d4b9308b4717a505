"""Keys are gathered while rows are judged; what is said is the same as if they came first."""

import pytest

from benchmarks.records import TODAY, lab_contract, rows, written
from schemas.interface import Extract
from schemas.tabular import schema as tabular

LINES = list(rows(400))
TWICE = [*LINES, LINES[7], [*LINES[9][:5], "99,9", *LINES[9][6:]]]


def said(lines):
    """Return everything that is said of a table."""
    content = memoryview(written(lines))
    return list(
        lab_contract().validate(Extract(content=content, media_type="text/csv", today=TODAY))
    )


@pytest.mark.parametrize("lines", [LINES, TWICE])
def test_where_too_much_is_said_to_be_kept_the_keys_come_first(lines, monkeypatch):
    """Each way has a table judged once more, and none is let in that the other refuses."""
    kept = said(lines)
    monkeypatch.setattr(tabular, "MOST_KEPT", 3)

    assert kept == said(lines)


def test_a_key_that_stands_twice_is_told_of_the_first_row_too():
    """It was judged before the second one was read."""
    codes = {r.code for item in said(TWICE) for r in getattr(item, "reasons", ())}
    numbers = [
        item.number
        for item in said(TWICE)
        if {"TAB-012", "TAB-013"} & {r.code for r in getattr(item, "reasons", ())}
    ]

    assert codes >= {"TAB-012", "TAB-013"}
    assert [8, 10, 401, 402] == numbers
