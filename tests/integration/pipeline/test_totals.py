"""Totals that tables of a source tell of each other, judged when all of them are inspected."""

import pytest

from pipeline import listing, record_report
from pipeline.proving import verify
from pipeline.record_report import Wanted
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_source
from tests.corpus.keeping import KeptFile
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs
from tests.integration.pipeline.test_record_decisions import declaring

ORDERS = """\
name: orders
dialect: {delimiter: ";"}
schema:
  primaryKey: order
  fields:
    - {name: order, type: string}
    - {name: lines, type: integer}
    - {name: price, type: number, decimalChar: ","}
x-totals:
  - {fields: order, count: lines, reference: {resource: items, fields: of}}
  - {fields: order, sum: price, reference: {resource: items, fields: of, sum: price}}
"""
ITEMS = """\
name: items
encoding: latin-1
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: of, type: string}
    - {name: price, type: number}
"""
HEAD = b"order;lines;price\n"
ITEM_ROWS = (b"of;price\nA;1.10\nA;2.20\n", b"of;price\nA;0.05\nB;7\n")


@pytest.fixture
def world(tmp_path):
    """A disk with the tables of items, a home, and the contracts that an operator declares."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for number, rows in enumerate(ITEM_ROWS):
        (disk / f"items-{number}.csv").write_bytes(rows)
    for name, text in (("orders", ORDERS), ("items", ITEMS)):
        (tmp_path / f"{name}.yaml").write_text(text)
    given = tuple(f"{name}*.csv={tmp_path / f'{name}.yaml'}" for name in ("orders", "items"))
    return disk, Settings(home=tmp_path / "home"), given


def test_a_table_that_tells_other_totals_is_held(world, tmp_path):
    """Rows of all tables of the other name count; a row that tells nothing asks nothing."""
    disk, settings, given = world
    (disk / "orders.csv").write_bytes(HEAD + b"A;3;3,35\nB;1;7,00\nC;0;0\nD;;\n")
    (disk / "orders-2.csv").write_bytes(HEAD + b"A;2;3,35\nB;1;7,01\nE;1;\n")
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), *given)
        found = {e["path"]: (e["stage"], e["reason"] or "") for e in listing.entries(runtime)}
        told = [
            (reason["code"], reason["records"])
            for line in record_report.report(runtime, Wanted(schema="orders"))
            for reason in line["reasons"]
        ]
        assert () == verify.verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert "promoted" == found["orders.csv"][0]
    assert "held" == found["orders-2.csv"][0]
    assert "control-total" in found["orders-2.csv"][1]
    assert [("TAB-025", 2), ("TAB-025", 1)] == told
    assert set() == rebuilt_differs(settings, kept)


def test_totals_of_a_table_that_is_not_there_prove_nothing(world):
    """Lost rows are what totals are for: without the other table the table waits for a person."""
    disk, settings, given = world
    for number in range(len(ITEM_ROWS)):
        (disk / f"items-{number}.csv").unlink()
    (disk / "orders.csv").write_bytes(HEAD + b"A;3;3,35\n")
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), *given)
        (entry,) = listing.entries(runtime)

    assert "held" == entry["stage"]
    assert "unproven-reference" in entry["reason"]


def test_an_amount_that_cannot_be_read_proves_nothing(world):
    """A refused row counts on both sides, and one without a number cannot."""
    disk, settings, given = world
    (disk / "items-0.csv").write_bytes(b"of;price\nA;1.10\nA;two\n")
    (disk / "orders.csv").write_bytes(HEAD + b"A;3;3,35\n")
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), *given)
        found = {e["path"]: (e["stage"], e["reason"] or "") for e in listing.entries(runtime)}

    assert "held" == found["orders.csv"][0]
    assert "unproven-reference" in found["orders.csv"][1]
