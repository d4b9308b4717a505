"""Tables are judged in the locked box: nothing that they need is loaded after the lock."""

import random
from datetime import date

import pytest

from pipeline.validating import planned, validate_files
from schemas.registry import built_in_contracts
from tests.corpus.tables import line, rows, table

TODAY = date(2026, 3, 13)


def report_of(path):
    """The report of one file, from the box."""
    (found,) = validate_files(planned(None, today=TODAY), [bytes(path)])
    return found.report


def spoiled():
    """A table with every kind of line: plain, quoted, doubled, contradicting, garbled, blank."""
    quoted = ";".join(f'"{field}"' for field in line(901).split(";"))
    odd = [quoted, line(1), line(2, value="9,9"), line(902, label='"a;b"'), "", "x;y", line(903)]
    content = table(*rows(200), *odd, *rows(300)[210:], line(904, loinc="718-8"))
    return content + random.Random(1).randbytes(300) + b"\n" + line(905).encode()


def test_a_table_with_every_kind_of_line_is_read_to_its_end(tmp_path):
    """Plain lines, odd ones, repeated keys and garbled bytes are all judged behind the lock."""
    path = tmp_path / "results.csv"
    path.write_bytes(spoiled())
    report = report_of(path)

    assert "" == report.unread
    assert "lab-results" == report.schema
    assert {"ID-002", "GEN-003", "TAB-002", "TAB-004", "TAB-012", "TAB-013", "TAB-017"} <= {
        group.code for group in report.groups
    }


@pytest.mark.parametrize("contract", built_in_contracts(), ids=lambda contract: contract.name)
def test_every_contract_of_ours_is_judged_in_the_box(tmp_path, contract):
    """Each kind of column and of rule works behind the lock."""
    heading = contract.dialect.delimiter.join(contract.heading)
    odd = contract.dialect.delimiter.join("2026-02-01T07:30:00" for _ in contract.heading)
    path = tmp_path / "table.csv"
    # A table of fixed width has no heading that says what it is: it is declared.
    head = f"{heading}\n" if contract.dialect.heading else ""
    path.write_bytes(f"{head}{odd}\n{odd}\n".encode())
    (found,) = validate_files(planned(contract.name, today=TODAY), [bytes(path)])
    report = found.report

    assert (contract.name, 2, "") == (report.schema, report.counts.read, report.unread)
