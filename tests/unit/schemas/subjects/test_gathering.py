"""What is gathered of whom records are about, in and out of the box."""

import hmac
from datetime import date

import pytest

from custody.subjects import SubjectCount, SubjectKey
from schemas.hl7v2.schema import Hl7v2
from schemas.interface import Extract, Touched
from schemas.registry import built_in_contracts
from schemas.subjects.gathering import FINDERS, Gatherer, are_lines, read_lines
from schemas.tabular.schema import Tabular
from tests.corpus import extracts, tables

TODAY = date(2026, 3, 13)


def gathered(schema, content, media_type="text/csv", **bounds):
    """What is gathered while a schema speaks, and what it said to the others."""
    view = memoryview(content)
    extract = Extract(content=view, media_type=media_type, today=TODAY, subjects=True)
    gatherer = Gatherer(content=view, finder=FINDERS.get(schema.name), **bounds)
    said = list(gatherer.listen(schema.validate(extract)))
    return gatherer, said


def lab_results():
    """The contract of laboratory results."""
    return Tabular(contract=next(c for c in built_in_contracts() if c.name == "lab-results"))


def counts(gatherer):
    """The counts by value."""
    lines = gatherer.lines()
    assert are_lines(lines)
    return {c.value: (c.system, c.accepted, c.refused) for c in read_lines(lines)}


def test_a_table_s_rows_are_counted_by_patient_and_fate():
    """Good and bad rows of one patient are counted apart; nobody else hears of it."""
    lines = [tables.line(1, ipp="P1"), tables.line(2, ipp="P1", collected_at="2026-02-31T07:30:00")]
    lines += [tables.line(3, ipp="P2"), tables.line(4, ipp='"P2"')]
    gatherer, said = gathered(lab_results(), "\n".join([tables.HEADING, *lines, ""]).encode())

    assert {"P1": ("ipp", 1, 1), "P2": ("ipp", 2, 0)} == counts(gatherer)
    assert [0, 0] == gatherer.unnamed
    assert not any(isinstance(item, Touched) for item in said)


def test_a_row_without_a_patient_is_counted_as_nameless():
    """An empty value names nobody, and a line that is cut does not say who it is about."""
    lines = [tables.line(1, ipp=""), tables.line(2, ipp="P2"), "R000003;P3"]
    gatherer, _ = gathered(lab_results(), "\n".join([tables.HEADING, *lines, ""]).encode())

    assert {"P2": ("ipp", 1, 0)} == counts(gatherer)
    assert [2, 0] == gatherer.unnamed


def test_counts_of_many_blocks_are_those_of_a_loop():
    """What is counted by columns is what a loop over the lines counts."""
    rows = [tables.line(n, ipp=f"P{n * n % 977}") for n in range(1, 30_001)]
    rows[::1000] = [r.replace("2026-02-", "2026-02-9", 1) for r in rows[::1000]]
    expected = {}
    for n, row in enumerate(rows):
        value = row.split(";")[1]
        system, good, bad = expected.get(value, ("ipp", 0, 0))
        is_bad = n % 1000 == 0
        expected[value] = (system, good + (not is_bad), bad + is_bad)

    gatherer, _ = gathered(lab_results(), "\n".join([tables.HEADING, *rows, ""]).encode())

    assert expected == counts(gatherer)


def test_messages_are_counted_by_patient_and_fate():
    """A refused message is about its patient too."""
    batch = extracts.batch(count=3, bad=(2,)).content
    gatherer, _ = gathered(Hl7v2(), batch, "application/hl7-v2")

    assert {"P1": ("nord", 2, 1)} == counts(gatherer)


def test_what_has_no_room_is_counted():
    """A bound on bytes leaves identifiers out, and says how many."""
    lines = [tables.line(n, ipp=f"P{n}") for n in range(1, 101)]
    content = "\n".join([tables.HEADING, *lines, ""]).encode()
    gatherer, _ = gathered(lab_results(), content, most_bytes=100)

    assert b"" == gatherer.lines()
    assert [0, 100] == gatherer.unnamed


@pytest.mark.parametrize(
    "forged",
    [
        b"1\t0\ta\n",
        b"1\t0\ta\tb",
        b"-1\t0\ta\tb\n",
        b"1\t0\ta\tb\n\n",
        b"1\t0\t\tb\n",
        b"1\t0\ta\tb\x1b\n",
    ],
)
def test_forged_lines_are_none(forged):
    """What a process that was taken over writes instead is refused."""
    assert not are_lines(forged)
    assert are_lines(b"1\t0\ta\tb\n" * 3)


def test_lines_come_back_as_they_were_written():
    """Reading is the other half of writing."""
    expected = [SubjectCount(system="ipp", value="É1", accepted=3, refused=1)]

    assert expected == list(read_lines("3\t1\tipp\tÉ1\n".encode()))


def test_codes_depend_on_key_value_and_system():
    """A code begins with that of its value, under whatever system."""
    key, other = SubjectKey(secret=b"k" * 32), SubjectKey(secret=b"o" * 32)

    expected = hmac.digest(key.secret, b"subject\0P1", "sha256")[:12]
    assert expected == key.of_value("P1")
    assert key.code("ipp", "P1").startswith(key.of_value("P1"))
    assert 16 == len(key.code("ipp", "P1"))
    assert 4 == len(
        {key.code("a", "1"), key.code("b", "1"), key.code("a", "2"), other.code("a", "1")}
    )
    with pytest.raises(ValueError, match="32 bytes"):
        SubjectKey(secret=b"short")
