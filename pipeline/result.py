"""What a run came to: the object that `recover --json` ends with, and its exit code."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from custody.box import Json
from custody.errors import ExitCode
from custody.fate import Equation, Fate

ASKS_A_PERSON = frozenset({Fate.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """The numbers of one run over its sources.

    `derogations` are those of the policy that was in force. `bytes` are those taken, `seconds` the
    wall time of this execution, `steps` where it went.
    """

    run_id: str
    equation: Equation
    verdicts: Mapping[str, int]
    not_taken: Mapping[str, int]
    unexpected: int
    derived: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(("members", "disarmed", "split"), 0)
    )
    records: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    bytes: int
    seconds: float
    steps: Mapping[str, float] = field(default_factory=dict)
    derogations: tuple[Mapping[str, Json], ...] = ()
    ledger_size: int
    ledger_root: str
    sandboxed: bool = True

    @property
    def exit_code(self) -> ExitCode:
        """Return how the run ends: unexplained beats unread, unread beats held."""
        if self.equation.unexplained:
            return ExitCode.FAILED
        if self.unexpected:
            return ExitCode.SOURCE
        if any(self.equation.fates[fate] for fate in ASKS_A_PERSON):
            return ExitCode.HELD
        return ExitCode.DONE

    def as_json(self) -> dict[str, Json]:
        """Return the object that tools rely on; `promoted` and `held` repeat their fates."""
        fates = {fate.value: count for fate, count in self.equation.fates.items()}
        return {
            "run": self.run_id,
            "listed": self.equation.listed,
            "fates": fates,
            "outcomes": dict(sorted(self.verdicts.items())),
            "promoted": fates[Fate.PROMOTED.value],
            "held": fates[Fate.HELD.value],
            "unexplained": self.equation.unexplained,
            "not_taken": dict(sorted(self.not_taken.items())),
            "derived": dict(self.derived),
            "records": {name: dict(counts) for name, counts in self.records.items()},
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "steps": {name: round(spent, 3) for name, spent in self.steps.items()},
            "sandboxed": self.sandboxed,
            "derogations": [dict(each) for each in self.derogations],
            "ledger": {"size": self.ledger_size, "root": self.ledger_root},
        }
