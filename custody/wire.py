"""Outcomes as JSON and back. What comes from the box or from a file is checked field by field.

A locked process may have been taken over by what it read: its reply is believed only as far as it
has the exact shape of an inspection, with bounded lists and texts.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from custody.box import Json
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Outcome, Scanned

MOST_OUTCOMES = 64
MOST_FINDINGS = 1000
LONGEST_TEXT = 4096


def encode_finding(finding: Finding) -> dict[str, str]:
    """Return a finding as a JSON object."""
    return {
        "scanner": finding.scanner,
        "rule": finding.rule,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "where": finding.where,
        "detail": finding.detail,
    }


def encode_outcome(outcome: Outcome) -> dict[str, Json]:
    """Return an outcome as a JSON object."""
    match outcome:
        case Scanned():
            return {
                "outcome": "scanned",
                "scanner": outcome.scanner,
                "version": outcome.version,
                "coverage": outcome.coverage.value,
                "findings": [encode_finding(f) for f in outcome.findings],
            }
        case NotScanned():
            return {
                "outcome": "not-scanned",
                "scanner": outcome.scanner,
                "reason": outcome.reason,
                "transient": outcome.transient,
            }
        case Exempt():
            return {
                "outcome": "exempt",
                "scanner": outcome.scanner,
                "evidence": outcome.evidence,
            }


def encode_inspection(inspection: Inspection) -> dict[str, Json]:
    """Return an inspection as a JSON object."""
    return {
        "media_type": inspection.media_type,
        "outcomes": [encode_outcome(o) for o in inspection.outcomes],
    }


def decode_inspection(untrusted_value: Json) -> Inspection:
    """Check and return an inspection.

    Raises:
        ValueError: the value has not the exact shape of an inspection.
    """
    fields = _fields(untrusted_value, {"media_type", "outcomes"})
    outcomes = _items(fields["outcomes"], MOST_OUTCOMES)
    return Inspection(
        media_type=_text(fields["media_type"]),
        outcomes=tuple(decode_outcome(o) for o in outcomes),
    )


def decode_outcome(untrusted_value: Json) -> Outcome:
    """Check and return an outcome.

    Raises:
        ValueError: the value has not the exact shape of an outcome.
    """
    kind = untrusted_value.get("outcome") if isinstance(untrusted_value, dict) else None
    match kind:
        case "scanned":
            names = {"outcome", "scanner", "version", "coverage", "findings"}
            fields = _fields(untrusted_value, names)
            findings = _items(fields["findings"], MOST_FINDINGS)
            kept = _scanned(
                *map(_is_text, (fields["scanner"], fields["version"], fields["coverage"]))
            )
            return (
                replace(kept, findings=tuple(map(decode_finding, findings))) if findings else kept
            )
        case "not-scanned":
            fields = _fields(untrusted_value, {"outcome", "scanner", "reason", "transient"})
            return NotScanned(
                scanner=_text(fields["scanner"]),
                reason=_text(fields["reason"]),
                transient=_flag(fields["transient"]),
            )
        case "exempt":
            fields = _fields(untrusted_value, {"outcome", "scanner", "evidence"})
            return Exempt(scanner=_text(fields["scanner"]), evidence=_text(fields["evidence"]))
        case _:
            raise ValueError("an outcome is scanned, not-scanned or exempt")


@lru_cache(maxsize=256)
def _scanned(scanner: str, version: str, coverage: str) -> Scanned:
    """Return what most scanners say of most contents: checked once, and one object for all."""
    return Scanned(scanner=_text(scanner), version=_text(version), coverage=Coverage(coverage))


def decode_finding(untrusted_value: Json) -> Finding:
    """Check and return a finding.

    Raises:
        ValueError: the value has not the exact shape of a finding.
    """
    names = {"scanner", "rule", "kind", "severity", "where", "detail"}
    fields = _fields(untrusted_value, names)
    return Finding(
        scanner=_text(fields["scanner"]),
        rule=_text(fields["rule"]),
        kind=FindingKind(fields["kind"]),
        severity=Severity(fields["severity"]),
        where=_text(fields["where"]),
        detail=_text(fields["detail"]),
    )


def _fields(untrusted_value: Json, names: set[str]) -> dict[str, Any]:
    if not isinstance(untrusted_value, dict) or set(untrusted_value) != names:
        raise ValueError(f"expected an object with exactly {sorted(names)}")
    return untrusted_value


def _items(untrusted_value: Json, most: int) -> list[Any]:
    if not isinstance(untrusted_value, list) or len(untrusted_value) > most:
        raise ValueError(f"expected a list of at most {most}")
    return untrusted_value


def _flag(untrusted_value: Json) -> bool:
    if not isinstance(untrusted_value, bool):
        raise ValueError("expected true or false")  # noqa: TRY004  one error for every wrong shape
    return untrusted_value


def _is_text(untrusted_value: Json) -> str:
    if not isinstance(untrusted_value, str):
        raise ValueError("expected a text")  # noqa: TRY004  one error for every wrong shape
    return untrusted_value


def _text(untrusted_value: Json) -> str:
    if not isinstance(untrusted_value, str) or len(untrusted_value) > LONGEST_TEXT:
        raise ValueError(f"expected a text of at most {LONGEST_TEXT} characters")
    # No database stores a lone surrogate, and PostgreSQL no NUL: either would end the run.
    if "\0" in untrusted_value or not _is_encodable(untrusted_value):
        raise ValueError("expected a text without NUL and lone surrogates")
    return untrusted_value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
