"""The main job: list, inspect, assess, promote and reconcile sources; it resumes by itself."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial

from catalogue import shards
from catalogue.inventories import InventoryState
from catalogue.shards import Step
from custody.source import Source
from pipeline.readers import open_sources
from pipeline.recording import Recorder
from pipeline.result import RunResult
from pipeline.source_locks import recovering
from pipeline.start import ActiveRun, Request, begin
from pipeline.steps.derogated import granted_by
from pipeline.steps.drain import Around, directly
from pipeline.steps.instruments import Instruments, OnDemandBox, open_inspector, policy_in_force
from pipeline.steps.inventory import Lister
from pipeline.steps.reconcile import Reconciled, reconcile
from pipeline.steps.sequence import drain_all, pause, steps_of
from pipeline.wiring import Runtime
from pipeline.workers import drain_together
from quarantine.interface import SourceReader
from sanitizers.inspection import Inspector

Watch = Callable[[str], None]
# Calls others in to work on a run, and ends when they may go.
Helped = Callable[[str], AbstractContextManager[None]]


def _ignore(_run_id: str) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One execution of the main job: how to stop it, and who is told which run it is.

    An orchestrator puts its own words around each shard, and calls others in for a large run.
    """

    runtime: Runtime
    request: Request
    stop: threading.Event
    watch: Watch = _ignore
    around: Around = directly
    helped: Helped | None = None

    def run(self) -> RunResult:
        """Run or resume the main job over the requested sources.

        Raises:
            SourceError: a source is empty, changed or cannot be read.
            RefusedError: policy, rules, box or ledger refuse.
            UnavailableError: a store or the catalogue fails; the same command goes on later.
            InterruptedRunError: it was asked to stop.
        """
        started = time.monotonic()
        inspector = open_inspector(self.runtime, unsafe=self.request.unsafe)
        with ExitStack() as opened:
            opened.enter_context(
                recovering(self.runtime.home, self.runtime.catalogue, self.request.sources)
            )
            readers = open_sources(opened, self.runtime.settings, self.request.sources)
            box = opened.enter_context(OnDemandBox(inspector, self.runtime.settings.run.workers))
            active = begin(self.runtime, self.request, inspector)
            self.watch(active.run.run_id)
            self._list(active, readers)
            listed = time.monotonic() - started
            steps = self._drain(active, inspector, box, readers)
            found = reconcile(self.runtime, active.run)
        spent = {"list": listed, **steps, "all": time.monotonic() - started}
        return self._result(active, found, inspector, spent)

    def _list(self, active: ActiveRun, readers: Sequence[SourceReader]) -> None:
        recorder = self._recorder(active)
        stopping = partial(pause, self.stop)
        for source, inventory, reader in zip(
            self.request.sources, active.inventories, readers, strict=True
        ):
            if inventory.state is InventoryState.LISTING:
                lister = Lister(self.runtime, recorder, source)
                lister.list(inventory.inventory_id, reader, self.request.selection, stopping)
        self.runtime.ledger.publish()

    def _drain(
        self,
        active: ActiveRun,
        inspector: Inspector,
        box: OnDemandBox,
        readers: Sequence[SourceReader],
    ) -> dict[str, float]:
        workers = self.runtime.settings.run.workers
        large = self._is_large(active)
        if workers > 1 and self.around is directly and large:
            return drain_together(
                self.runtime.home.root,
                active.run.run_id,
                count=workers,
                unsafe=self.request.unsafe,
                stop=self.stop,
            )
        by_inventory = {i.inventory_id: r for i, r in zip(active.inventories, readers, strict=True)}
        instruments = Instruments(inspector=inspector, box=box, readers=by_inventory)
        runtime = self.runtime
        with ExitStack() as others:
            if self.helped is not None and large:
                others.enter_context(self.helped(active.run.run_id))
                runtime = _alone(runtime)
            declared = self.request.selection.declared
            steps = steps_of(runtime, active.run, instruments, self._sources(active), declared)
            return drain_all(runtime, active.run.run_id, steps, self.stop, self.around)

    def _is_large(self, active: ActiveRun) -> bool:
        """Whether there are shards enough that processes of their own are worth their start."""
        found = progress_of(self.runtime, active.run.run_id)
        return found[Step.INSPECT].shards > self.runtime.settings.run.workers

    def _sources(self, active: ActiveRun) -> dict[int, Source]:
        pairs = zip(active.inventories, self.request.sources, strict=True)
        return {inventory.inventory_id: source for inventory, source in pairs}

    def _recorder(self, active: ActiveRun) -> Recorder:
        run = active.run
        return Recorder(runtime=self.runtime, case=run.case_id, run_id=run.run_id)

    def _result(
        self,
        active: ActiveRun,
        found: Reconciled,
        inspector: Inspector,
        spent: Mapping[str, float],
    ) -> RunResult:
        return result_of(
            self.runtime, active.run.run_id, found, spent, sandboxed=inspector.sandboxed
        )


def result_of(
    runtime: Runtime,
    run_id: str,
    found: Reconciled,
    spent: Mapping[str, float],
    *,
    sandboxed: bool = True,
) -> RunResult:
    """Return what a run came to; `spent` has the seconds of each step, and of `all`."""
    now = runtime.ledger.now()
    with runtime.catalogue.read() as connection:
        derogations = granted_by(connection, policy_in_force(runtime).digest)
    return RunResult(
        run_id=run_id,
        equation=found.equation,
        verdicts=found.verdicts,
        not_taken=found.not_taken,
        unexpected=found.unexpected,
        derived={
            "members": found.members,
            "disarmed": found.disarmed,
            "split": found.split,
        },
        records=found.records_json,
        bytes=found.bytes,
        seconds=spent["all"],
        steps={name: spent[name] for name in spent if name != "all"},
        ledger_size=runtime.ledger.size,
        ledger_root=runtime.ledger.root,
        sandboxed=sandboxed,
        derogations=tuple(each.as_json(now) for each in derogations),
    )


def _alone(runtime: Runtime) -> Runtime:
    """Return the same home for one thread of work: others have the machine's other cores."""
    settings = runtime.settings
    return replace(runtime, settings=replace(settings, run=replace(settings.run, workers=1)))


def progress_of(runtime: Runtime, run_id: str) -> Mapping[Step, shards.Progress]:
    """Return how far each step of a run is, from the catalogue: any process may ask."""
    with runtime.catalogue.read() as connection:
        return shards.progress(connection, run_id)
