"""The main job as Prefect flows: one task run a shard, registered ids as parameters, nothing else.

Prefect shows what runs; it is never asked where a run stands. `recover` does a run and calls others
in when it is large; `drain` is such a helper, on this machine or another, and only the catalogue's
leases keep them apart.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Annotated

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from pydantic import Field

from catalogue import sources
from catalogue.leases import Lease
from catalogue.shards import Step
from custody.box import Json
from custody.errors import AutoclaveError, UnavailableError, UsageError
from custody.source import Source
from flows.api import Api
from flows.conducting import FlowFailedError, conduct
from flows.deployments import DRAIN
from flows.in_force import Way
from flows.own import own_api, own_flow_run
from flows.runs import (
    ACTIVE,
    WAITING,
    add_tags,
    cancel,
    drain_tag_of,
    tag_of,
    tagged,
    trigger,
    wave_tag_of,
)
from flows.showing import show_result, shown
from pipeline.recover import Recovery
from pipeline.settings import Settings, read_settings
from pipeline.start import Request, request_of
from pipeline.wiring import Runtime, open_runtime
from pipeline.worker import join

logger = logging.getLogger(__name__)

# What is typed into a form is stored in clear: an id has no room for a path or a sentence.
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


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
        raise FlowFailedError(f"{step} shard {shard_id}: {type(error).__name__}") from None
    done.result()


@flow(name="recover", retries=0, persist_result=False, log_prints=False)
def recover_flow(
    source_ids: list[Id] | None = None, run_id: Id | None = None
) -> dict[str, Json] | State:
    """Recover registered sources: those named, those of a run that was begun, or all of them."""
    return conduct(partial(_recover, source_ids or [], run_id))


@flow(name="drain", retries=0, persist_result=False, log_prints=False)
def drain_flow(run_id: Id) -> dict[str, Json] | State:
    """Help with the shards of a run that is under way."""
    return conduct(partial(_drain, run_id))


def _recover(source_ids: list[str], run_id: str | None, stop: threading.Event) -> dict[str, Json]:
    settings = read_settings(None)
    with open_runtime(settings) as runtime, shown(runtime, stop) as show:
        asked = request_of(runtime, run_id) if run_id else _request(runtime, source_ids)

        def watch(begun: str) -> None:
            show.begin(begun)
            with _not_needed("tags"):
                add_tags(own_api(), own_flow_run(), [tag_of(begun)])

        result = Recovery(
            runtime=runtime,
            request=asked,
            stop=stop,
            watch=watch,
            around=_as_task_run,
            helped=partial(_helped, settings),
            entered=_entered,
        ).run()
    show_result(result)
    return result.as_json()


def _entered(wave: int) -> None:
    """Tag the flow run with the wave that it begins, so that Prefect's pages can tell."""
    with _not_needed("tags"):
        add_tags(own_api(), own_flow_run(), [wave_tag_of(wave)])


def _drain(run_id: str, stop: threading.Event) -> dict[str, Json]:
    settings = read_settings(None)
    with open_runtime(settings) as runtime, shown(runtime, stop):
        try:
            request_of(runtime, run_id)
        except UsageError:
            return {"late": True}
        return dict(join(settings, run_id, stop, around=_as_task_run))


@contextmanager
def _helped(settings: Settings, run_id: str) -> Iterator[None]:
    """Call other workers in; those that did not begin in time need not, and a failure ends all."""
    api, tag = own_api(), drain_tag_of(run_id)
    with _not_needed("help"):
        for _ in range(_helpers(settings)):
            trigger(api, DRAIN.full_name, {"run_id": run_id}, [tag])
    with ExitStack() as ending:
        ending.callback(_dismiss, api, tag, ACTIVE)
        yield
        ending.pop_all()
    _dismiss(api, tag, WAITING)


def _dismiss(api: Api, tag: str, states: Sequence[str]) -> None:
    with _not_needed("dismissal"):
        for each in tagged(api, tag, states):
            cancel(api, each)


@contextmanager
def _not_needed(what: str) -> Iterator[None]:
    """Do without what a server gives that is away: the run itself stands in the catalogue."""
    try:
        yield
    except UnavailableError as error:
        logger.warning("without %s of Prefect: %s", what, error.reason)


def _helpers(settings: Settings) -> int:
    """How many others a large run asks for: this machine's workers, or what the fleet is to give.

    Who is asked for and finds no room waits, and is not missed.
    """
    fleet = settings.orchestrator.kind == Way.FLEET.value
    return settings.orchestrator.drains if fleet else settings.run.workers - 1


def _as_task_run(step: Step, lease: Lease, work: Callable[[], None]) -> None:
    _waiting.put(step, lease, work)
    shard_task(step.value, lease.shard_id)


def _request(runtime: Runtime, source_ids: list[str]) -> Request:
    if source_ids:
        return Request(sources=tuple(_registered(runtime, each) for each in source_ids))
    with runtime.catalogue.read() as connection:
        known = sources.all_sources(connection)
    if not known:
        raise UsageError(
            "no source is registered", next_step="register one with `autoclave source add`"
        )
    return Request(sources=tuple(known))


def _registered(runtime: Runtime, source_id: str) -> Source:
    with runtime.catalogue.read() as connection:
        source = sources.get(connection, source_id)
    if source is None:
        raise UsageError(
            f"source {source_id} is not registered", next_step="see `autoclave source list`"
        )
    return source
