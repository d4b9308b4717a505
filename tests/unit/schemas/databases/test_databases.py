"""Rows of SQLite files as records: by contracts of their tables' names, or by their columns."""

from datetime import date

import pytest

from custody.records import Counts
from schemas.databases.schema import Databases
from schemas.detection import media_type_of
from schemas.interface import Extract
from schemas.registry import built_in_contracts
from schemas.tabular.contract_file import parse_contract
from schemas.tally import Tally
from tests.corpus.databases import database, made

CONTRACT = parse_contract(
    """
name: lab-values
schema:
  primaryKey: id
  fields:
    - {name: id, type: string}
    - {name: amount, type: number, decimalChar: ","}
    - {name: taken, type: date}
    - {name: note, type: string}
""",
    "lab-values",
)
TABLE = "create table lab_values (note text, id text, taken text, amount real)"
SOUND = "insert into lab_values values ('so; \"far\"\nso good', 'R1', '2026-03-01', 12.5)"
COUNT = Counts(read=0, accepted=0, refused=0, flagged=0)


def judged(content, *contracts, asked=False):
    """Return the counts, the codes, and why it was not read."""
    schema = Databases(contracts=contracts, asked=asked)
    extract = Extract(
        content=memoryview(content),
        media_type=media_type_of(memoryview(content)),
        today=date(2026, 6, 1),
    )
    tally = Tally()
    tally.take(schema.validate(extract))
    report = tally.report(schema.name, extract.media_type)
    return report.counts, {group.code for group in report.groups}, report.unread


def test_every_row_of_every_table_is_counted():
    """Those of SQLite's own tables are none."""
    content = made(
        "create table a (x integer primary key autoincrement)",
        "create table b (y text)",
        "insert into b values ('one'), ('two')",
        "insert into a values (1), (2), (3)",
    )

    assert (Counts(read=5, accepted=5, refused=0, flagged=0), set(), "") == judged(content)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("'ok', 'R2', '2026-02-30', 1.0", "GEN-008"),
        ("'ok', 'R2', '2026-02-03', 'x'", "TAB-007"),
        ("'=cmd|x!A0', 'R2', '2026-02-03', 1.0", "TAB-005"),
        ("'other', 'R1', '2026-02-03', 1.0", "TAB-012"),
        ("x'4d5a', 'R2', '2026-02-03', 1.0", "GEN-004"),
    ],
)
def test_a_table_with_the_name_and_the_columns_of_a_contract_follows_it(row, code):
    """In whatever order its columns stand, and whatever separators its texts hold."""
    content = made(TABLE, SOUND, f"insert into lab_values values ({row})")
    counts, codes, unread = judged(content, CONTRACT)

    assert ({code}, "", 2) == (codes, unread, counts.read)
    assert counts.refused == (2 if code == "TAB-012" else 1)


def test_a_declared_contract_that_no_table_follows_proves_nothing():
    """An operator who says what is in a database is told when it is not."""
    _, codes, unread = judged(database(), CONTRACT, asked=True)

    assert "GEN-001" in codes
    assert "no table has the name" in unread


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("cast(x'e9' as text)", {"GEN-003"}),
        ("'2026-02-30'", {"GEN-008"}),
        ("'30/02/2026'", set()),
        ("'a' || char(8238) || 'b'", {"GEN-005"}),
        ("'a' || char(7)", {"GEN-004"}),
        ("x'e90007'", set()),
    ],
)
def test_a_table_that_nobody_knows_is_asked_what_every_text_is_asked(value, codes):
    """SQLite keeps what it is given: control characters are told, and refuse nothing."""
    counts, found, _ = judged(made("create table t (d date)", f"insert into t values ({value})"))

    assert codes == found
    assert int(bool(codes - {"GEN-004"})) == counts.refused


def test_a_page_that_differs_ends_the_reading():
    """What SQLite's own check does not pass is not proven by the rows that it still gives."""
    content = bytearray(database(page_size=512))
    at = content.index(b"seen on day 200")
    content[at - 30 : at - 10] = bytes(20)
    _, codes, unread = judged(bytes(content))

    assert "GEN-001" in codes
    assert unread


def test_a_database_without_rows_is_none_of_records_business():
    """There is nothing to say of it; one that cannot be opened says so itself."""
    empty, torn = made("create table t (a)"), database()[:100]
    extracts = [
        Extract(content=memoryview(c), media_type="application/vnd.sqlite3", today=date(2026, 6, 1))
        for c in (empty, database(1), torn)
    ]

    assert [False, True, True] == [Databases().knows(extract) for extract in extracts]


def test_contracts_that_come_with_autoclave_are_known_by_the_name_of_a_table():
    """A table `lab_results` with its columns is judged as such an extract would be."""
    contract = next(c for c in built_in_contracts() if c.name == "lab-results")
    columns = ", ".join(contract.heading)
    content = made(
        f"create table lab_results ({columns})",
        "insert into lab_results values ('R1','P1','V1','718-8','Hb','12,1','g/dL','','F',"
        "'2026-03-01T10:00:00','2026-03-01T11:00:00',null)",
    )
    counts, codes, _ = judged(content, *built_in_contracts())

    assert ({"ID-002"}, 1) == (codes, counts.refused)


def test_a_column_that_is_computed_shifts_no_other():
    """It stands in every row, and not in what the table tells of its columns."""
    content = made(
        "create table t (a text as ('x'), d date, b text)",
        "insert into t (d, b) values ('2026-02-30', 'y'), ('2026-02-28', 'y')",
    )
    followed = made(
        "create table lab_values (x text as (id), note text, id text, taken text, amount real)",
        "insert into lab_values (note, id, taken, amount) values ('n', 'R1', '2026-02-01', 1)",
    )

    assert (2, 1) == (judged(content)[0].read, judged(content)[0].refused)
    assert "no table has the name" in judged(followed, CONTRACT, asked=True)[2]
