"""A re-scan as a flow: scheduled, begun when rules are installed, or by a person."""

import threading
from datetime import datetime
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from custody.box import Json
from flows.conducting import conduct
from flows.own import own_api
from flows.runs import emit
from flows.showing import show_table
from flows.telling import told_of
from pipeline.rescanning.report import Rescanned
from pipeline.rescanning.rescan import Asked, rescan
from pipeline.settings import read_settings
from pipeline.wiring import Runtime, open_runtime


@flow(name="rescan", retries=0, persist_result=False, log_prints=False)
def rescan_flow(*, everything: bool = False, since: str = "") -> dict[str, Json] | State:
    """Look again with the rules in force now; what they condemn is recalled or proposed.

    With `everything` also what only older listings of a source hold is looked at; with `since`, a
    moment in ISO 8601, only what runs listed that began since then.
    """
    begin = datetime.fromisoformat(since) if since else None
    return conduct(partial(_rescan, Asked(everything=everything, since=begin, patient=True)))


def _rescan(asked: Asked, stop: threading.Event) -> dict[str, Json]:
    with open_runtime(read_settings(None)) as runtime:
        done = rescan(runtime, asked, stop)
        _tell(runtime, done)
    if done.plan.standing:
        rows = [
            {"artefact": each.digest, "entries": each.entries, "waits": done.waits}
            for each in done.plan.standing
        ]
        show_table("condemned", rows)
    return numbers(done)


def numbers(done: Rescanned) -> dict[str, Json]:
    """Return what a flow run gives back: ids and numbers, for reasons may quote a rule's words."""
    return {
        "rescan": done.rescan_id or None,
        "shards": done.shards,
        "entries": done.entries,
        "changed": done.changed,
        "newly_bad": len(done.plan.standing),
        "newly_clean": len(done.cleared),
        "unjudged": done.unjudged,
        "recalls": list(done.recalls),
        "waits": done.waits,
    }


def _tell(runtime: Runtime, done: Rescanned) -> None:
    for name, about in told_of(done):
        emit(own_api(), name, f"autoclave.rescan.{done.rescan_id}", about, runtime.clock())
