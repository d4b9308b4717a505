"""The three steps of a run, wired to one set of instruments, and drained in their order."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from audit.evidence import leaf_hash, root_of
from audit.receipts import LedgerReceiptVerifier
from catalogue import leases
from catalogue.runs import Run
from catalogue.shards import Step
from cleanzone.promotion import Gate
from custody.errors import InterruptedRunError
from custody.source import Source
from pipeline.recording import Recorder
from pipeline.steps.accepted import accepted_of
from pipeline.steps.assess import AssessStep
from pipeline.steps.declared import NOTHING_DECLARED, Declared
from pipeline.steps.drain import Around, Drain, StepWork, directly
from pipeline.steps.inspect import InspectStep
from pipeline.steps.instruments import Instruments
from pipeline.steps.promote import PromoteStep
from pipeline.steps.references import References
from pipeline.steps.studies import Studies
from pipeline.wiring import Runtime


class Steps:
    """The three steps of one run, wired to the same instruments."""

    def __init__(
        self,
        runtime: Runtime,
        recorder: Recorder,
        instruments: Instruments,
        sources: Mapping[int, Source],
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        keys = {i: runtime.keys.naming(s.case, s.host) for i, s in sources.items()}
        gate = Gate(
            runtime.clean,
            LedgerReceiptVerifier(runtime.ledger.key),
            lambda lines: root_of(map(leaf_hash, lines)).hex(),
            runtime.outgoing.discard,
        )
        with runtime.catalogue.read() as connection:
            accepted = accepted_of(connection, sources, runtime.ledger.now())
        self.inspect = InspectStep(
            runtime, recorder, instruments, keys, declared, accepted=accepted
        )
        references = References(runtime, instruments, declared)
        studies = Studies(runtime, instruments)
        self.assess = AssessStep(runtime, recorder, instruments.inspector, references, studies)
        self.promote = PromoteStep(runtime, recorder, gate)

    def works(self, pause: Callable[[], None]) -> tuple[StepWork, ...]:
        """Return what each step does with a lease, in the order of the steps."""
        return (
            StepWork(
                step=Step.INSPECT,
                work=lambda lease: self.inspect.work(lease, pause),
                give_up=self.inspect.give_up,
            ),
            StepWork(step=Step.ASSESS, work=lambda lease: self.assess.work(lease, pause)),
            StepWork(
                step=Step.PROMOTE,
                work=lambda lease: self.promote.work(lease, pause),
                give_up=self.promote.give_up,
            ),
        )


def steps_of(
    runtime: Runtime,
    run: Run,
    instruments: Instruments,
    sources: Mapping[int, Source],
    declared: Declared = NOTHING_DECLARED,
) -> Steps:
    """Return the steps of a run over the sources of its inventories, with declared contracts."""
    recorder = Recorder(runtime=runtime, case=run.case_id, run_id=run.run_id)
    return Steps(runtime, recorder, instruments, sources, declared)


def pause(stop: threading.Event) -> None:
    """Stop here when the run was asked to stop; called between entries.

    Raises:
        InterruptedRunError: it was.
    """
    if stop.is_set():
        raise InterruptedRunError("the run was stopped", next_step="run the same command again")


def drain_all(
    runtime: Runtime,
    run_id: str,
    steps: Steps,
    stop: threading.Event,
    around: Around = directly,
) -> dict[str, float]:
    """Drain what is listed of a run, wave by wave, and each wave through the three steps in order.

    A step begins when the one before it is done, and a wave when what is more urgent is done: so
    what care waits for is in the clean zone before the rest is looked at. Who takes a shard of a
    source that became more urgent meanwhile goes through the steps with that wave, and comes back.
    Returns the seconds that each step took.
    """
    works = steps.works(partial(pause, stop))
    seconds = {work.step.value: 0.0 for work in works}
    while (wave := _open_wave(runtime, run_id)) is not None:
        for work in works:
            begun = time.monotonic()
            drain = Drain(runtime, run_id, work, stop, around, wave=wave)
            drain.run()
            wave = min(wave, drain.wave or wave)
            seconds[work.step.value] += time.monotonic() - begun
    return seconds


def _open_wave(runtime: Runtime, run_id: str) -> int | None:
    with runtime.catalogue.read() as connection:
        return leases.open_wave(connection, run_id)
