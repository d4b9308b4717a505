"""The main job on a home that Prefect drives: a flow run is begun, and followed from the catalogue.

Prefect says that the flow run ended, and why when it failed; how far it is and what came of it is
the catalogue's to say. A flow run that is at work on the same run already is followed as it is.
"""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from catalogue import runs, spans
from catalogue.runs import RunState
from catalogue.shards import Step
from custody.errors import InterruptedRunError, UsageError
from flows.api import Api
from flows.awaiting import AGAIN, check_completed, to_its_end
from flows.deployments import RECOVER, RECOVER_URGENT
from flows.in_force import Way, way_of
from flows.runs import FlowRun, tag_of, tagged, trigger
from pipeline.readers import open_sources
from pipeline.recover import Watch, result_of
from pipeline.result import RunResult
from pipeline.source_locks import recovering
from pipeline.start import Request, begin, is_asked_for
from pipeline.steps.instruments import open_inspector
from pipeline.steps.reconcile import count_run
from pipeline.wiring import Runtime


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
        ended = to_its_end(self.api, flow_run, self.stop)
        return self._result(run_id, ended, since, time.monotonic() - started)

    def _begin(self) -> tuple[str, FlowRun]:
        at_work = self._at_work()
        if at_work is not None and at_work[1].state == "CANCELLING":
            to_its_end(self.api, at_work[1], self.stop, asked=True)
        elif at_work is not None:
            return at_work
        inspector = open_inspector(self.runtime)
        with (
            recovering(self.runtime.home, self.runtime.catalogue, self.request.sources),
            ExitStack() as opened,
        ):
            if way_of(self.runtime.settings) is Way.SERVED:
                # Refused here, no run is begun; what a fleet's machines have mounted they know.
                open_sources(opened, self.runtime.settings, self.request.sources)
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

    def _result(self, run_id: str, ended: FlowRun, since: datetime, seconds: float) -> RunResult:
        check_completed(ended)
        return self._count(run_id, since, seconds)

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
