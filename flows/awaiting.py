"""A flow run that a command waits for: looked at until it ended, and asked to end on a signal."""

import logging
import threading
import time
from dataclasses import dataclass

from custody.errors import InterruptedRunError, UnavailableError
from flows.api import Api
from flows.runs import FlowRun, cancel, error_of, look

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# A server that is started again keeps its flow runs; so much longer may it be away. It is more than
# one answer may take.
AWAY_SECONDS = 150.0
END_SECONDS = 120.0
# A worker looks every two seconds.
WORKER_SECONDS = 20.0
WAITS = {
    "SCHEDULED": "waits for a worker: none runs, or all have enough to do",
    "PAUSED": "was paused in Prefect's pages, and goes on when it is resumed there",
}
AGAIN = "run the same command again: it goes on where it was"


@dataclass(slots=True)
class Remarks:
    """Says once what a flow run waits for, when nothing of it can be seen in the catalogue."""

    since: float
    said: str = ""

    def remark(self, flow_run: FlowRun, now: float) -> None:
        """Say that it was paused, or that no worker takes it."""
        what = WAITS.get(flow_run.state, "")
        patient = flow_run.state == "SCHEDULED" and now - self.since < WORKER_SECONDS
        if what and what != self.said and not patient:
            logger.warning("flow run %s %s", flow_run.run_id, what)
            self.said = what


def to_its_end(
    api: Api, flow_run: FlowRun, stop: threading.Event, *, asked: bool = False
) -> FlowRun:
    """Look at a flow run until it ended; who was asked to end has its time for that.

    Raises:
        UnavailableError: Prefect does not answer for too long.
        InterruptedRunError: it was asked to end, and does not.
    """
    answered = time.monotonic()
    asked_at = answered if asked else 0.0
    waits = Remarks(answered)
    while not flow_run.ended:
        now = time.monotonic()
        if asked_at and now - asked_at > END_SECONDS:
            raise InterruptedRunError("the flow run does not end", next_step=AGAIN)
        try:
            if stop.is_set() and not asked_at:
                cancel(api, flow_run)
                asked_at = now
            flow_run = look(api, flow_run.run_id)
            answered = now
        except UnavailableError:
            if now - answered > AWAY_SECONDS:
                raise
        waits.remark(flow_run, now)
        time.sleep(LOOK_SECONDS)
    return flow_run


def check_completed(ended: FlowRun) -> None:
    """Let only a flow run pass that came to its end by itself, and well.

    Raises:
        InterruptedRunError: it was stopped, here or in Prefect's pages, or was killed.
        AutoclaveError: what it failed with.
    """
    match ended.state:
        case "COMPLETED":
            return
        case "CANCELLED":
            raise InterruptedRunError("the run was stopped", next_step=AGAIN)
        case "CRASHED":
            raise InterruptedRunError("the flow run was killed", next_step=AGAIN)
        case _:
            raise error_of(ended)
