"""The plan of a restore: the last clean version of every path, or why nothing comes back.

Nothing is changed by it. Paths are walked from the newest snapshot to the oldest, shard by shard,
so that memory is bounded by a shard and the number of snapshots.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from catalogue import shards, sources, versions, views
from catalogue.cases import Case
from catalogue.entries import StoredEntry
from catalogue.runs import RunState
from catalogue.shards import Step
from catalogue.versions import SnapshotInventory
from cleanzone.last_clean import Choice, Gap, Mark, Version, Volume, choose
from custody import naming
from custody.digest import Digest
from custody.names import parent
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
        reference = reference_of(runtime, connection, plan.case.case_id, shelf.host, shelf.name)
        if reference is None:
            plan.without_reference.append(f"{shelf.host}/{shelf.name}".rstrip("/"))
        for walked in _Walk(runtime, connection, plan, shelf).paths():
            found = walked if reference is None else _compared(walked, reference)
            if plan.asked.service in {"", found.entry.service} and plan.asked.names(found.path):
                yield found
        if reference is not None:
            plan.missing += _missing(connection, plan, shelf, reference)


def _missing(
    connection: sa.Connection, plan: Plan, shelf: Shelf, reference: Reference
) -> Iterator[Missing]:
    """Yield what the reference has and nothing lists, of the services of the newest source."""
    newest = shelf.inventories[shelf.newest_first[0]]
    source = sources.get(connection, newest.source_id)
    for path in reference.left():
        service = "" if source is None else source.service_of(path)
        if plan.asked.names(path) and plan.asked.service in {"", service}:
            yield Missing(host=shelf.host, volume=shelf.name, service=service, path=path)


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
        known = self._versions((n.entry.directory_key, n.entry.name_key) for n in page)
        own = [n for n in page if not any(e.inventory_id in done for e in known[n.entry.name_key])]
        every = [e for named in own for e in known[named.entry.name_key]]
        standing = standing_of(self.connection, every, self.plan.every)
        proposed = [self._propose(n, known[n.entry.name_key], standing) for n in own]
        bases = self._bases([p for p in proposed if p.choice.gap is Gap.LOST])
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
        """Return of which paths that come back the lost ones are encrypted copies.

        Ransomware writes `report.docx.locked` beside `report.docx` and removes the original.
        """
        coding = self.runtime.keys.naming(self.plan.case.case_id, self.shelf.host).coding
        asked: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for each in lost:
            for base in _shorter(each.path):
                key = naming.name_key(coding, base)
                asked.setdefault(key, []).append((each.path, base))
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
            if choice.chosen is not None:
                found.update(asked[key])
        return found


def _shorter(path: bytes) -> Iterator[bytes]:
    """Yield a path without its last extension, and without its last two."""
    folder, _, name = path.rpartition(b"/")
    for _ in range(2):
        name, dot, _ = name.rpartition(b".")
        if not (dot and name):
            return
        yield folder + b"/" + name if folder else name
