"""Brings the contents of a shard into the vault: what is new is stored, what is known is found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from catalogue import artefacts, entries
from catalogue.leases import Lease
from custody.artefact import Location
from custody.digest import Digest
from custody.entry import Entry
from custody.lifecycle import Stage
from pipeline.steps.shard_view import NamedEntry
from pipeline.wiring import Runtime
from quarantine.intake import NotTaken, Taken, take
from quarantine.interface import SourceReader
from storage.interface import Spooled
from storage.segments import SegmentWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An entry and where its content lies; `refusal` says why there is none.

    One that is given up was not refused by its source: every attempt at it failed.
    """

    named: NamedEntry
    digest: Digest | None = None
    location: Location | None = None
    refusal: str | None = None
    given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intake:
    """What was taken, by ordinal, and where the new contents were stored."""

    results: Mapping[int, Taken | NotTaken] = field(default_factory=dict)
    stored: Mapping[Digest, Location] = field(default_factory=dict)

    @property
    def digests(self) -> set[Digest]:
        """The contents that were taken."""
        return {r.digest for r in self.results.values() if isinstance(r, Taken)}


def fetch(
    runtime: Runtime,
    lease: Lease,
    reader: SourceReader | None,
    named: Sequence[NamedEntry],
    pause: Callable[[], None],
) -> list[Fetched]:
    """Return every entry of a shard with its content in the vault, durable but not yet committed.

    Raises:
        StoreError: the spool or the vault cannot be written.
        SourceError: the source cannot be read on.
        RuntimeError: entries are to be taken and there is no source to take them from.
    """
    listed = [n for n in named if n.entry.stage is Stage.LISTED]
    intake = _Intake()
    if listed:
        if reader is None:
            raise RuntimeError("listed entries are taken from a source")
        intake = _take(runtime, lease, reader, listed, pause)
    digests = intake.digests | {n.entry.digest for n in named if n.entry.digest is not None}
    with runtime.catalogue.read() as connection:
        # What the catalogue knows wins: the first copy is the one that was committed.
        located = {**intake.stored, **artefacts.known(connection, digests)}
    return [_fetched(n, intake.results.get(n.entry.ordinal), located) for n in named]


def _take(
    runtime: Runtime,
    lease: Lease,
    reader: SourceReader,
    listed: Sequence[NamedEntry],
    pause: Callable[[], None],
) -> _Intake:
    """Take a shard's files and store what the vault does not have, in one durable put."""
    known = _known_before(runtime, listed)
    segment = SegmentWriter(runtime.spool)
    with ExitStack() as undo:
        undo.callback(segment.abandon)
        source = _source_entries(listed, pause)
        taken = take(reader, source, segment, runtime.spool, known.__contains__)
        results = {n.entry.ordinal: r for n, r in zip(listed, taken, strict=True)}
        undo.pop_all()
    own = [r.stored for r in results.values() if isinstance(r, Taken)]
    large = {s.digest: s for s in own if isinstance(s, Spooled)}
    segment, large = _new_only(runtime, segment, large)
    name = f"{lease.run_id}-{lease.shard_id}-{lease.epoch}"
    stored = runtime.vault.store_shard(name, segment, large.values())
    return _Intake(results=results, stored=stored)


def _new_only(
    runtime: Runtime, segment: SegmentWriter, large: Mapping[Digest, Spooled]
) -> tuple[SegmentWriter, dict[Digest, Spooled]]:
    """Leave out what the vault has by now under any name: the same share may be at two sources."""
    with ExitStack() as undo:
        undo.callback(segment.abandon)
        undo.callback(_abandon, runtime, large.values())
        with runtime.catalogue.read() as connection:
            there = artefacts.known(connection, [*large, *(p.digest for p in segment.placements)])
        undo.pop_all()
    new = {digest: spooled for digest, spooled in large.items() if digest not in there}
    for digest in large.keys() - new.keys():
        runtime.spool.discard(large[digest])
    if any(p.digest in there for p in segment.placements):
        with ExitStack() as undo:
            undo.callback(_abandon, runtime, new.values())
            segment = segment.without(there)
            undo.pop_all()
    return segment, new


def _abandon(runtime: Runtime, spooled: Iterable[Spooled]) -> None:
    for each in spooled:
        runtime.spool.abandon(each)


def _known_before(runtime: Runtime, listed: Sequence[NamedEntry]) -> set[Digest]:
    """Return the contents that these names had in earlier runs, as far as the vault has them.

    A guess that is right spares a second copy; a wrong one costs nothing.
    """
    with runtime.catalogue.read() as connection:
        codes = [(n.entry.directory_key, n.entry.name_key) for n in listed]
        digests = entries.digests_of(connection, codes)
        return set(artefacts.known(connection, digests))


def _source_entries(listed: Sequence[NamedEntry], pause: Callable[[], None]) -> Iterator[Entry]:
    for n in listed:
        pause()
        entry = n.entry
        yield Entry(
            path=n.name.path,
            kind=entry.kind,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            mode=entry.mode,
            inode=entry.inode,
            links=entry.links,
        )


def _fetched(
    named: NamedEntry, result: Taken | NotTaken | None, located: Mapping[Digest, Location]
) -> Fetched:
    match result:
        case Taken(digest=digest):
            return Fetched(named=named, digest=digest, location=located[digest])
        case NotTaken(reason=reason):
            return Fetched(named=named, refusal=reason.value)
        case None if named.entry.digest is not None:
            digest = named.entry.digest
            return Fetched(named=named, digest=digest, location=located[digest])
        case None:
            return Fetched(named=named, refusal=named.entry.reason)
