import csv
import io

import pytest

from cli.hospital.laboratory_results import ANALYSES, COLUMNS, batch, message, table
from cli.hospital.people import FAMILY_NAMES, doctor, patient


def segments(content):
    """The segments of a message as lists of fields."""
    lines = content.decode().removesuffix("\r").split("\r")
    return [line.split("|") for line in lines]


def luhn_digit(digits):
    """The check digit of a LOINC code (LOINC users' guide, mod 10)."""
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))]
    return -sum(d // 10 + d % 10 for d in doubled) % 10


def test_a_message_has_its_segments_and_identities():
    """A result message names its type, control id, version, charset, patient and stay."""
    msh, pid, pv1, obr, *obx = segments(message(7))

    assert ["MSH", "PID", "PV1", "OBR"] == [msh[0], pid[0], pv1[0], obr[0]]
    assert ("ORU^R01^ORU_R01", "DEMO00000007", "P", "2.5.1") == tuple(msh[8:12])
    assert "UNICODE UTF-8" == msh[17]
    assert f"{patient(7).ipp}^^^HOPITAL-DEMO^PI" == pid[3]
    assert "SEJ000007" == pv1[19]
    assert len(ANALYSES) == len(obx)


@pytest.mark.parametrize("order", range(0, 30, 7))
def test_each_result_is_a_number_within_its_range(order):
    """Results are numeric, numbered in order, and inside the range that they state."""
    results = [fields for fields in segments(message(order)) if fields[0] == "OBX"]

    for position, fields in enumerate(results, start=1):
        low, high = map(float, fields[7].split("-"))
        assert str(position) == fields[1]
        assert "NM" == fields[2]
        assert low <= float(fields[5]) <= high
        assert "F" == fields[11]


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda a: a.loinc)
def test_loinc_codes_have_their_check_digit(analysis):
    """Every code of an analysis is one that a validator accepts."""
    digits, _, check = analysis.loinc.partition("-")

    assert luhn_digit(digits) == int(check)


def test_a_batch_counts_its_messages():
    """The trailers of a batch say how many messages and batches stand before them."""
    lines = segments(batch(range(100, 125)))
    names = [fields[0] for fields in lines]

    assert ["FHS", "BHS", "MSH"] == names[:3]
    assert [["BTS", "25"], ["FTS", "1"]] == lines[-2:]
    assert 25 == names.count("MSH")


def test_a_table_has_its_columns_in_every_line():
    """A month's table is regular: a header, then as many fields a line as the header has."""
    rows = list(csv.reader(io.StringIO(table(3).decode()), delimiter=";"))

    assert list(COLUMNS) == rows[0]
    assert 40 * len(ANALYSES) + 1 == len(rows)
    assert {len(COLUMNS)} == {len(row) for row in rows}


def test_no_cell_is_a_formula():
    """The intact tables give no spreadsheet anything to run."""
    rows = csv.reader(io.StringIO(table(5).decode()), delimiter=";")

    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_an_old_table_is_not_utf8():
    """The oldest table keeps the encoding of its time, with the same text."""
    content = table(20, encoding="cp1252")

    assert table(20).decode() == content.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_months_differ_and_repeat():
    """Each month has its own results, and the same ones each time."""
    assert table(1) == table(1)
    assert 12 == len({table(month) for month in range(12)})
    assert 30 == len({message(order) for order in range(30)})


def test_patients_are_invented_and_distinct():
    """Numbers are unique and marked as demonstration; names are vegetables."""
    people = [patient(index) for index in range(200)]

    assert 200 == len({person.ipp for person in people})
    assert all(person.ipp.startswith("DEMO") for person in people)
    assert {person.family_name for person in people} == set(FAMILY_NAMES)
    assert {"F", "M"} == {person.sex for person in people}
    assert patient(3).full_name.endswith(" ÉCHALOTE")
    assert doctor(0) == doctor(5)
