"""Begins a run over registered sources, or goes on with the one that was cut short."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import cases, inventories, profiles, runs, sources
from catalogue.inventories import StoredInventory
from catalogue.runs import Run, RunState
from custody.box import Json
from custody.errors import PolicyError, UsageError
from custody.ids import new_id
from custody.source import Source
from pipeline.recording import Recorder
from pipeline.selecting import read_selection, write_selection
from pipeline.steps.inventory import Selection
from pipeline.wiring import Runtime
from sanitizers.inspection import Inspector


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a run: its sources, what to leave out, and whether no lock will do.

    `run_id` names the run to go on with, where no other will do.
    """

    sources: tuple[Source, ...]
    selection: Selection = field(default_factory=Selection)
    unsafe: bool = False
    run_id: str = ""

    def __post_init__(self) -> None:
        if len({source.case for source in self.sources}) != 1:
            raise UsageError(
                "a run works on the sources of one case", next_step="name sources of one case"
            )

    @property
    def case(self) -> str:
        """The case of all sources."""
        return self.sources[0].case


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRun:
    """A run that is being worked on, and its inventories by the order of its sources."""

    run: Run
    inventories: tuple[StoredInventory, ...]
    resumed: bool


def begin(runtime: Runtime, request: Request, inspector: Inspector) -> ActiveRun:
    """Return the unfinished run over exactly these sources, or a new one.

    A run that was begun with other rules, policy or globs is ended: its verdicts would not fit.

    Raises:
        PolicyError: the run that was asked for is not one to go on with.
    """
    ids = [source.source_id for source in request.sources]
    with runtime.catalogue.write() as connection:
        found = runs.unfinished(connection, ids)
        _check_asked_for(runtime, found, request, inspector)
        if found is not None and _same(runtime, found, request, inspector):
            begun = _in_order(connection, found, ids)
            return ActiveRun(run=found, inventories=begun, resumed=True)
        if found is not None:
            _abandon(connection, runtime, found)
        return _start(connection, runtime, request, inspector)


def request_of(runtime: Runtime, run_id: str) -> Request:
    """Return what was asked of a run that was begun.

    Raises:
        UsageError: there is no such run, it ended, or what it leaves out was erased.
    """
    with runtime.catalogue.read() as connection:
        run = runs.get(connection, run_id)
        owners = sources.of_run(connection, run_id)
    if run is None or run.state is not RunState.RUNNING:
        raise UsageError(
            f"run {run_id} is not under way", next_step="begin one with `autoclave recover`"
        )
    selection = read_selection(runtime, run.options)
    if selection is None:
        raise UsageError(
            f"what run {run_id} leaves out is not known any more: its words were erased or changed",
            next_step="run `autoclave recover` again with the same globs",
        )
    return Request(sources=tuple(owners.values()), selection=selection, run_id=run_id)


def is_asked_for(runtime: Runtime, run: Run, request: Request) -> bool:
    """Whether a run was begun with the globs of a request."""
    return read_selection(runtime, run.options) == request.selection


def _check_asked_for(
    runtime: Runtime, found: Run | None, request: Request, inspector: Inspector
) -> None:
    if not request.run_id:
        return
    other = found is None or found.run_id != request.run_id
    if found is None or other or not _same(runtime, found, request, inspector):
        raise PolicyError(
            f"the rules, the policy or the sources changed since run {request.run_id} began",
            next_step="run `autoclave recover` again: it begins a run with the new ones",
        )


def _same(runtime: Runtime, run: Run, request: Request, inspector: Inspector) -> bool:
    instruments = (inspector.policy.digest, inspector.profile.digest)
    return (run.policy, run.profile) == instruments and is_asked_for(runtime, run, request)


def _start(
    connection: sa.Connection, runtime: Runtime, request: Request, inspector: Inspector
) -> ActiveRun:
    now = runtime.clock()
    profile = inspector.profile
    run_id = new_id(now, os.urandom(10))
    run = Run(
        run_id=run_id,
        case_id=request.case,
        policy=inspector.policy.digest,
        profile=profile.digest,
        options=write_selection(runtime, run_id, request.sources, request.selection),
        started_at=now,
    )
    runs.start(connection, run)
    profiles.add(connection, profile, now)
    for source in request.sources:
        snapshot_id = _register(connection, runtime, _in_wave(connection, source), now)
        inventories.begin(connection, run.run_id, source.source_id, snapshot_id)
    begun = _in_order(connection, run, [source.source_id for source in request.sources])
    _record_start(connection, runtime, run, begun, profile.encode())
    return ActiveRun(run=run, inventories=begun, resumed=False)


def _in_wave(connection: sa.Connection, source: Source) -> Source:
    """Return a source in the wave where it stands now: somebody may have moved it since."""
    known = sources.get(connection, source.source_id)
    return source if known is None else replace(source, wave=known.wave)


def _in_order(
    connection: sa.Connection, run: Run, source_ids: Sequence[str]
) -> tuple[StoredInventory, ...]:
    """Return the inventories in the order of the request: each is read from its own source.

    An unfinished run may have been begun with its sources named in another order.
    """
    begun = {each.source_id: each for each in inventories.of_run(connection, run.run_id)}
    return tuple(begun[source_id] for source_id in source_ids)


def _record_start(
    connection: sa.Connection,
    runtime: Runtime,
    run: Run,
    begun: Sequence[StoredInventory],
    profile: bytes,
) -> None:
    recorder = Recorder(runtime=runtime, case=run.case_id, run_id=run.run_id)
    subject = {
        "sources": [inventory.source_id for inventory in begun],
        "inventories": [inventory.inventory_id for inventory in begun],
        "snapshots": [inventory.snapshot_id for inventory in begun],
    }
    body = {
        "policy": run.policy,
        "profile": run.profile,
        "instruments": profile.decode(),
        "options": dict(run.options),
    }
    kind = EventType.RUN_STARTED
    event = recorder.event(kind, subject=subject, body=body, at=run.started_at)
    runtime.ledger.record(connection, event)


def _abandon(connection: sa.Connection, runtime: Runtime, run: Run) -> None:
    """End a run that nobody will go on with, on the record."""
    recorder = Recorder(runtime=runtime, case=run.case_id, run_id=run.run_id)
    body = {"state": RunState.FAILED.value, "reason": "begun with other rules, policy or globs"}
    event = recorder.event(EventType.RUN_FINISHED, body=body)
    runs.finish(connection, run.run_id, RunState.FAILED, event.at)
    runtime.ledger.record(connection, event)


def register(runtime: Runtime, source: Source) -> None:
    """Register a source and open its case, on the record."""
    with runtime.catalogue.write() as connection:
        _register(connection, runtime, source, runtime.clock())


def enter_wave(runtime: Runtime, source_ids: Sequence[str], wave: int) -> list[Source]:
    """Put registered sources into a wave, on the record; what is open of them moves with it.

    Raises:
        RuntimeError: one of them is not registered.
    """
    found: list[Source] = []
    with runtime.catalogue.write() as connection:
        for source_id in source_ids:
            known = sources.get(connection, source_id)
            if known is None:
                raise RuntimeError(f"source {source_id} is not registered")
            found.append(replace(known, wave=wave))
            _register(connection, runtime, found[-1], runtime.clock())
    runtime.ledger.publish()
    return found


def _register(connection: sa.Connection, runtime: Runtime, source: Source, now: datetime) -> int:
    """Register a source and return its snapshot; one that stands as it is needs no new event."""
    recorder = Recorder(runtime=runtime, case=source.case, run_id="")
    if cases.get(connection, source.case) is None:
        cases.open_case(connection, source.case, "attack", now)
        subject = {"case": source.case}
        event = recorder.event(
            EventType.CASE_OPENED, subject=subject, body={"kind": "attack"}, at=now
        )
        runtime.ledger.record(connection, event)
    known = sources.get(connection, source.source_id)
    snapshot_id = sources.register(connection, source, now)
    if known != source:
        registered = {**_registered(source), "snapshot": snapshot_id}
        event = recorder.event(EventType.SOURCE_REGISTERED, subject=registered, at=now)
        runtime.ledger.record(connection, event)
    return snapshot_id


def _registered(source: Source) -> dict[str, Json]:
    """Return what the ledger says of a source: enough to rebuild its row."""
    taken = source.snapshot_time
    return {
        "source": source.source_id,
        "site": source.site,
        "host": source.host,
        "service": source.service,
        "kind": source.kind.value,
        "location": source.location.hex(),
        "filesystem": source.identity.filesystem,
        "root": str(source.identity.root),
        "snapshot_time": taken.isoformat() if taken else None,
        "service_globs": [[glob.pattern, glob.service] for glob in source.service_globs],
        "volume": source.volume,
        "decryptor": source.decryptor,
        "wave": source.wave,
    }
