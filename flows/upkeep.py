"""What a schedule does for a home: reconcile, verify the ledger, and have it anchored."""

import threading
from datetime import timedelta

from prefect import flow
from prefect.client.schemas.objects import State

from custody.box import Json
from custody.errors import LedgerError, UnavailableError
from flows.conducting import conduct
from flows.own import own_api
from flows.runs import emit, mark_forgotten
from flows.showing import show_table
from pipeline.anchoring.scheduled import anchor_if_new
from pipeline.anchoring.window import window
from pipeline.proving.verify import Verified, verify
from pipeline.recording import ACTOR
from pipeline.settings import read_settings
from pipeline.upkeep import keep_up
from pipeline.wiring import Runtime, open_runtime

# No flow run takes so long to begin or to end.
FORGOTTEN = timedelta(minutes=10)
DISPROVED = "autoclave.audit.disproved"


@flow(name="reconcile", retries=0, persist_result=False, log_prints=False)
def reconcile_flow() -> dict[str, Json] | State:
    """Publish what waits for the ledger, end what is done, and name the runs that wait."""
    return conduct(_reconcile)


@flow(name="verify-audit", retries=0, persist_result=False, log_prints=False)
def verify_audit_flow(*, deep: bool = False) -> dict[str, Json] | State:
    """Verify the ledger and the database against it; `deep` hashes every stored byte again."""

    def work(_stop: threading.Event) -> dict[str, Json]:
        return _verify(deep=deep)

    return conduct(work)


@flow(name="anchor", retries=0, persist_result=False, log_prints=False)
def anchor_flow() -> dict[str, Json] | State:
    """Anchor the ledger outside, if it says anything that is not anchored and anybody is named."""
    return conduct(_anchor)


def _anchor(_stop: threading.Event) -> dict[str, Json]:
    with open_runtime(read_settings(None)) as runtime:
        made = anchor_if_new(runtime, ACTOR)
        left = window(runtime)
    rows = [{"anchor": each.kind, "at": each.at, "entries": each.size} for each in made]
    if rows:
        show_table("anchored", rows)
    return {"anchors": len(made), "anchored": left.anchored, "since": left.since}


def _reconcile(_stop: threading.Event) -> dict[str, Json]:
    with open_runtime(read_settings(None)) as runtime:
        found = keep_up(runtime).as_json()
        forgotten = mark_forgotten(own_api(), runtime.clock() - FORGOTTEN)
    rows = [{"run": run, "is": state} for state in ("ended", "waiting") for run in found[state]]
    if rows:
        show_table("open-runs", rows)
    return found | {"forgotten": forgotten}


def _verify(*, deep: bool) -> dict[str, Json]:
    """Verify; what is wrong and where is for `audit verify` to say, as it may quote the home.

    Raises:
        LedgerError: something is missing, changed or contradicted.
    """
    with open_runtime(read_settings(None)) as runtime:
        found = verify(runtime, deep=deep)
        if not found.verified:
            disproved = LedgerError(
                f"{len(found.faults)} faults: the home is not what its ledger says",
                next_step="run `autoclave audit verify`",
            )
            try:
                _alarm(runtime, found)
            except UnavailableError as error:
                # What was found out matters more than who could not be told of it.
                raise disproved from error
            raise disproved
    show_table("verified", [{"checked": name, "count": n} for name, n in found.counts.items()])
    return {"verified": True, "deep": found.deep, "counts": dict(found.counts)}


def _alarm(runtime: Runtime, found: Verified) -> None:
    payload = {"faults": len(found.faults), "deep": found.deep}
    emit(own_api(), DISPROVED, "autoclave.ledger", payload, runtime.clock())
