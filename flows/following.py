"""The main job on a home that Prefect drives: a flow run is begun, and followed from the catalogue.

Prefect says that the flow run ended, and why when it failed; how far it is and what came of it is
the catalogue's to say. A flow run that is at work on the same run already is followed as it is.
"""

import logging
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from catalogue import runs, spans
from catalogue.runs import RunState
from catalogue.shards import Step
from custody.errors import InterruptedRunError, UnavailableError, UsageError
from flows.api import Api
from flows.deployments import RECOVER, RECOVER_URGENT
from flows.in_force import Way, way_of
from flows.runs import FlowRun, cancel, error_of, look, tag_of, tagged, trigger
from pipeline.recover import Watch, open_sources, result_of
from pipeline.result import RunResult
from pipeline.source_locks import recovering
from pipeline.start import Request, begin, is_asked_for
from pipeline.steps.instruments import open_inspector
from pipeline.steps.reconcile import count_run
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# A server that is started again keeps its flow runs; so much longer may it be away.
AWAY_SECONDS = 60.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """One main job that a flow run does, as its command follows it."""

    runtime: Runtime
    request: Request
    api: Api
    stop: threading.Event
    watch: Watch
    urgent: bool = False

    def run(self) -> RunResult:
        """Begin a flow run, or find the one at work, and follow it to its end.

        Raises:
            UnavailableError: Prefect does not answer, or another run has a source.
            InterruptedRunError: it was asked to stop, here or in Prefect's pages, or was killed.
            AutoclaveError: what the flow run failed with.
        """
        if self.request.unsafe:
            raise UsageError(
                "a flow run always inspects in the sandbox",
                next_step="end `autoclave serve`, or set orchestrator.kind to in-process",
            )
        started, since = time.monotonic(), self.runtime.clock()
        run_id, flow_run = self._begin()
        self.watch(run_id)
        ended = self._follow(flow_run)
        return self._result(run_id, ended, since, time.monotonic() - started)

    def _begin(self) -> tuple[str, FlowRun]:
        at_work = self._at_work()
        if at_work is not None and at_work[1].state == "CANCELLING":
            self._follow(at_work[1], asked=True)
        elif at_work is not None:
            return at_work
        inspector = open_inspector(self.runtime)
        with (
            recovering(self.runtime.home, self.runtime.catalogue, self.request.sources),
            ExitStack() as opened,
        ):
            if way_of(self.runtime.settings) is Way.SERVED:
                # Refused here, no run is begun; what a fleet's machines have mounted they know.
                open_sources(opened, self.request.sources)
            run_id = begin(self.runtime, self.request, inspector).run.run_id
        deployment = RECOVER_URGENT if self.urgent else RECOVER
        parameters = {"source_ids": [], "run_id": run_id}
        return run_id, trigger(self.api, deployment.full_name, parameters, [tag_of(run_id)])

    def _at_work(self) -> tuple[str, FlowRun] | None:
        """Return the flow run that works on these sources; its own command may have been killed."""
        ids = [source.source_id for source in self.request.sources]
        with self.runtime.catalogue.read() as connection:
            run = runs.unfinished(connection, ids)
        if run is None or not is_asked_for(self.runtime, run, self.request):
            return None
        found = tagged(self.api, tag_of(run.run_id))
        return (run.run_id, found[0]) if found else None

    def _follow(self, flow_run: FlowRun, *, asked: bool = False) -> FlowRun:
        """Look at the flow run until it ended; who was asked to end has its time for that."""
        answered = time.monotonic()
        asked_at = answered if asked else 0.0
        waits = Remarks(answered)
        while not flow_run.ended:
            now = time.monotonic()
            if asked_at and now - asked_at > END_SECONDS:
                raise InterruptedRunError("the flow run does not end", next_step=AGAIN)
            try:
                if self.stop.is_set() and not asked_at:
                    cancel(self.api, flow_run)
                    asked_at = now
                flow_run = look(self.api, flow_run.run_id)
                answered = now
            except UnavailableError:
                if now - answered > AWAY_SECONDS:
                    raise
            waits.remark(flow_run, now)
            time.sleep(LOOK_SECONDS)
        return flow_run

    def _result(self, run_id: str, ended: FlowRun, since: datetime, seconds: float) -> RunResult:
        match ended.state:
            case "COMPLETED":
                return self._count(run_id, since, seconds)
            case "CANCELLED":
                raise InterruptedRunError("the run was stopped", next_step=AGAIN)
            case "CRASHED":
                raise InterruptedRunError("the flow run was killed", next_step=AGAIN)
            case _:
                raise error_of(ended)

    def _count(self, run_id: str, since: datetime, seconds: float) -> RunResult:
        """Return the numbers of the run, from the catalogue alone."""
        self.runtime.ledger.publish()
        with self.runtime.catalogue.read() as connection:
            run = runs.get(connection, run_id)
            if run is None or run.state is RunState.RUNNING:
                raise InterruptedRunError("the flow run ended before its run did", next_step=AGAIN)
            found = count_run(connection, run)
            worked = spans.of_run(connection, run_id, since)
        spent = {
            step.value: (worked[step][1] - worked[step][0]).total_seconds()
            for step in Step
            if step in worked
        }
        begun = min((first for first, _ in worked.values()), default=since)
        listed = max(0.0, (begun - since).total_seconds())
        return result_of(self.runtime, run_id, found, {"list": listed, **spent, "all": seconds})
