"""What is said of a value that is a file of its own."""

from custody.finding import Finding
from sanitizers.active.observation import note, prohibited, unverifiable
from sanitizers.values import ValueKind


def finding_of(kind: ValueKind, where: str = "") -> Finding:
    """Return the finding of a value; `where` never names a column."""
    rule = f"{kind.value}-{'value' if kind is ValueKind.SEALED else 'in-value'}"
    match kind:
        case ValueKind.PROGRAM:
            return prohibited(rule, where=where)
        case ValueKind.PICTURE:
            return note(rule, where=where)
        case ValueKind.DOCUMENT | ValueKind.SEALED:
            return unverifiable(rule, where=where)
