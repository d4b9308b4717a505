"""Reconciliation: at the end of a run every listed entry has exactly one fate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from audit.note import sign_note
from catalogue import entries, expansions, inventories, manifests, records, runs, tallies
from catalogue.runs import Run, RunState
from catalogue.shards import Step
from cleanzone.run_manifest import RunManifest
from custody.box import Json
from custody.digest import digest_of
from custody.entry import EXPECTED_REASONS
from custody.fate import Equation, equation
from custody.records import Counts
from pipeline.recording import Recorder
from pipeline.steps.derogated import granted_by
from pipeline.wiring import Runtime
from storage.interface import Spooled

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
    members: int = 0
    disarmed: int = 0
    split: int = 0
    records: Mapping[str, Counts] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return what the ledger says of the end of a run."""
        return {
            "listed": self.equation.listed,
            "fates": {fate.value: n for fate, n in self.equation.fates.items()},
            "outcomes": dict(self.verdicts),
            "not_taken": dict(self.not_taken),
            "unexplained": self.equation.unexplained,
            "records": self.records_json,
        }

    @property
    def records_json(self) -> dict[str, dict[str, int]]:
        """The records of the run by schema: those that were read are accepted or refused."""
        return {name: asdict(counts) for name, counts in sorted(self.records.items())}


def reconcile(runtime: Runtime, run: Run) -> Reconciled:
    """Count a run, sign its page, and end it: done when nothing is unexplained, else failed."""
    recorder = Recorder(runtime=runtime, case=run.case_id, run_id=run.run_id)
    with runtime.catalogue.read() as connection:
        found = count_run(connection, run)
        page = _page(connection, run, found, runtime.ledger.now())
    _store_signed(runtime, page)
    state = RunState.FAILED if found.equation.unexplained else RunState.DONE
    subject = {"page": digest_of(page.text.encode())}
    body = {"state": state.value, **found.as_json()}
    event = recorder.event(EventType.RUN_FINISHED, subject=subject, body=body)
    with runtime.catalogue.write() as connection:
        runs.finish(connection, run.run_id, state, event.at)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return found


def count_run(connection: sa.Connection, run: Run) -> Reconciled:
    """Return the numbers of a run as they stand."""
    listed = inventories.of_run(connection, run.run_id)
    reasons = tallies.not_taken(connection, run.run_id)
    stand_ins = tallies.superseded(connection, run.run_id)
    disarmed = tallies.disarmed(connection, run.run_id)
    unexplained = entries.unexplained(connection, run.run_id, SHOWN_UNEXPLAINED)
    return Reconciled(
        equation=equation(sum(i.listed for i in listed), tallies.stages(connection, run.run_id)),
        verdicts=tallies.verdicts(connection, run.run_id),
        not_taken={reason.value: n for reason, n in reasons.items()},
        unexpected=sum(n for reason, n in reasons.items() if reason not in EXPECTED_REASONS),
        bytes=tallies.taken_size(connection, run.run_id),
        unexplained=tuple(entry.entry_id for entry in unexplained),
        members=expansions.count(connection, run.run_id, run.profile),
        disarmed=disarmed,
        split=stand_ins - disarmed,
        records=records.totals(connection, run.run_id),
    )


def _page(connection: sa.Connection, run: Run, found: Reconciled, now: datetime) -> RunManifest:
    granted = granted_by(connection, run.policy)
    own = manifests.of_run(connection, run.run_id)
    return RunManifest(
        run_id=run.run_id,
        case=run.case_id,
        policy=run.policy,
        profile=run.profile,
        equation=found.equation,
        promoted=[(m.root, m.lines) for m in own if m.step is Step.PROMOTE],
        derogations=[
            (d.planned.name, d.planned.until.isoformat())
            for d in granted
            if d.exception.granted.holds_at(now)
        ],
    )


def _store_signed(runtime: Runtime, page: RunManifest) -> None:
    note = sign_note(page.text, runtime.signer).encode()
    runtime.audit.put(page.key, Spooled(digest=digest_of(note), size=len(note), content=note))
