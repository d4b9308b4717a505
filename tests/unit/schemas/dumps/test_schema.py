from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dumps.schema import Dumps
from schemas.dumps.splitting import DumpSplitter
from schemas.interface import Extract, NotValidated, Record, Remark, Said, count
from schemas.splitting import apart
from tests.corpus.dumps import DUMPS, SQL_SERVER, copy_row, mysql, mysql_row, postgres

TODAY = date(2026, 3, 12)


def validated(content: bytes) -> list[Said]:
    """Return everything that the schema says of a dump."""
    extract = Extract(content=memoryview(content), media_type="application/sql", today=TODAY)
    return list(Dumps().validate(extract))


def counts(said: list[Said]) -> tuple[int, int, int]:
    """Return how many rows were read, accepted and refused."""
    found = count(s for s in said if not isinstance(s, Remark | NotValidated))
    return found.read, found.accepted, found.refused


def codes(said: list[Said]) -> set[str]:
    """Return the codes of all reasons, about rows and about the whole."""
    rows = {r.code for s in said if isinstance(s, Record) for r in s.reasons}
    return rows | {s.reason.code for s in said if isinstance(s, Remark)}


@pytest.mark.parametrize("name", DUMPS)
def test_every_row_of_a_whole_dump_is_accepted(name: str) -> None:
    """Rows are counted exactly, by every program's way of writing them."""
    said = validated(DUMPS[name])
    rows = 1 if name == "mysql with pictures" else 60
    assert (counts(said), codes(said)) == ((rows, rows, 0), set())


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"9\tward\t2026-03-01\t50.50\n", "DMP-001"),
        (b"9\tward\t2026-03-01\t50.50\tnote\tmore\n", "DMP-001"),
        (b"nine\tward\t2026-03-01\t50.50\tnote\n", "DMP-002"),
        (b"99999999999\tward\t2026-03-01\t50.50\tnote\n", "DMP-002"),
        (b"9\tward\t2026-03-01\t50,50\tnote\n", "DMP-002"),
        (b"9\t" + b"w" * 41 + b"\t2026-03-01\t50.50\tnote\n", "DMP-002"),
        (b"9\tward\tyesterday\t50.50\tnote\n", "DMP-002"),
        (b"9\tward\t2026-02-30\t50.50\tnote\n", "GEN-008"),
        (b"9\t\\N\t2026-03-01\t50.50\tnote\n", "DMP-003"),
        (b"1\tward\t2026-03-01\t50.50\tnote\n", "DMP-004"),
        (b"9\tward\t2026-03-01\t50.50\t\\! id\n", "DMP-005"),
        (b"9\tward\t2026-03-01\t50.50\tse\xe9n\n", "GEN-003"),
        (b"9\tward\t2026-03-01\t50.50\tse\\001n\n", "GEN-004"),
        (b"9\tward\t2026-03-01\t50.50\t\xe2\x80\xae\n", "GEN-005"),
        (b"\\! id\n", "DMP-005"),
    ],
)
def test_a_row_that_its_table_cannot_hold_is_refused(row: bytes, code: str) -> None:
    """The others stay, and nothing that is said shows a value."""
    content = postgres(copy_row(1) + row + copy_row(3))
    said = validated(content)
    assert counts(said) == (3, 2, 1)
    assert code in codes(said)
    shown = [r for s in said if isinstance(s, Record) for r in s.reasons]
    assert all("note" not in r.redacted_value and "nine" not in r.redacted_value for r in shown)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"(9,'ward','2026-03-01',50.50,'note')", "DMP-001"),
        (b"(9,'ward','2026-13-01',50.50,'note',NULL)", "GEN-008"),
        (b"(9,NULL,'2026-03-01',50.50,'note',NULL)", "DMP-003"),
        (b"('x','ward','2026-03-01',50.50,'note',NULL)", "DMP-002"),
        (b"(1,'ward','2026-03-01',50.50,'note',NULL)", "DMP-004"),
    ],
)
def test_a_tuple_that_its_table_cannot_hold_is_refused(row: bytes, code: str) -> None:
    """In the dumps of MySQL a row is a tuple among others."""
    said = validated(mysql(b",".join((mysql_row(1), row, mysql_row(3)))))
    assert (counts(said), codes(said)) == ((3, 2, 1), {code})


def test_a_date_of_zeros_is_a_habit() -> None:
    """Old tables of MySQL have them where nothing is known."""
    said = validated(mysql(b"(9,'ward','0000-00-00',50.50,'note',NULL)"))
    assert (counts(said), codes(said)) == ((1, 1, 0), {"DMP-006"})


def test_rows_of_no_known_table_are_counted_and_told() -> None:
    """A dump of rows alone: only their number of values can be held against each other."""
    content = mysql().replace(b"INTO `stay`", b"INTO `other`")
    assert (counts(validated(content)), codes(validated(content))) == ((60, 60, 0), {"DMP-009"})
    ragged = mysql(b"(1,2),(1,2,3)").replace(b"INTO `stay`", b"INTO `other`")
    assert counts(validated(ragged)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (mysql(tail=b"INSERT INTO `stay` SELECT 1;\n"), "DMP-008"),
        (mysql(tail=b"INSERT INTO `stay` VALUES (1,uuid(),2);\n"), "DMP-008"),
        (postgres()[:-140], "DMP-007"),
    ],
)
def test_what_is_against_the_whole_is_told_of_the_whole(content: bytes, code: str) -> None:
    """Rows that nobody wrote out, and an end that is missing."""
    assert code in codes(validated(content))


@pytest.mark.parametrize("content", [SQL_SERVER, postgres()[:1800], mysql()[:1500]])
def test_what_cannot_be_followed_is_not_validated(content: bytes) -> None:
    """A text that does not end, or of no known program, proves nothing."""
    assert any(isinstance(item, NotValidated) for item in validated(content))


def _split(content: bytes) -> tuple[bytes, bytes]:
    splitter = DumpSplitter(content=memoryview(content))
    extract = Extract(content=memoryview(content), media_type="application/sql", today=TODAY)
    list(splitter.listen(Dumps().validate(extract)))
    good, bad = splitter.accepted_spans, splitter.refused_spans
    assert apart(good, bad, 0)
    return tuple(b"".join(content[s.start : s.end] for s in spans) for spans in (good, bad))


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=4))
def test_the_accepted_part_is_the_dump_without_its_refused_rows(blocks: list[list[bool]]) -> None:
    """Whichever rows of which statement go, what is left is whole, and has exactly the others."""
    number, inserts, copies = 0, [], []
    kept: list[bytes] = []
    for block in blocks:
        rows = []
        for is_good in block:
            number += 1
            row = mysql_row(number)
            rows.append(row if is_good else row.replace(b"2026-03", b"2026-33"))
            kept += [row] if is_good else []
            copied = copy_row(number)
            copies.append(copied if is_good else copied.replace(b"2026-03", b"2026-33"))
        inserts.append(b"INSERT INTO `stay` VALUES " + b",".join(rows) + b";\n")
    bad = sum(not is_good for block in blocks for is_good in block)
    head, _, tail = mysql(b"(1)").partition(b"INSERT INTO `stay` VALUES (1);\n")
    for content in (head + b"".join(inserts) + tail, postgres(b"".join(copies))):
        assert counts(validated(content)) == (number, number - bad, bad)
        accepted, refused = _split(content)
        said = validated(accepted)
        assert (counts(said), codes(said)) == ((number - bad, number - bad, 0), set())
        assert refused.count(b"2026-33") == bad
        assert b"2026-33" not in accepted


@given(st.integers(0, 2**20), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_rows_or_a_named_reason(at: int, change: bytes) -> None:
    """No bytes make the schema fail, and read is always accepted and refused."""
    for whole in (DUMPS["postgresql"], DUMPS["mysql"]):
        place = at % len(whole)
        read, accepted, refused = counts(validated(whole[:place] + change + whole[place + 4 :]))
        assert read == accepted + refused


def test_a_return_within_a_row_of_copy_refuses_it() -> None:
    """COPY writes it as two letters: a real one ends the row for some servers, and not for us."""
    content = postgres(copy_row(1) + copy_row(2).replace(b"\t", b"\r\t", 1))

    assert (2, 1, 1) == counts(validated(content))
    assert "DMP-005" in codes(validated(content))
