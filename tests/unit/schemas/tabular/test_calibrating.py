import pytest
import yaml

from custody.errors import UsageError
from schemas.interface import Record
from schemas.tabular.calibrating import calibrate
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.schema import Tabular
from schemas.tally import Tally
from tests.corpus.validating import codes, said_by

TEXT = """
name: amounts
dialect: {delimiter: ";"}
x-rules: [{left: first, is: "<=", right: last}]
schema:
  primaryKey: code
  fields:
    - {name: code}
    - {name: amount, type: integer, constraints: {maximum: 9}}
    - {name: note}
    - {name: first, type: integer}
    - {name: last, type: integer}
"""
HEADING = b"code;amount;note;first;last\n"
TRUSTED = HEADING + b"A;1;x;1;2\nB;12;x;1;2\nC;two;x;1;2\nD;1;x;3;2\n"
WORSE = HEADING + b"A;1;=cmd();1;2\nB;1;x;1\nC;1;x;1;2\nC;2;x;1;2\n"


def descriptor(text=TEXT):
    """A contract as its file says it."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def said(contract, content):
    """What a contract says of a table."""
    return said_by(Tabular(contract=parse_contract(yaml.safe_dump(contract), "c.yaml")), content)


def calibrated(content, text=TEXT):
    """A contract calibrated on a table."""
    tally = Tally()
    tally.take(said(descriptor(text), content))
    return calibrate(descriptor(text), tally.report("amounts", "text/csv"))


def test_what_a_trusted_extract_holds_only_flags():
    """Values beyond a bound, of another type, and columns that contradict each other."""
    made = calibrated(TRUSTED)
    found = said(made.descriptor, TRUSTED)

    assert ["TAB-008", "TAB-007", "TAB-014"] == [group.code for group in made.loosened]
    assert () == made.left
    assert {"flagged"} == {i.fate.value for i in found if isinstance(i, Record)}
    assert codes(said(descriptor(), TRUSTED)) == codes(found)


def test_other_faults_of_the_same_columns_refuse_as_before():
    """One code becomes a flag, not the column: a text that runs in it is an attack."""
    made = calibrated(TRUSTED)
    planted = HEADING + b"A;1;=cmd();1;2\n"
    (record,) = [i for i in said(made.descriptor, planted) if isinstance(i, Record)]

    assert "refused" == record.fate.value


def test_what_is_no_habit_is_told_and_refuses():
    """Formulas, cut lines and keys that contradict are never calibrated away."""
    made = calibrated(WORSE)

    assert {"TAB-002", "TAB-005", "TAB-012"} == {group.code for group in made.left}
    assert () == made.loosened
    assert descriptor() == made.descriptor


def test_an_extract_that_proves_nothing_calibrates_nothing():
    """No record, or another heading."""
    for content in (HEADING, b"other;heading\n1;2\n"):
        with pytest.raises(ValueError, match="not read to its end"):
            calibrated(content)


def test_only_habits_can_be_flags():
    """Whoever writes a contract by hand cannot wave an attack through either."""
    for code in ("TAB-005", "GEN-005", "TAB-002", "XYZ"):
        text = TEXT.replace("{name: note}", f"{{name: note, x-flags: [{code}]}}")
        with pytest.raises(UsageError, match="only these can be flags"):
            parse_contract(text, "c.yaml")
