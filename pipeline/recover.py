"""The main job: list, inspect, assess, promote and reconcile sources; it resumes by itself."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial

from catalogue import shards, waves
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
Entered = Callable[[int], None]
SPENT = ("list", *(step.value for step in (Step.INSPECT, Step.ASSESS, Step.PROMOTE)))
# Calls others in to work on a run, and ends when they may go.
Helped = Callable[[str], AbstractContextManager[None]]


def _ignore(_run_id: str) -> None:
    """Watch nothing."""


def _unheard(_wave: int) -> None:
    """Tell nobody which wave begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One execution of the main job: how to stop it, who is told which run it is and which wave.

    An orchestrator puts its own words around each shard, and calls others in for a large run.
    """

    runtime: Runtime
    request: Request
    stop: threading.Event
    watch: Watch = _ignore
    around: Around = directly
    helped: Helped | None = None
    entered: Entered = _unheard

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
            spent = dict.fromkeys(SPENT, 0.0) | {"list": time.monotonic() - started}
            for wave in self._waves(active.run.run_id):
                begun = time.monotonic()
                self._list(active, readers, wave)
                spent["list"] += time.monotonic() - begun
                for step, seconds in self._drain(active, inspector, box, readers).items():
                    spent[step] += seconds
            found = reconcile(self.runtime, active.run)
        spent["all"] = time.monotonic() - started
        return self._result(active, found, inspector, spent)

    def _waves(self, run_id: str) -> Iterator[int]:
        """Yield the most urgent wave of which something is to be listed or worked on, until none.

        A source is listed when its wave's turn comes: so the images of a whole hospital do not
        stand between care and the few that it waits for.
        """
        while True:
            with self.runtime.catalogue.read() as connection:
                found = waves.next_of(connection, run_id)
            if found is None:
                return
            self.entered(found)
            yield found

    def _list(self, active: ActiveRun, readers: Sequence[SourceReader], wave: int) -> None:
        recorder = self._recorder(active)
        stopping = partial(pause, self.stop)
        with self.runtime.catalogue.read() as connection:
            wanted = waves.unlisted(connection, active.run.run_id, wave)
        for source, inventory, reader in zip(
            self.request.sources, active.inventories, readers, strict=True
        ):
            if inventory.inventory_id in wanted:
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
        found = progress_of(self.runtime, active.run.run_id).values()
        left = max((step.shards - step.shards_done for step in found), default=0)
        return left > self.runtime.settings.run.workers

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


def sources_in_turn(runtime: Runtime, run_id: str) -> int:
    """Return how many sources of a run are listed, or to be listed in the wave in hand."""
    with runtime.catalogue.read() as connection:
        return waves.sources_in_turn(connection, run_id)


def progress_of(runtime: Runtime, run_id: str) -> Mapping[Step, shards.Progress]:
    """Return how far each step of a run is, from the catalogue: any process may ask."""
    with runtime.catalogue.read() as connection:
        return shards.progress(connection, run_id)
