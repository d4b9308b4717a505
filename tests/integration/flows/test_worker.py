"""Our worker is Prefect's, but for the flow run that comes back while its process still ends."""

import asyncio
import subprocess
import sys
import uuid

import anyio

from tests.corpus.processes import eventually, is_alive

FOLLOWED = """
import os, subprocess, sys
from flows.child import as_parent
command = [sys.executable, "-m", "flows.child", "timeit", "import time; time.sleep(60)"]
follower = subprocess.Popen(command, env=as_parent(os.environ), stdout=subprocess.DEVNULL)
print(follower.pid, flush=True)
sys.stdin.read()
"""


def test_a_flow_run_that_still_has_its_place_waits():
    """Taken a second time it would end the worker: it is left to the next look."""
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import WorkerFlowRunResponse

    from flows.worker import SteadyWorker

    run = FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4())
    found = WorkerFlowRunResponse(
        work_pool_id=uuid.uuid4(), work_queue_id=uuid.uuid4(), flow_run=run
    )

    async def look_twice() -> list:
        worker = SteadyWorker(work_pool_name="autoclave", limit=2)
        worker._limiter = anyio.CapacityLimiter(2)
        worker._limiter.acquire_on_behalf_of_nowait(run.id)
        return await worker._submit_scheduled_flow_runs([found])

    assert [] == asyncio.run(look_twice())


def test_a_child_dies_with_its_parent():
    """Killed as soon as the child is started, before that one can ask, the parent leaves nobody."""
    parent = subprocess.Popen(
        [sys.executable, "-c", FOLLOWED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    follower = int(parent.stdout.readline())
    lived = is_alive(follower)
    parent.kill()
    parent.communicate()

    assert lived
    assert eventually(lambda: not is_alive(follower))
