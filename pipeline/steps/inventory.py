"""Lists a source into the catalogue, shard by shard, before the first byte is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from audit.event import EventType
from catalogue import entries as entry_rows
from catalogue import inventories, names, shards
from catalogue.entries import NewEntry
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.shards import Step
from custody import naming
from custody.entry import KIND_REASONS, Entry
from custody.errors import SourceEmptyError
from custody.lifecycle import Action, Stage, advance
from custody.names import parent
from custody.source import Source
from pipeline.keys import NamingKeys
from pipeline.names import Name, fresh_salts
from pipeline.recording import Recorder
from pipeline.steps.declared import NOTHING_DECLARED, Declared
from pipeline.wiring import Runtime
from quarantine.interface import SourceReader
from quarantine.planning import PlanLimits, PlannedShard, plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The operator's globs over whole paths; what they leave out is counted as excluded.

    `declared` are the contracts of records, for the paths of their globs.
    """

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    declared: Declared = NOTHING_DECLARED

    def excludes(self, path: bytes) -> bool:
        """Whether an entry is left out."""
        text = path.decode("utf-8", "surrogateescape")
        if self.only and not any(fnmatchcase(text, glob) for glob in self.only):
            return True
        return any(fnmatchcase(text, glob) for glob in self.exclude)


class Lister:
    """Stores the inventory of one source in a run."""

    def __init__(self, runtime: Runtime, recorder: Recorder, source: Source) -> None:
        self._runtime = runtime
        self._recorder = recorder
        self._source = source
        self._keys: NamingKeys = runtime.keys.naming(source.case, source.host)

    def list(
        self,
        inventory_id: int,
        reader: SourceReader,
        selection: Selection,
        pause: Callable[[], None],
    ) -> None:
        """List the source whole; a listing that was cut short is begun again.

        Raises:
            SourceEmptyError: nothing is listed.
            SourceError: the source cannot be read.
        """
        with self._runtime.catalogue.write() as connection:
            inventories.discard(connection, inventory_id)
        run = self._runtime.settings.run
        listed = size = 0
        limits = PlanLimits(
            most_entries=run.shard_entries, most_bytes=run.shard_bytes, large=run.large_bytes
        )
        for number, shard in enumerate(plan(reader.walk(), limits)):
            pause()
            self._store_shard(inventory_id, number, shard, selection)
            listed += len(shard.entries)
            size += shard.bytes
        if not listed:
            raise SourceEmptyError(
                f"source {self._source.source_id} lists no entry",
                next_step="check that it is mounted and that this is the right folder",
            )
        self._complete(inventory_id, listed, size)

    def _store_shard(
        self, inventory_id: int, number: int, shard: PlannedShard, selection: Selection
    ) -> None:
        salts = fresh_salts(len(shard.entries))
        book = {
            n: Name(path=entry.path, salt=salt)
            for n, (entry, salt) in enumerate(zip(shard.entries, salts, strict=True))
        }
        key = f"{self._recorder.run_id}/{inventory_id}-{number}.paths"
        sealed = self._runtime.names.write_names(key, self._keys, book)
        rows = [self._row(n, entry, selection) for n, entry in enumerate(shard.entries)]
        self._commit(inventory_id, shard, rows, sealed)

    def _commit(
        self, inventory_id: int, shard: PlannedShard, rows: Sequence[NewEntry], sealed: SealedObject
    ) -> None:
        with self._runtime.catalogue.write() as connection:
            shard_id = shards.add(
                connection,
                run_id=self._recorder.run_id,
                inventory_id=inventory_id,
                step=Step.INSPECT,
                lane=shard.lane.value,
                entries=len(rows),
                size=shard.bytes,
            )
            entry_rows.add(connection, inventory_id, shard_id, rows)
            stored = NamesObject(shard_id=shard_id, kind=NamesKind.PATHS, sealed=sealed)
            names.put(connection, stored)

    def _row(self, ordinal: int, entry: Entry, selection: Selection) -> NewEntry:
        stage, reason = _first_stage(entry, excluded=selection.excludes(entry.path))
        return NewEntry(
            ordinal=ordinal,
            name_key=naming.name_key(self._keys.coding, entry.path),
            directory_key=naming.directory_key(self._keys.coding, parent(entry.path)),
            service=self._source.service_of(entry.path),
            kind=entry.kind,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            mode=entry.mode,
            inode=entry.inode,
            links=entry.links,
            stage=stage,
            reason=reason,
        )

    def _complete(self, inventory_id: int, listed: int, size: int) -> None:
        subject = {"source": self._source.source_id, "inventory": inventory_id}
        body = {"listed": listed, "bytes": size}
        event = self._recorder.event(EventType.INVENTORY_COMPLETED, subject=subject, body=body)
        with self._runtime.catalogue.write() as connection:
            inventories.complete(connection, inventory_id, listed, size)
            shards.add(
                connection,
                run_id=self._recorder.run_id,
                inventory_id=inventory_id,
                step=Step.ASSESS,
                lane="group",
                entries=listed,
                size=size,
            )
            self._runtime.ledger.record(connection, event)


def _first_stage(entry: Entry, *, excluded: bool) -> tuple[Stage, str | None]:
    if excluded:
        return advance(Stage.LISTED, Action.EXCLUDE), None
    if entry.kind in KIND_REASONS:
        return advance(Stage.LISTED, Action.SKIP), KIND_REASONS[entry.kind].value
    return Stage.LISTED, None
