"""The main job as a Prefect flow: one task run a shard, registered ids as parameters, nothing else.

Prefect shows what runs; it is never asked where a run stands. Its states hold type names only: an
error's own words could hold a name from a hostile disk.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from catalogue import sources
from catalogue.leases import Lease
from catalogue.shards import Step
from custody.box import Json
from custody.errors import AutoclaveError, UsageError
from custody.source import Source
from pipeline.recover import Recovery
from pipeline.settings import read_settings
from pipeline.start import Request
from pipeline.wiring import Runtime, open_runtime


class ShardFailedError(AutoclaveError):
    """A shard failed for a reason whose text must not reach Prefect."""


class _Waiting:
    """Work that a task run will pick up by its step and shard: closures are no parameters."""

    def __init__(self) -> None:
        self._work: dict[tuple[str, int], Callable[[], None]] = {}

    def put(self, step: Step, lease: Lease, work: Callable[[], None]) -> None:
        self._work[step.value, lease.shard_id] = work

    def take(self, step: str, shard_id: int) -> Callable[[], None]:
        return self._work.pop((step, shard_id))


_waiting = _Waiting()


@task(
    name="shard",
    task_run_name="{step}-{shard_id}",
    retries=0,
    persist_result=False,
    cache_policy=NO_CACHE,
    log_prints=False,
)
def shard_task(step: str, shard_id: int) -> None:
    """Work on one leased shard; attempts are counted in the catalogue, so nothing retries here."""
    work = _waiting.take(step, shard_id)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
    error = done.exception()
    if error is not None and not isinstance(error, AutoclaveError):
        raise ShardFailedError(f"{step} shard {shard_id}: {type(error).__name__}") from None
    done.result()


@flow(name="recover", retries=0, persist_result=False, log_prints=False)
def recover_flow(source_ids: list[str]) -> dict[str, Json]:
    """Recover registered sources of this home and return the numbers of the run."""
    with open_runtime(read_settings(None)) as runtime:
        request = Request(sources=tuple(_registered(runtime, s) for s in source_ids))
        recovery = Recovery(
            runtime=runtime, request=request, stop=threading.Event(), around=_as_task_run
        )
        return recovery.run().as_json()


def _as_task_run(step: Step, lease: Lease, work: Callable[[], None]) -> None:
    _waiting.put(step, lease, work)
    shard_task(step.value, lease.shard_id)


def _registered(runtime: Runtime, source_id: str) -> Source:
    with runtime.catalogue.read() as connection:
        source = sources.get(connection, source_id)
    if source is None:
        raise UsageError(
            f"source {source_id} is not registered", next_step="see `autoclave source list`"
        )
    return source
