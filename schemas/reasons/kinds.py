"""What a reason code stands for: its class, its severity, and its text in two languages."""

from dataclasses import dataclass

from custody.finding import Severity
from schemas.interface import ReasonClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonKind:
    """One code of the table; the code never changes its meaning once it was published."""

    code: str
    reason_class: ReasonClass
    severity: Severity
    english: str
    french: str


def attack(code: str, english: str, french: str) -> ReasonKind:
    """Return a kind for what looks planted: active content, an injected value."""
    return ReasonKind(
        code=code,
        reason_class=ReasonClass.INTEGRITY,
        severity=Severity.MALICIOUS,
        english=english,
        french=french,
    )


def broken(code: str, english: str, french: str) -> ReasonKind:
    """Return a kind for what is cut, garbled, contradictory or impossible."""
    return ReasonKind(
        code=code,
        reason_class=ReasonClass.INTEGRITY,
        severity=Severity.SUSPICIOUS,
        english=english,
        french=french,
    )


def habit(code: str, english: str, french: str) -> ReasonKind:
    """Return a kind for what is against the standard, and usual in data that nobody touched."""
    return ReasonKind(
        code=code,
        reason_class=ReasonClass.CONFORMANCE,
        severity=Severity.INFO,
        english=english,
        french=french,
    )
