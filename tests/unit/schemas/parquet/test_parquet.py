"""Rows of Parquet files as records of contracts."""

from dataclasses import replace
from datetime import date

import pytest

from custody.records import Counts
from formats.parquet.columns import Column, Meaning, Stored
from pipeline.parquet_table import parquet
from schemas.detection import media_type_of
from schemas.extracts import ValidateExtract
from schemas.interface import Extract
from schemas.parquet.schema import Parquet
from schemas.parquet.writing import writer
from schemas.registry import all_schemas, schema_of
from schemas.tabular.contract import Column as Wanted
from schemas.tabular.contract import ColumnType
from schemas.tabular.contract_file import parse_contract
from schemas.tally import Tally
from tests.corpus import parquets

CONTRACT = parse_contract(
    """
name: measured
schema:
  primaryKey: id
  fields:
    - {name: day, type: date, format: "%d/%m/%Y"}
    - {name: id, type: string, x-subject: ipp}
    - {name: note, type: string, constraints: {maxLength: 20}}
    - {name: small, type: integer, constraints: {minimum: -40, maximum: 121}}
    - {name: big, type: integer}
    - {name: ratio, type: number, constraints: {maximum: 2.875}}
    - {name: single, type: number, decimalChar: ",", constraints: {enum: ["0,1", "13,2"]}}
    - {name: amount, type: number, constraints: {minimum: -10, maximum: 18.75}}
    - {name: sent, type: boolean}
    - {name: taken, type: datetime, constraints: {maximum: "1970-01-01T00:00:13"}}
""",
    "measured",
)
SMALL = """
name: small
schema:
  fields:
    - {name: id, type: string, constraints: {unique: true}}
    - {name: n, type: integer, constraints: {maximum: 9}}
"""
SMALL_CONTRACT = parse_contract(SMALL, "small")
ROWS = parquet({"id": ["a", "=cmd()", "c", "c"], "n": [1, 2, 30, 4]})


def extract_of(content, **more):
    """Return an extract as the box opens one."""
    view = memoryview(content)
    return Extract(content=view, media_type=media_type_of(view), today=date(2026, 6, 1), **more)


def judged(content, contract):
    """Return the counts, the codes, and why it was not read."""
    tally = Tally()
    tally.take(Parquet(contract=contract).validate(extract_of(content)))
    report = tally.report("measured", "")
    return report.counts, {group.code for group in report.groups}, report.unread


@pytest.mark.parametrize("name", parquets.EVERY)
def test_every_type_is_judged_by_its_contract(name):
    """Bounds that each value just keeps; without sums that is said of the file."""
    contract = replace(CONTRACT, dialect=replace(CONTRACT.dialect, delimiter=";"))
    unsummed = {"TAB-026"} if name in ("OLD_MOMENTS", "POLARS") else set()

    assert (Counts(read=24, accepted=24, refused=0, flagged=0), unsummed, "") == judged(
        parquets.EVERY[name], contract
    )


@pytest.mark.parametrize(
    ("column", "change", "code", "refused"),
    [
        ("small", {"maximum": "120"}, "TAB-008", 1),
        ("amount", {"minimum": "-9.9"}, "TAB-008", 1),
        ("ratio", {"maximum": "2.8"}, "TAB-008", 1),
        ("taken", {"maximum": "1970-01-01T00:00:12"}, "TAB-008", 1),
        ("note", {"required": True}, "TAB-006", 4),
        ("big", {"required": True}, "TAB-006", 1),
        ("single", {"enum": frozenset({"0,1"})}, "TAB-009", 12),
        ("day", {"maximum": "20240321"}, "TAB-008", 1),
        ("sent", {"type": ColumnType.DATE}, "TAB-007", 24),
    ],
)
def test_bounds_that_are_broken_refuse_a_row(column, change, code, refused):
    """The same file under a narrower contract."""
    columns = tuple(replace(c, **change) if c.name == column else c for c in CONTRACT.columns)
    counts, codes, unread = judged(parquets.SNAPPY, replace(CONTRACT, columns=columns))

    assert ({code}, refused, "") == (codes, counts.refused, unread)


def test_rows_are_numbered_and_have_no_place():
    """The second is a formula, the third out of bounds, the last two have one value."""
    said = list(Parquet(contract=SMALL_CONTRACT).validate(extract_of(ROWS)))
    told = [(r.number, r.offset, r.size, [x.code for x in r.reasons]) for r in said[1:]]

    assert (1, 1) == (said[0].number, said[0].count)
    assert [
        (2, 0, 0, ["TAB-005"]),
        (3, 0, 0, ["TAB-008", "TAB-012"]),
        (4, 0, 0, ["TAB-012"]),
    ] == told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ROWS[:-1], "truncated: no mark at the end"),
        (ROWS.replace(b"=cmd()", b"=cmd(\0"), "malformed: a page whose checksum differs"),
        (ROWS[:40] + bytes(40) + ROWS[80:], "malformed: no header of a page: field 1 is no number"),
        (parquet({"id": ["a"]}), "the columns are not those of the contract"),
    ],
)
def test_what_cannot_be_read_leaves_all_of_it_unproven(content, reason):
    """Cut, changed, zeroed, of other columns: no row is accepted."""
    counts, _, unread = judged(content, SMALL_CONTRACT)

    assert (0, reason) == (counts.accepted, unread)


def test_the_contract_of_its_columns_judges_it_else_the_reader_of_faults():
    """In any order of the columns; of columns that nobody knows there is no schema."""
    schemas = all_schemas([SMALL_CONTRACT])
    named = parquet({"n": [1], "id": ["a"]})

    def name_of(content, declared=""):
        schema = schema_of(extract_of(content, declared=declared), schemas)
        return (type(schema).__name__, schema.name) if schema else None

    assert ("Parquet", "small") == name_of(named)
    assert ("Parquet", "small") == name_of(b"PAR1\x15", declared="small")
    assert ("Tabular", "small") == name_of(b"id,n\n1,2\n", declared="small")
    assert ("Parquet", "parquet") == name_of(named[:-1])
    assert None is name_of(parquet({"x": [1], "y": [2]}))


class _Opened:
    def __init__(self, content):
        self._content = content

    def view(self):
        return memoryview(self._content)


def test_in_the_main_job_it_is_listed_and_never_cut():
    """Counts, codes and the refused rows leave the box; no spans do."""
    emitted = {}
    params = {"today": "2026-06-01", "contract": SMALL, "most_listed": 10_000}
    answer = ValidateExtract(all_schemas([]))(_Opened(ROWS), params, emitted.__setitem__)

    assert ("small", [4, 1, 3, 0], "") == tuple(answer[k] for k in ("schema", "counts", "unread"))
    assert ["listed"] == list(emitted)
    assert 3 == emitted["listed"].count(b'"record":')


def test_whom_rows_are_about_is_told():
    """Columns with a subject are, as in any other table."""
    emitted = {}
    small = SMALL.replace("type: string,", "type: string, x-subject: ipp,")
    params = {"today": "2026-06-01", "contract": small, "most_listed": 10_000, "subjects": True}
    ValidateExtract(all_schemas([]))(_Opened(ROWS), params, emitted.__setitem__)

    assert 3 == emitted["subjects"].count(b"ipp")


@pytest.mark.parametrize(
    ("meaning", "stored", "more", "value", "expected"),
    [
        (Meaning.UNSIGNED, Stored.INT32, {}, -1, "4294967295"),
        (Meaning.FLOAT, Stored.DOUBLE, {}, 1e-7, "0.0000001"),
        (Meaning.FLOAT, Stored.DOUBLE, {}, float("nan"), "nan"),
        (Meaning.FLOAT, Stored.FLOAT, {}, 0.10000000149011612, "0.1"),
        (Meaning.DECIMAL, Stored.FIXED, {"scale": 2}, b"\xff\xff", "-0.01"),
        (Meaning.DECIMAL, Stored.INT32, {}, 12, "12"),
        (Meaning.DECIMAL, Stored.BYTES, {}, b"", "\0"),
        (Meaning.DECIMAL, Stored.BYTES, {}, b"\x01" * 10_000, "\0"),
        (Meaning.DATE, Stored.INT32, {}, 2**31 - 1, "\0"),
        (Meaning.DATE, Stored.INT32, {}, -719162, "0001-01-01"),
        (Meaning.TIME, Stored.INT64, {"unit": 1000}, 3_599_999, "00:59:59"),
        (Meaning.TIME, Stored.INT64, {"unit": 1}, 86_400, "\0"),
        (Meaning.MOMENT, Stored.INT64, {"unit": 1000}, -1, "1969-12-31T23:59:59"),
        (Meaning.TEXT, Stored.BYTES, {}, b"a\xff", "\0"),
        (Meaning.TEXT, Stored.BYTES, {}, b"a\nb", "a b"),
        (Meaning.NOTHING, Stored.INT32, {}, 1, "\0"),
    ],
)
def test_values_are_written_as_a_contract_reads_them(meaning, stored, more, value, expected):
    """What no column can hold is written as what every column refuses."""
    column = Column(name="c", stored=stored, meaning=meaning, optional=False, **more)

    assert expected == writer(column, Wanted(name="c"))(value)
