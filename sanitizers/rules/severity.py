"""How bad a match is: the many ways in which rule authors say it, brought to three severities."""

from collections.abc import Mapping

from custody.finding import FindingKind, Severity
from sanitizers.engines.interface import Meta
from sanitizers.rules.grading import STANDARD, Grades
from sanitizers.rules.pack import NOISY, OFF

MALICIOUS_FACTOR = 4
STATUS_SEVERITIES = {NOISY: Severity.INFO, OFF: None}
OVERRIDES = frozenset({*(severity.value for severity in Severity), NOISY, OFF})


def severity_of(
    rule: str, meta: Meta, overrides: Mapping[str, str], grades: Grades = STANDARD
) -> Severity | None:
    """Return the severity of a match; None where the pack's overrides switch the rule off.

    The order is: override, score, severity, detection factor, by the pack's own scale. On the
    standard one a rule that says nothing holds.
    """
    override = overrides.get(rule)
    if override is not None:
        return STATUS_SEVERITIES[override] if override in STATUS_SEVERITIES else Severity(override)
    said = {key.lower(): value for key, value in meta}
    for key in ("score", "severity"):
        if key in said:
            return _graded(said[key], grades)
    factor = _number(said.get("tc_detection_factor", ""))
    return Severity.MALICIOUS if (factor or 0) >= MALICIOUS_FACTOR else grades.unmarked


def kind_of(meta: Meta) -> FindingKind:
    """Return what a match is about: a ransom note where the rule says so, else a rule's match."""
    said = {key.lower(): value for key, value in meta}
    is_note = said.get("kind") == FindingKind.RANSOM_NOTE.value
    return FindingKind.RANSOM_NOTE if is_note else FindingKind.RULE


def _graded(value: str | float, grades: Grades) -> Severity:
    number = _number(value)
    return grades.of_word(str(value)) if number is None else grades.of_number(number)


def _number(value: str | float) -> float | None:
    """Return a grade as a number; what is no finite number is no grade."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= 1_000_000 else None
