"""What is said of one part of a dump: a ruling, and the kind of statement that it is about."""

from dataclasses import dataclass
from enum import IntEnum, unique


@unique
class Ruling(IntEnum):
    """What a statement is, worst first."""

    MALICIOUS = 1
    ACTIVE = 2
    UNKNOWN = 3
    NOTE = 4
    DATA = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """One ruling. `kind` is a word of ours; it never holds a word of the dump."""

    ruling: Ruling
    kind: str
    offset: int


def worst(first: Ruled, second: Ruled | None) -> Ruled:
    """Return the more serious of two rulings."""
    return first if second is None or first.ruling <= second.ruling else second
