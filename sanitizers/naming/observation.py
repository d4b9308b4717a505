"""What a look at a name returns: a rule with its kind and weight, signed by the names scanner."""

from custody.finding import Finding, FindingKind, Severity

SCANNER = "names"
_LONGEST_DETAIL = 64


def observe(
    rule: str,
    kind: FindingKind = FindingKind.NAME,
    severity: Severity = Severity.SUSPICIOUS,
    detail: str = "",
) -> Finding:
    """Return a finding about a name."""
    return Finding(
        scanner=SCANNER, rule=rule, kind=kind, severity=severity, detail=detail[:_LONGEST_DETAIL]
    )


def unjudged(reason: str) -> Finding:
    """Return what is said of a name under which some rule did not come to its end."""
    return observe("name-not-judged", FindingKind.UNVERIFIABLE, detail=reason)
