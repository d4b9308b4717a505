"""How bad a match is: the many ways in which rule authors say it, brought to three severities."""

from collections.abc import Mapping

from custody.finding import FindingKind, Severity
from sanitizers.engines.interface import Meta
from sanitizers.rules.pack import NOISY, OFF

MALICIOUS_FROM = 75
SUSPICIOUS_FROM = 40
MALICIOUS_FACTOR = 4
WORDS = {
    "critical": Severity.MALICIOUS,
    "high": Severity.MALICIOUS,
    "malicious": Severity.MALICIOUS,
    "info": Severity.INFO,
    "informational": Severity.INFO,
}
STATUS_SEVERITIES = {NOISY: Severity.INFO, OFF: None}
OVERRIDES = frozenset({*(severity.value for severity in Severity), NOISY, OFF})


def severity_of(rule: str, meta: Meta, overrides: Mapping[str, str]) -> Severity | None:
    """Return the severity of a match; None where the pack's overrides switch the rule off.

    The order is: override, score, severity, detection factor. A rule that says nothing holds.
    """
    override = overrides.get(rule)
    if override is not None:
        return STATUS_SEVERITIES[override] if override in STATUS_SEVERITIES else Severity(override)
    said = {key.lower(): value for key, value in meta}
    for key in ("score", "severity"):
        if key in said:
            return _graded(said[key])
    factor = _number(said.get("tc_detection_factor", ""))
    return Severity.MALICIOUS if (factor or 0) >= MALICIOUS_FACTOR else Severity.SUSPICIOUS


def kind_of(meta: Meta) -> FindingKind:
    """Return what a match is about: a ransom note where the rule says so, else a rule's match."""
    said = {key.lower(): value for key, value in meta}
    is_note = said.get("kind") == FindingKind.RANSOM_NOTE.value
    return FindingKind.RANSOM_NOTE if is_note else FindingKind.RULE


def _graded(value: str | float) -> Severity:
    number = _number(value)
    if number is None:
        return WORDS.get(str(value).strip().lower(), Severity.SUSPICIOUS)
    if number >= MALICIOUS_FROM:
        return Severity.MALICIOUS
    return Severity.SUSPICIOUS if number >= SUSPICIOUS_FROM else Severity.INFO


def _number(value: str | float) -> float | None:
    """Return a grade as a number; what is no finite number is no grade."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= 1_000_000 else None
