"""The plan of a restore: the last clean version of every path, or why nothing comes back.

Nothing is changed by it. Paths are walked from the newest snapshot to the oldest, shard by shard,
so that memory is bounded by a shard and the number of snapshots.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from catalogue import references, shards, sources, versions, views
from catalogue.cases import Case
from catalogue.entries import StoredEntry
from catalogue.runs import RunState
from catalogue.shards import Step
from catalogue.versions import SnapshotInventory
from cleanzone.last_clean import Choice, Gap, Mark, Version, Volume, choose
from custody import naming
from custody.digest import Digest
from custody.names import parent
from custody.source import Source
from custody.verdict import Verdict
from pipeline.restoring.asked import Asked, case_of
from pipeline.restoring.expected import Reference, reference_of
from pipeline.restoring.volumes import Shelf, Standing, shelves_of, standing_of
from pipeline.steps.shard_view import NamedEntry, shard_view
from pipeline.wiring import Runtime

AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One path of the plan: the entry that comes back or the newest that does not, and why.

    `renamed_from` is the path whose encrypted copy this is, where that one comes back.
    """

    shelf: Shelf
    path: bytes
    entry: StoredEntry
    choice: Choice
    passed: tuple[StoredEntry, ...]
    renamed_from: bytes = b""

    @property
    def enters(self) -> Digest | None:
        """The content that comes back."""
        return None if self.choice.chosen is None else self.choice.chosen.enters


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A path that a reference expects and no snapshot lists."""

    host: str
    volume: str
    service: str
    path: bytes


@dataclass(slots=True)
class Plan:
    """What was asked for, and where it is looked for; `paths` are found as they are asked for.

    After they were walked, `missing`, `unnamed` and `without_reference` are known: the volumes of
    which nobody said what to expect.
    """

    case: Case
    asked: Asked
    shelves: tuple[Shelf, ...]
    unfinished: tuple[str, ...]
    every: tuple[int, ...]
    missing: list[Missing]
    without_reference: list[str]
    unnamed: int = 0

    @property
    def inventories(self) -> list[SnapshotInventory]:
        """The snapshots that are looked into."""
        return [each for shelf in self.shelves for each in shelf.inventories.values()]


def plan_of(connection: sa.Connection, asked: Asked) -> Plan:
    """Return where the last clean versions of what is asked for are looked for.

    Raises:
        UsageError: no case is meant, or two images of one volume are of one moment.
    """
    case = case_of(connection, asked.case)
    found = [i for i in versions.snapshot_inventories(connection, case.case_id) if asked.covers(i)]
    times = Volume(snapshots=(), until=asked.until(case), intrusion=case.intrusion_at)
    latest = [i.inventory_id for i in views.latest_inventories(connection)]
    return Plan(
        case=case,
        asked=asked,
        shelves=shelves_of(found, times),
        unfinished=tuple(i.source_id for i in found if i.run_state is not RunState.DONE),
        every=tuple({*latest, *(i.inventory_id for i in found)}),
        missing=[],
        without_reference=[],
    )


def paths(runtime: Runtime, connection: sa.Connection, plan: Plan) -> Iterator[Proposed]:
    """Yield every path that is asked for, once, and fill in what is missing."""
    for shelf in plan.shelves:
        reference = _reference_of(runtime, connection, plan, shelf)
        if reference is None:
            plan.without_reference.append(f"{shelf.host}/{shelf.name}".rstrip("/"))
        for walked in _Walk(runtime, connection, plan, shelf).paths():
            found = walked if reference is None else _compared(walked, reference)
            if plan.asked.service in {"", found.entry.service} and plan.asked.names(found.path):
                yield found
        if reference is not None:
            newest = shelf.inventories[shelf.newest_first[0]]
            source = sources.get(connection, newest.source_id)
            plan.missing += _missing(plan, reference, source, shelf.host, shelf.name)
    plan.missing += _of_whole_servers(runtime, connection, plan)


def _reference_of(
    runtime: Runtime, connection: sa.Connection, plan: Plan, shelf: Shelf
) -> Reference | None:
    """Return the reference of a volume; one of a server is that of its only source, if undated."""
    case_id, alone = plan.case.case_id, [s for s in plan.shelves if s.host == shelf.host] == [shelf]
    found = reference_of(runtime, connection, case_id, shelf.host, shelf.name)
    if found is None and alone and not any(i.volume for i in shelf.inventories.values()):
        return reference_of(runtime, connection, case_id, shelf.host, "")
    return found


def _of_whole_servers(runtime: Runtime, connection: sa.Connection, plan: Plan) -> Iterator[Missing]:
    """Yield what references have of servers of which no source was ever recovered: all of it."""
    case_id, asked = plan.case.case_id, plan.asked
    known = {i.host for i in versions.snapshot_inventories(connection, case_id)}
    of_case = [r for r in references.all_references(connection) if r.case_id == case_id]
    for host, volume in dict.fromkeys((r.host, r.volume) for r in of_case):
        reference = reference_of(runtime, connection, case_id, host, volume)
        if host in known or asked.host not in {"", host} or reference is None:
            continue
        registered = (
            s for s in sources.all_sources(connection) if (s.case, s.host) == (case_id, host)
        )
        yield from _missing(plan, reference, next(registered, None), host, volume)


def _missing(
    plan: Plan, reference: Reference, source: Source | None, host: str, volume: str
) -> Iterator[Missing]:
    """Yield what the reference has and nothing lists, of the services of a source.

    Of which service a path is that no source tells of, nobody knows: it is missing for each.
    """
    for path in reference.left():
        service = None if source is None else source.service_of(path)
        if plan.asked.names(path) and plan.asked.service in {"", service or plan.asked.service}:
            yield Missing(host=host, volume=volume, service=service or "", path=path)


def _compared(found: Proposed, reference: Reference) -> Proposed:
    """Cross a path off the reference, and mark it when the reference had another content."""
    known = reference.take(found.path)
    chosen = found.choice.chosen
    if known is None or chosen is None or known.fits(chosen.digest, found.entry.size):
        return found
    marks = (*found.choice.marks, Mark.DIFFERS)
    return replace(found, choice=replace(found.choice, marks=marks))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walks the paths of one volume."""

    runtime: Runtime
    connection: sa.Connection
    plan: Plan
    shelf: Shelf

    def paths(self) -> Iterator[Proposed]:
        done: set[int] = set()
        for inventory_id in self.shelf.newest_first:
            for shard_id in shards.of_inventory(self.connection, inventory_id, Step.INSPECT):
                view = shard_view(self.connection, self.runtime.names, shard_id)
                self.plan.unnamed += len(view.erased)
                for start in range(0, len(view.named), AT_ONCE):
                    yield from self._page(view.named[start : start + AT_ONCE], done)
            done.add(inventory_id)

    def _page(self, page: Sequence[NamedEntry], done: set[int]) -> Iterator[Proposed]:
        """Propose for the entries of a page whose paths no newer snapshot holds."""
        keys = [(n.entry.directory_key, n.entry.name_key) for n in page]
        # With many snapshots most names stand in a newer one: their versions are not read again.
        told = versions.listed(self.connection, keys, done)
        own = [n for n in page if n.entry.name_key not in told]
        known = self._versions((n.entry.directory_key, n.entry.name_key) for n in own)
        every = [e for named in own for e in known[named.entry.name_key]]
        standing = standing_of(self.connection, every, self.plan.every)
        proposed = [self._propose(n, known[n.entry.name_key], standing) for n in own]
        bases = self._bases([p for p in proposed if _is_encrypted(p)])
        for each in proposed:
            yield replace(each, renamed_from=bases.get(each.path, b""))

    def _versions(self, names: Iterator[tuple[bytes, bytes]]) -> Mapping[bytes, list[StoredEntry]]:
        return versions.of_names(self.connection, names, list(self.shelf.inventories))

    def _propose(
        self, named: NamedEntry, entries: Sequence[StoredEntry], standing: Standing
    ) -> Proposed:
        snapshots = self.shelf.snapshots
        found = {e.entry_id: e for e in entries}
        choice = choose(
            self.shelf.volume,
            [standing.version(e, snapshots[e.inventory_id]) for e in entries],
        )
        shown: Version = choice.chosen or choice.passed[0]
        return Proposed(
            shelf=self.shelf,
            path=named.name.path,
            entry=found[shown.entry_id],
            choice=choice,
            passed=tuple(found[v.entry_id] for v in choice.passed),
        )

    def _bases(self, lost: Sequence[Proposed]) -> dict[bytes, bytes]:
        """Return of which paths that come back the encrypted ones are copies.

        Ransomware writes `report.docx.locked` beside `report.docx` and removes the original: where
        that still stands, as `dump.sql` beside `dump.sql.gz`, the other one is a file of its own.
        """
        coding = self.runtime.keys.naming(self.plan.case.case_id, self.shelf.host).coding
        asked: dict[bytes, list[tuple[Proposed, bytes]]] = {}
        for each in lost:
            for base in _shorter(each.path):
                asked.setdefault(naming.name_key(coding, base), []).append((each, base))
        directories = {
            key: naming.directory_key(coding, parent(of[0][1])) for key, of in asked.items()
        }
        known = self._versions((directories[key], key) for key in asked)
        every = [entry for entries in known.values() for entry in entries]
        standing = standing_of(self.connection, every, self.plan.every)
        found: dict[bytes, bytes] = {}
        for key, entries in known.items():
            snapshots = self.shelf.snapshots
            choice = choose(
                self.shelf.volume,
                [standing.version(e, snapshots[e.inventory_id]) for e in entries],
            )
            beside = {entry.inventory_id for entry in entries}
            if choice.chosen is not None:
                copies = [(p, base) for p, base in asked[key] if p.entry.inventory_id not in beside]
                found.update((p.path, base) for p, base in copies)
        return found


def _is_encrypted(proposed: Proposed) -> bool:
    """Whether a path is lost because it is encrypted wherever it stands; damage is no copy."""
    passed = proposed.choice.passed
    return proposed.choice.gap is Gap.LOST and {v.verdict for v in passed} == {Verdict.ENCRYPTED}


def _shorter(path: bytes) -> Iterator[bytes]:
    """Yield a path without its last extension, and without its last two."""
    folder, _, name = path.rpartition(b"/")
    for _ in range(2):
        name, dot, _ = name.rpartition(b".")
        if not (dot and name):
            return
        yield folder + b"/" + name if folder else name
