"""The parts of a shard's containers: taken out, inspected, and stored like all content."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from catalogue import artefacts, inspections
from catalogue.expansions import Expansion
from catalogue.leases import Lease
from custody.artefact import Derivation, Location
from custody.digest import Digest
from custody.errors import ShardOutgrownError
from custody.names import to_base64
from custody.outcome import Inspection
from pipeline.settings import RunSettings
from pipeline.steps.contents import containers_of, looked_through
from pipeline.steps.expand import Container, Expander, NamedPart
from pipeline.steps.instruments import Instruments
from pipeline.wiring import Runtime
from storage.interface import Spooled
from storage.segments import MOST_BLOB, SegmentWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What was taken out of a shard's containers, durable in the vault and not yet committed.

    `parts` holds each container's; `new` says of which contents the catalogue has no inspection.
    """

    parts: Mapping[Digest, tuple[NamedPart, ...]] = field(default_factory=dict)
    located: Mapping[Digest, Location] = field(default_factory=dict)
    inspections: Mapping[Digest, Inspection] = field(default_factory=dict)
    new: frozenset[Digest] = frozenset()

    @property
    def expanded(self) -> frozenset[Digest]:
        """The containers that were taken apart."""
        return frozenset(
            digest
            for digest, own in self.parts.items()
            if any(named.part.how is Derivation.MEMBER for named in own)
        )

    @property
    def names(self) -> list[str]:
        """The names of all parts that have one, as they are kept with the details."""
        named = [part.untrusted_name for own in self.parts.values() for part in own]
        return [to_base64(name) for name in named if name]

    def rows(self, shard_id: int, first_line: int) -> list[tuple[Digest, Expansion]]:
        """Return every part with the line at which its name lies."""
        rows: list[tuple[Digest, Expansion]] = []
        line = first_line
        for digest, own in self.parts.items():
            for named in own:
                part = named.part
                if named.untrusted_name:
                    part = replace(part, name_shard=shard_id, name_line=line)
                    line += 1
                rows.append((digest, part))
        return rows


NOTHING_APART = Apart()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One time that a shard takes things apart.

    What comes out is stored under a `name` of the shard that is used once. What this shard took
    apart `before`, and stored, is not committed yet: it is not done again. `splits` says that the
    shard can be split, if that is too much for one.
    """

    name: str = "parts"
    before: Apart = NOTHING_APART
    splits: bool = False


FIRST_ROUND = Round()


def take_apart(
    runtime: Runtime,
    instruments: Instruments,
    lease: Lease,
    *,
    located: Mapping[Digest, Location],
    said: Mapping[Digest, Inspection],
    pause: Callable[[], None],
    this: Round = FIRST_ROUND,
) -> Apart:
    """Take apart those contents of a shard that are containers and were not taken apart before.

    Raises:
        ShardOutgrownError: it is too much, and nothing was kept.
        StoreError: the spool or the vault cannot be written.
        CanaryMissedError: a process of the box calls itself blind; this attempt is void.
    """
    wanted = containers_of(said)
    if not wanted:
        return NOTHING_APART
    profile = instruments.profile
    with runtime.catalogue.read() as connection:
        wanted -= looked_through(connection, wanted, profile)
    if not wanted:
        return NOTHING_APART
    with ExitStack() as opened:
        store = PartsStore(runtime, this.before.located)
        opened.callback(store.abandon)
        weighing = _Weighing(store, runtime.settings.run, splits=this.splits)
        expander = Expander(
            instruments.inspector,
            opened.enter_context(instruments.box.session()),
            keep=weighing.keep,
            known=lambda d: d in this.before.expanded or _is_done(runtime, d, profile),
            pause=pause,
        )
        for digest in sorted(wanted):
            _expand(runtime, expander, located[digest], said[digest].media_type)
        taken = expander.taken
        stored = store.store(f"{lease.run_id}-{lease.shard_id}-{lease.epoch}-{this.name}")
    with runtime.catalogue.read() as connection:
        judged = inspections.known(connection, taken.inspections, profile)
    return Apart(
        parts=taken.parts,
        located=stored,
        inspections=taken.inspections,
        new=frozenset(taken.inspections.keys() - judged.keys() - said.keys()),
    )


def _is_done(runtime: Runtime, digest: Digest, profile: Digest) -> bool:
    with runtime.catalogue.read() as connection:
        return bool(looked_through(connection, {digest}, profile))


def _expand(runtime: Runtime, expander: Expander, at: Location, media_type: str) -> None:
    with runtime.vault.open_for_inspection(at) as opened:
        expander.expand(
            Container(digest=at.digest, content=opened.content, size=at.size, media_type=media_type)
        )


class _Weighing:
    """Keeps parts, as long as they are not too many for one shard or the shard is one entry."""

    def __init__(self, store: "PartsStore", run: RunSettings, *, splits: bool) -> None:
        self._store = store
        self._parts = run.shard_parts
        self._bytes = run.shard_part_bytes
        self._splits = splits

    def keep(self, digest: Digest, content: bytes) -> None:
        """Keep a part.

        Raises:
            ShardOutgrownError: it is one too many.
        """
        self._parts -= 1
        self._bytes -= len(content)
        if self._splits and (self._parts < 0 or self._bytes < 0):
            raise ShardOutgrownError("holds more in its containers than one shard works on")
        self._store.keep(digest, content)


class PartsStore:
    """Gathers parts on their way into the vault; what the vault has is not stored again.

    `there` lies in it already, though the catalogue may not know that yet.
    """

    def __init__(self, runtime: Runtime, there: Mapping[Digest, Location] | None = None) -> None:
        self._runtime = runtime
        self._there = there or {}
        self._segment = SegmentWriter(runtime.spool)
        self._large: dict[Digest, Spooled] = {}
        self._present: dict[Digest, Location] = {}
        self._seen: set[Digest] = set()
        self._open = True

    def keep(self, digest: Digest, content: bytes) -> None:
        """Spool a part, unless it is here or in the vault."""
        if not self._is_new(digest):
            return
        if len(content) <= MOST_BLOB:
            self._segment.add(content, digest)
        else:
            self._large[digest] = self._spooled(content)

    def keep_spooled(self, spooled: Spooled) -> Digest:
        """Take over bytes that are spooled, unless they are here or in the vault."""
        digest = spooled.digest
        if isinstance(spooled.content, bytes):
            self._runtime.spool.discard(spooled)
            self.keep(digest, spooled.content)
        elif self._is_new(digest):
            self._large[digest] = spooled
        else:
            self._runtime.spool.discard(spooled)
        return digest

    def store(self, name: str) -> dict[Digest, Location]:
        """Store everything durably under a name of its own, and return where all parts lie."""
        self._open = False
        stored = self._runtime.vault.store_shard(name, self._segment, self._large.values())
        return {**self._present, **stored}

    def abandon(self) -> None:
        """Drop what was not stored."""
        if self._open:
            self._segment.abandon()
            _abandon(self._runtime, self._large.values())

    def _is_new(self, digest: Digest) -> bool:
        """Whether nothing is kept of a content yet; the vault's own place is remembered."""
        if digest in self._seen:
            return False
        self._seen.add(digest)
        there = self._there.get(digest)
        if there is None:
            with self._runtime.catalogue.read() as connection:
                there = artefacts.locate(connection, digest)
        if there is not None:
            self._present[digest] = there
        return there is None

    def _spooled(self, content: bytes) -> Spooled:
        file = self._runtime.spool.file()
        with ExitStack() as undo:
            undo.callback(file.abandon)
            file.write(content)
            undo.pop_all()
        return file.finish()


def _abandon(runtime: Runtime, spooled: Iterable[Spooled]) -> None:
    for each in spooled:
        runtime.spool.abandon(each)
