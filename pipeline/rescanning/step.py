"""The step of a re-scan: the contents of one shard under the instruments in force now.

Where only rules changed, only those are run; what they say nothing about is carried over as it was.
Everything else is inspected whole, as if it had come today. All of it is committed in one
transaction with the event that names its manifest; no entry is moved here.
"""

from collections.abc import Callable

from catalogue import artefacts, carrying, leases, rescans
from catalogue import sources as source_rows
from catalogue.carrying import Between
from catalogue.leases import Lease
from catalogue.rescans import Rescan
from catalogue.runs import of_inventory
from catalogue.shards import Step
from custody.box import Json
from pipeline.names import sealed_json
from pipeline.recording import Recorder
from pipeline.rescanning.changes import Changes
from pipeline.rescanning.looking import Carry, Looking
from pipeline.rescanning.whole import Whole, WholeStep
from pipeline.selecting import declared_of
from pipeline.steps.indexing import told_of
from pipeline.steps.instruments import Instruments
from pipeline.steps.intake import Fetched
from pipeline.steps.shard_view import nameless, shard_view
from pipeline.wiring import Runtime


class RescanStep:
    """Looks again at the contents of shards."""

    def __init__(
        self, runtime: Runtime, rescan: Rescan, instruments: Instruments, changes: Changes
    ) -> None:
        self._runtime = runtime
        self._rescan = rescan
        self._with = instruments
        self._looking = Looking(runtime, changes)
        self._recorder = Recorder(runtime=runtime, case="", run_id=rescan.rescan_id)

    def work(self, lease: Lease, pause: Callable[[], None]) -> None:
        """Look again at what a lease covers.

        Raises:
            StoreError, CatalogueError, SandboxError: the step cannot go on.
            CanaryMissedError: a process calls itself blind; this attempt is void.
            LeaseLostError: another owner took the shard over; nothing of this attempt remains.
        """
        fetched = self._fetched(lease)
        carry = self._looking.look(fetched, pause)
        left = [f for f in fetched if carry.leaves(f)]
        step = self._whole_step(lease)
        self._commit(lease, carry, step, step.inspect(lease, left, pause))

    def _fetched(self, lease: Lease) -> list[Fetched]:
        """Return every entry of the shard that has a content, with its place in the vault."""
        with self._runtime.catalogue.read() as connection:
            view = shard_view(connection, self._runtime.names, lease.entries_shard)
            every = (*view.named, *map(nameless, view.erased))
            named = [n for n in every if n.entry.digest is not None]
            digests = {n.entry.digest for n in named if n.entry.digest is not None}
            located = artefacts.known(connection, digests)
        return [
            Fetched(named=n, digest=digest, location=located[digest])
            for n in sorted(named, key=lambda n: n.entry.ordinal)
            if (digest := n.entry.digest) is not None
        ]

    def _whole_step(self, lease: Lease) -> WholeStep:
        with self._runtime.catalogue.read() as connection:
            run = of_inventory(connection, lease.inventory_id)
            source = source_rows.of_run(connection, run.run_id)[lease.inventory_id]
        keys = {lease.inventory_id: self._runtime.keys.naming(source.case, source.host)}
        declared = declared_of(self._runtime, run.options)
        return WholeStep(self._runtime, self._recorder, self._with, keys, declared)

    def _commit(self, lease: Lease, carry: Carry, step: WholeStep, whole: Whole) -> None:
        target = self._with.profile
        lines = [*carry.lines(), *whole.lines]
        if not lines:
            with self._runtime.catalogue.write() as connection:
                leases.finish(connection, lease, self._runtime.clock())
            return
        body: dict[str, Json] = {
            "of": lease.entries_shard,
            "entries": lease.entries,
            "bytes": lease.size,
            "profile": target,
            "paths": None,
            "details": None if whole.sealed is None else sealed_json(whole.sealed),
            **told_of(whole.whom),
        }
        recorded = self._recorder.store(Step.RESCAN, lease.shard_id, lines, body)
        with self._runtime.catalogue.write() as connection:
            now = recorded.event.at
            leases.finish(connection, lease, now)
            for old, contents, named in carry.by_profile():
                between = Between(old=old, new=target, shard_id=lease.shard_id, at=now)
                carrying.contents(connection, contents, between)
                carrying.names(connection, named, between)
            step.write(connection, lease, whole, now)
            rescans.add_changed(connection, self._rescan.rescan_id, whole.anew)
            self._recorder.commit(connection, recorded)
