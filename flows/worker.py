"""The worker of one machine: registers what can be triggered, then does what is.

Asked to end, it lets its flow runs stop after the entries in hand, and takes no new ones.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
import warnings
from pathlib import Path

from anyio.abc import TaskStatus
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.states import Cancelled
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from custody.errors import AutoclaveError
from flows.child import as_parent
from flows.own import own_api
from flows.registration import register
from pipeline.settings import read_settings

END_SECONDS = 60.0
LOOK_SECONDS = 0.1
CALLED_OFF = "called off before it began"


# It stands in for Prefect's own under the same name, and is meant to.
warnings.filterwarnings("ignore", message="Type 'SteadyWorker'")


class SteadyWorker(ProcessWorker):
    """Prefect's worker, but for two faults.

    A flow run resumed while its process ends kills the worker; one that is called off while its
    process begins stays "cancelling" for ever, and keeps its place in every limit.
    """

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Let a process do a flow run; called off too early to hear of it, it is ended here."""
        try:
            return await super().run(flow_run, configuration, task_status)
        finally:
            found = await self.client.read_flow_run(flow_run.id)
            if found.state is not None and found.state.is_cancelling():
                await self.client.set_flow_run_state(flow_run.id, Cancelled(message=CALLED_OFF))

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        """Leave a flow run that this worker still has a place for to its next look."""
        held = self._limiter.statistics().borrowers if self._limiter else ()
        free = [each for each in flow_run_response if each.flow_run.id not in held]
        return await super()._submit_scheduled_flow_runs(free)


def main() -> int:
    """Register, say so on the descriptor that the caller listens to, and work until SIGTERM."""
    os.environ.update(as_parent({}))
    settings = read_settings(None)
    pool = settings.orchestrator.pool
    try:
        register(own_api(), pool, settings.serve)
    except AutoclaveError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    worker = SteadyWorker(
        work_pool_name=pool,
        work_queues=settings.serve.queues.split(),
        name=f"{socket.gethostname()}-{os.getpid()}",
        limit=settings.serve.slots,
        create_pool_if_not_found=False,
    )
    asyncio.run(_work(worker, int(sys.argv[1])))
    return 0


async def _work(worker: ProcessWorker, told: int) -> None:
    def started(*_words: object) -> None:
        with contextlib.suppress(OSError):
            os.write(told, b"1")

    working = asyncio.create_task(worker.start(printer=started))
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    asking = asyncio.create_task(asked.wait())
    await asyncio.wait({working, asking}, return_when=asyncio.FIRST_COMPLETED)
    if asked.is_set():
        await _end_children()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def _end_children() -> None:
    """Ask every flow run of this machine to end, and those that begin meanwhile."""
    told: set[int] = set()
    end = time.monotonic() + END_SECONDS
    while (left := children()) and time.monotonic() < end:
        for pid in left - told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        told |= left
        await asyncio.sleep(LOOK_SECONDS)


def children() -> set[int]:
    """Return the processes that this one started and that live."""
    found: set[int] = set()
    for tasks in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(map(int, tasks.read_text().split()))
    return found


if __name__ == "__main__":
    sys.exit(main())
