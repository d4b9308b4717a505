"""Keeps a home in order between commands: publishes what waits, ends what is done, names the rest.

It goes on with no run by itself: one that was stopped may have been stopped on purpose.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import inventories, runs, shards, sources
from catalogue.inventories import InventoryState
from catalogue.runs import Run
from catalogue.shards import OPEN_STATES, Step
from custody.box import Json
from custody.errors import UnavailableError
from pipeline.recalling.withdraw import finish_open
from pipeline.source_locks import recovering
from pipeline.steps.reconcile import reconcile
from pipeline.wiring import Runtime

ALWAYS_PLANNED = (Step.INSPECT, Step.ASSESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What was found: runs ended now, runs that wait to go on, runs at work; the ledger's size."""

    ended: tuple[str, ...]
    waiting: tuple[str, ...]
    at_work: tuple[str, ...]
    ledger_size: int

    def as_json(self) -> dict[str, Json]:
        """Return what was found, as tools read it."""
        return {
            "ended": list(self.ended),
            "waiting": list(self.waiting),
            "at_work": list(self.at_work),
            "ledger": self.ledger_size,
        }


def keep_up(runtime: Runtime) -> Upkeep:
    """Publish what waits for the ledger and look at every run that has not ended.

    Raises:
        LedgerError: the ledger is not what it was.
        UnavailableError: a store or the database does not answer.
    """
    runtime.ledger.publish()
    finish_open(runtime)
    with runtime.catalogue.read() as connection:
        found = runs.running(connection)
    told = [(run.run_id, _look(runtime, run)) for run in found]

    def those(where: str) -> tuple[str, ...]:
        return tuple(run_id for run_id, place in told if place == where)

    return Upkeep(
        ended=those("ended"),
        waiting=those("waiting"),
        at_work=those("at work"),
        ledger_size=runtime.ledger.size,
    )


def _look(runtime: Runtime, run: Run) -> str:
    """End a run whose every shard is done: only its own end was cut short."""
    with runtime.catalogue.read() as connection:
        owners = sources.of_run(connection, run.run_id)
    try:
        with recovering(runtime.home, runtime.catalogue, owners.values()):
            with runtime.catalogue.read() as connection:
                drained = _is_drained(connection, run)
            if not drained:
                return "waiting"
            reconcile(runtime, run)
            return "ended"
    except UnavailableError:
        return "at work"


def _is_drained(connection: sa.Connection, run: Run) -> bool:
    listed = inventories.of_run(connection, run.run_id)
    if any(each.state is not InventoryState.COMPLETE for each in listed):
        return False
    found = shards.counts(connection, run.run_id)
    is_open = any(state.value in OPEN_STATES for states in found.values() for state in states)
    return not is_open and all(step in found for step in ALWAYS_PLANNED)
