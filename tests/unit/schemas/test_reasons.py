import re
from pathlib import Path

import pytest

from custody.finding import Severity
from schemas.interface import ReasonClass
from schemas.reasons.table import BY_CODE, KINDS, because

CODE = re.compile(r"[A-Z0-9]{2,4}-\d{3}")
SCHEMAS = Path(__file__).parents[3] / "schemas"


def test_codes_are_used_once():
    """A code has one meaning, and the shape that people quote."""
    assert len(BY_CODE) == len(KINDS)
    assert [] == [kind.code for kind in KINDS if not CODE.fullmatch(kind.code)]


def test_every_reason_speaks_two_languages():
    """No reason is without its English and its French text, and they differ."""
    assert [] == [k.code for k in KINDS if not k.english or not k.french or k.english == k.french]


def test_class_and_severity_agree():
    """Attacks and damage refuse; a habit never looks like one."""
    for kind in KINDS:
        refuses = kind.reason_class is ReasonClass.INTEGRITY
        assert refuses == (kind.severity is not Severity.INFO), kind.code


def test_every_code_that_is_said_is_in_the_table_and_every_one_of_the_table_is_said():
    """No rule speaks a code that people cannot look up, and the table promises no rule."""
    told = set()
    for path in SCHEMAS.rglob("*.py"):
        if path.parent.name != "reasons":
            told |= set(re.findall(r'"([A-Z0-9]{2,4}-\d{3})"', path.read_text()))

    assert set(BY_CODE) == told


def test_a_reason_has_the_class_of_its_code():
    """A reason is made by its code, and cannot be made by one that is unknown."""
    reason = because("TAB-005", "column a", "=A9")

    assert (ReasonClass.INTEGRITY, Severity.MALICIOUS) == (reason.reason_class, reason.severity)
    with pytest.raises(KeyError):
        because("TAB-999")
