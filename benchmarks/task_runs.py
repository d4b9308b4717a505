"""Makes task runs that do nothing, as a flow run makes them for its shards; prints their cost.

python -m benchmarks.task_runs COUNT     (with the environment of a worker)
"""

import sys
import time
from dataclasses import replace

from prefect import flow

from catalogue.leases import Lease
from catalogue.shards import Step
from flows.recover import _as_task_run

LEASE = Lease(
    shard_id=0,
    step=Step.INSPECT,
    run_id="",
    inventory_id=0,
    subject_id=None,
    epoch=1,
    attempts=1,
    entries=1,
    size=1,
    lane="small",
)


def _nothing() -> None:
    """Be the work of a shard."""


@flow(name="measured", persist_result=False)
def measured(count: int) -> float:
    """Make some task runs and return the processor seconds that they cost this process."""
    before = time.process_time()
    for number in range(count):
        _as_task_run(Step.INSPECT, replace(LEASE, shard_id=number), _nothing)
    return time.process_time() - before


if __name__ == "__main__":
    print(measured(int(sys.argv[1])))
