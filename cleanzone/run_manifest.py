"""The run manifest: one signed page that says what a run promoted, and that its sum adds up."""

from collections.abc import Sequence
from dataclasses import dataclass

from custody.digest import Digest
from custody.fate import Equation

TITLE = "autoclave run manifest v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManifest:
    """What a run came to; `promoted` are the roots and lines of its promote manifests.

    `derogations` are those of the policy that held at its end, each with its last day.
    """

    run_id: str
    case: str
    policy: Digest
    profile: Digest
    equation: Equation
    promoted: Sequence[tuple[Digest, int]]
    derogations: Sequence[tuple[str, str]] = ()

    @property
    def key(self) -> str:
        """Where the signed page lies in the audit store."""
        return f"runs/{self.run_id}.note"

    @property
    def text(self) -> str:
        """The lines that are signed: one fact a line, none of them empty."""
        fates = {fate.value: count for fate, count in self.equation.fates.items()}
        facts = {
            "run": self.run_id,
            "case": self.case,
            "policy": self.policy,
            "profile": self.profile,
            "listed": self.equation.listed,
            **fates,
            "unexplained": self.equation.unexplained,
        }
        lines = [TITLE, *(f"{name}: {value}" for name, value in facts.items())]
        lines += [f"derogation: {name} until {day}" for name, day in self.derogations]
        lines += [f"manifest: {root} {count}" for root, count in self.promoted]
        return "".join(f"{line}\n" for line in lines)
