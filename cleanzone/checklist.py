"""What still stands between a service and a restore set that is signed and open. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique

from custody.fate import Fate


@unique
class Lack(Enum):
    """Something that a service lacks; the first ones keep a set from being sealed or opened."""

    UNEXPLAINED = "unexplained"
    UNFINISHED = "run-not-ended"
    NO_ANCHOR = "no-anchor"
    NO_SET = "no-set"
    ENDED = "set-ended"
    UNSIGNED = "unsigned"
    NOT_OPEN = "not-open"
    URGENT = "not-countersigned"
    HELD = "held"
    ALARMS = "alarms"
    PROPOSED = "recalls-proposed"
    RECALLS = "recalls-open"
    NO_REFERENCE = "no-reference"


# What a set goes without: it is sealed and opened all the same, and says so.
GOES_WITHOUT = frozenset({Lack.HELD, Lack.ALARMS, Lack.PROPOSED, Lack.RECALLS, Lack.NO_REFERENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFacts:
    """Where the newest restore set of a service stands."""

    set_id: str
    ended: bool
    opened: bool
    countersigned: bool
    unsigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a service. `under_way` entries have no fate yet, and a run goes on.

    `references` are the sources that have none.
    """

    fates: Mapping[Fate, int]
    under_way: int
    unfinished_runs: int
    alarms: int
    proposed: int
    recalls: int
    anchored: bool
    without_reference: int
    newest_set: SetFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the checklist: what is lacking, of how much, and what else is said of it."""

    lack: Lack
    count: int
    words: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing is signed and open while it lacks."""
        return self.lack not in GOES_WITHOUT


def checklist(facts: Facts) -> tuple[Item, ...]:
    """Return what a service lacks, what blocks first; nothing is left out for being small."""
    unexplained = facts.under_way if not facts.unfinished_runs else 0
    counted = {
        Lack.UNEXPLAINED: unexplained,
        Lack.UNFINISHED: facts.unfinished_runs,
        Lack.HELD: facts.fates.get(Fate.HELD, 0),
        Lack.ALARMS: facts.alarms,
        Lack.PROPOSED: facts.proposed,
        Lack.RECALLS: facts.recalls,
        Lack.NO_REFERENCE: facts.without_reference,
    }
    of_set = {item.lack: item for item in _of_set(facts)}
    items = {lack: Item(lack=lack, count=n) for lack, n in counted.items() if n} | of_set
    return tuple(items[lack] for lack in Lack if lack in items)


def is_open(facts: Facts) -> bool:
    """Whether a set of the service is signed, open, and has not ended."""
    newest = facts.newest_set
    return newest is not None and newest.opened and newest.countersigned and not newest.ended


def _of_set(facts: Facts) -> tuple[Item, ...]:
    newest = facts.newest_set
    sealed = newest is not None and not newest.ended
    found = []
    # What is sealed rests upon the anchor that it was sealed on.
    if not facts.anchored and not sealed:
        found.append(Item(lack=Lack.NO_ANCHOR, count=1))
    if newest is None:
        found.append(Item(lack=Lack.NO_SET, count=1))
    elif newest.ended:
        found.append(Item(lack=Lack.ENDED, count=1, words=newest.set_id))
    elif newest.unsigned and not (newest.opened and newest.countersigned):
        words = " and ".join(newest.unsigned)
        found.append(Item(lack=Lack.UNSIGNED, count=len(newest.unsigned), words=words))
    if sealed and newest is not None and not newest.opened:
        found.append(Item(lack=Lack.NOT_OPEN, count=1, words=newest.set_id))
    if sealed and newest is not None and newest.opened and not newest.countersigned:
        found.append(Item(lack=Lack.URGENT, count=1, words=newest.set_id))
    return tuple(found)
