"""Where an entry ends, which verdict leads there by default, and the equation that must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique

from custody.lifecycle import Action, Stage
from custody.verdict import Verdict


@unique
class Fate(Enum):
    """The eight ends of an entry; every listed entry has exactly one."""

    PROMOTED = "promoted"
    SUPERSEDED = "superseded"
    HELD = "held"
    SET_ASIDE = "set_aside"
    REFUSED = "refused"
    REJECTED = "rejected"
    NOT_TAKEN = "not_taken"
    EXCLUDED = "excluded"


STAGE_FATES: dict[Stage, Fate] = {
    Stage.PROMOTED: Fate.PROMOTED,
    Stage.SUPERSEDED: Fate.SUPERSEDED,
    Stage.HELD: Fate.HELD,
    Stage.RECALLED: Fate.HELD,
    Stage.SET_ASIDE: Fate.SET_ASIDE,
    Stage.REFUSED: Fate.REFUSED,
    Stage.REJECTED: Fate.REJECTED,
    Stage.NOT_TAKEN: Fate.NOT_TAKEN,
    Stage.EXCLUDED: Fate.EXCLUDED,
}

# Clean has no action of its own: an assessed clean entry waits for the promote step.
VERDICT_ACTIONS: dict[Verdict, Action] = {
    Verdict.MALICIOUS: Action.HOLD,
    Verdict.SUSPICIOUS: Action.HOLD,
    Verdict.ENCRYPTED: Action.SET_ASIDE,
    Verdict.DAMAGED: Action.SET_ASIDE,
    Verdict.PROHIBITED: Action.REFUSE,
    Verdict.ACTIVE: Action.HOLD,
    Verdict.INDETERMINATE: Action.HOLD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """What was listed must equal the sum of the eight fates.

    `waiting` counts entries that stand at a stage which is no end; it is 0 when a run is over.
    """

    listed: int
    fates: Mapping[Fate, int]
    waiting: int = 0

    @property
    def unexplained(self) -> int:
        """How many listed entries have no fate (or fates no entry); must be 0."""
        return max(self.waiting, abs(self.listed - sum(self.fates.values())))


def equation(listed: int, stages: Mapping[Stage, int]) -> Equation:
    """Return the equation of a run from the number of entries that stand at each stage."""
    fates = dict.fromkeys(Fate, 0)
    waiting = 0
    for stage, count in stages.items():
        if stage in STAGE_FATES:
            fates[STAGE_FATES[stage]] += count
        else:
            waiting += count
    return Equation(listed=listed, fates=fates, waiting=waiting)
