"""Reconciliation: at the end of a run every listed entry has exactly one fate."""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.event import EventType
from catalogue import entries, inventories, runs
from catalogue.runs import Run, RunState
from custody.box import Json
from custody.entry import EXPECTED_REASONS
from custody.fate import Equation, equation
from pipeline.recording import Recorder
from pipeline.wiring import Runtime

SHOWN_UNEXPLAINED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The equation of a run, its verdicts, and what was not taken and why."""

    equation: Equation
    verdicts: Mapping[str, int]
    not_taken: Mapping[str, int]
    unexpected: int
    bytes: int
    unexplained: tuple[int, ...]

    def as_json(self) -> dict[str, Json]:
        """Return what the ledger says of the end of a run."""
        return {
            "listed": self.equation.listed,
            "fates": {fate.value: n for fate, n in self.equation.fates.items()},
            "outcomes": dict(self.verdicts),
            "not_taken": dict(self.not_taken),
            "unexplained": self.equation.unexplained,
        }


def reconcile(runtime: Runtime, run: Run) -> Reconciled:
    """Count a run, and end it: done when nothing is unexplained, else failed."""
    recorder = Recorder(runtime=runtime, case=run.case_id, run_id=run.run_id)
    with runtime.catalogue.write() as connection:
        listed = inventories.of_run(connection, run.run_id)
        reasons = entries.not_taken(connection, run.run_id)
        found = Reconciled(
            equation=equation(
                sum(i.listed for i in listed), entries.stages(connection, run.run_id)
            ),
            verdicts=entries.verdicts(connection, run.run_id),
            not_taken={reason.value: n for reason, n in reasons.items()},
            unexpected=sum(n for reason, n in reasons.items() if reason not in EXPECTED_REASONS),
            bytes=sum(i.size for i in listed),
            unexplained=tuple(
                entry.entry_id
                for entry in entries.unexplained(connection, run.run_id, SHOWN_UNEXPLAINED)
            ),
        )
        state = RunState.FAILED if found.equation.unexplained else RunState.DONE
        body = {"state": state.value, **found.as_json()}
        event = recorder.event(EventType.RUN_FINISHED, body=body)
        runs.finish(connection, run.run_id, state, event.at)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return found
