"""What a policy says of disarming: for which types, in which services, and how."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sanitizers.disarming.interface import Switch

Switches = frozenset[Switch]
PLAIN: Switches = frozenset()
_ORDER = tuple(Switch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """How one type is disarmed in one service; patterns of types, and no service for all.

    None for `switches` holds the type as it is, for a person.
    """

    media_type: str = "*"
    service: str = ""
    switches: Switches | None = None

    def covers(self, media_type: str, service: str) -> bool:
        """Whether it speaks about such a content there."""
        return self.service in {"", service} and fnmatchcase(media_type, self.media_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulings:
    """The rulings of a policy in their order: the first one that covers a content rules."""

    rulings: tuple[Ruling, ...] = ()

    def on(self, media_type: str, service: str) -> Switches | None:
        """Return how a content is disarmed; None when it is held as it is."""
        for ruling in self.rulings:
            if ruling.covers(media_type, service):
                return ruling.switches
        return None


# A policy that says nothing of disarming was approved before there was any.
HOLD_ALL = Rulings()


def variant_of(switches: Iterable[Switch]) -> int:
    """Return a number for a set of switches: copies made in different ways are kept apart."""
    asked = frozenset(switches)
    return sum(1 << n for n, switch in enumerate(_ORDER) if switch in asked)
