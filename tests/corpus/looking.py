"""What the built-in scanners say of content, in a form that is easy to compare."""

from custody.finding import Severity
from custody.outcome import Inspection, NotScanned, Scanned
from sanitizers.registry import look_forked


def demands(inspection: Inspection, scanner: str) -> set[str]:
    """Return the rules of all findings of one scanner that ask for something."""
    return {
        f.rule
        for o in inspection.outcomes
        if isinstance(o, Scanned) and o.scanner == scanner
        for f in o.findings
        if f.severity is not Severity.INFO
    }


def notes(inspection: Inspection, scanner: str) -> set[str]:
    """Return the rules of all findings of one scanner that only inform."""
    return {
        f.rule
        for o in inspection.outcomes
        if isinstance(o, Scanned) and o.scanner == scanner
        for f in o.findings
        if f.severity is Severity.INFO
    }


def silence(inspection: Inspection, scanner: str) -> str:
    """Return why a scanner could not look; empty when it could."""
    return next(
        (
            o.reason
            for o in inspection.outcomes
            if isinstance(o, NotScanned) and o.scanner == scanner
        ),
        "",
    )


def look(content: bytes) -> Inspection:
    """Run all built-in scanners, native ones included."""
    return look_forked(content)
