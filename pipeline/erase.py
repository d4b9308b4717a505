"""Erases names: of a whole host, or one path in every run; contents and the ledger stay.

The steps, in order:

1. What an earlier erasure could not remove is removed now, and the words of what runs over the host
   left out: a glob may be the name.
2. For one path, the objects that hold its name are written again without it; a detail is blanked
   when it speaks of that name, or of content that no other name stands for; so is whom the records
   in such a content are about.
3. One transaction records the event, names the new objects and replaces the codes by random ones.
4. The event is published. Then the old objects, and a whole host's key, are removed.
5. The database is scrubbed: it keeps what was overwritten in free pages, so it is written anew.

What cannot be reached from here stays: backups of the home and its keys, the write-ahead log and
replicas of a database server, exported reports, and the manifests of deliveries. A reason is kept
in the ledger for ever and must not name anybody.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from audit.event import Event, EventType
from catalogue import entries, erasure, expansions, names, runs, sources, subjects, tables
from catalogue import ledger as ledger_rows
from catalogue.entries import StoredEntry
from catalogue.names import NamesKind, NamesObject
from catalogue.runs import RunState
from catalogue.statements import in_batches
from custody import naming
from custody.box import Json
from custody.digest import Digest
from custody.errors import ExitCode, RefusedError, UsageError
from custody.names import parent
from pipeline.keys import NamingKeys, naming_key_id
from pipeline.names import sealed_json
from pipeline.recording import Recorder
from pipeline.selecting import forget_selections
from pipeline.subjects.erasing import (
    Rewritten,
    forgotten_shards,
    new_key,
    only_of,
    without_subjects,
)
from pipeline.wiring import Runtime

OBJECTS_AN_EVENT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased; not `scrubbed` when somebody read the database at the same time."""

    entries: int
    objects: int
    scrubbed: bool

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends: what is left in free pages wants another try."""
        return ExitCode.DONE if self.scrubbed else ExitCode.UNAVAILABLE

    def as_json(self) -> dict[str, Json]:
        """Return what `erase --json` prints."""
        return {"entries": self.entries, "objects": self.objects, "scrubbed": self.scrubbed}


def erase(
    runtime: Runtime,
    *,
    case: str,
    host: str,
    actor: str,
    reason: str,
    path: bytes | None = None,
) -> Erased:
    """Erase all names of a host of a case, or one path of it in every run.

    Raises:
        UsageError: there is no such host or path, or the reason is missing.
        RefusedError: a run over this host is under way.
    """
    if not reason.strip() or not reason.isprintable():
        raise UsageError("an erasure needs a reason in one line", next_step="give --reason")
    _check_host(runtime, case, host)
    _sweep(runtime)
    recorder = Recorder(runtime=runtime, case=case, run_id="")
    act = _Act(runtime=runtime, recorder=recorder, host=host, actor=actor, reason=reason)
    globs = forget_selections(runtime.names, naming_key_id(case, host))
    erased = act.host_names(case) if path is None else act.one_path(case, path)
    scrubbed = runtime.catalogue.scrub()
    return replace(erased, objects=erased.objects + globs, scrubbed=scrubbed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """One erasure: who asked for it, and how it is recorded."""

    runtime: Runtime
    recorder: Recorder
    host: str
    actor: str
    reason: str

    def host_names(self, case: str) -> Erased:
        """Erase every name of the host with its key."""
        key_id = naming_key_id(case, self.host)
        with self.runtime.catalogue.write() as connection:
            held = [o for o in names.of_key(connection, key_id) if o.erased_at is None]
            own = erasure.names_of(connection, case=case, host=self.host)
            changed = erasure.replace_names(connection, own)
            places = erasure.directories_of(connection, case=case, host=self.host)
            erasure.replace_directories(connection, places)
            event = self._event({"key_id": key_id})
            for stored in held:
                names.put(connection, replace(stored, erased_at=event.at))
            subjects.forget_shards(connection, forgotten_shards(held))
            self.runtime.ledger.record(connection, event)
        self.runtime.ledger.publish()
        self.runtime.keys.forget(key_id)
        for stored in held:
            self.runtime.names.remove(stored.sealed.key)
        return Erased(entries=changed, objects=len(held), scrubbed=False)

    def one_path(self, case: str, path: bytes) -> Erased:
        """Erase one path of the host in every run."""
        keys = self.runtime.keys.by_id(naming_key_id(case, self.host))
        code = naming.name_key(keys.coding, path)
        directory = naming.directory_key(keys.coding, parent(path))
        with self.runtime.catalogue.read() as connection:
            found = entries.by_name_key(connection, code, directory_key=directory)
            if not found:
                raise UsageError(
                    "no entry of this host has that path", next_step="see `autoclave list`"
                )
            rewritten = [
                *self._without_names(connection, keys, found),
                *self._without_details(connection, keys, found),
            ]
            whom = only_of(connection, found)
            rewritten += without_subjects(self.runtime.names, connection, keys, whom)
        with self.runtime.catalogue.write() as connection:
            for each in rewritten:
                names.put(connection, replace(each.old, sealed=each.new, erased_at=None))
            subjects.forget(connection, whom)
            changed = erasure.replace_names(connection, [code])
            if not erasure.directories_left(connection, [directory]):
                erasure.replace_directories(connection, [directory])
            for event in self._events(rewritten):
                self.runtime.ledger.record(connection, event)
        self.runtime.ledger.publish()
        for each in rewritten:
            self.runtime.names.remove(each.old.sealed.key)
        return Erased(entries=changed, objects=len(rewritten), scrubbed=False)

    def _without_names(
        self, connection: sa.Connection, keys: NamingKeys, found: Sequence[StoredEntry]
    ) -> Iterator[Rewritten]:
        book = self.runtime.names
        for stored, ordinals in _by_object(connection, found).items():
            left = book.read_names(stored.sealed)
            kept = {n: name for n, name in left.items() if n not in ordinals}
            yield Rewritten(old=stored, new=book.write_names(new_key(stored), keys, kept))

    def _without_details(
        self, connection: sa.Connection, keys: NamingKeys, found: Sequence[StoredEntry]
    ) -> Iterator[Rewritten]:
        book = self.runtime.names
        for stored, blanked in _details(connection, found).items():
            lines = book.read_details(stored.sealed)
            kept = ["" if n in blanked else line for n, line in enumerate(lines)]
            yield Rewritten(old=stored, new=book.write_details(new_key(stored), keys, kept))

    def _events(self, rewritten: Sequence[Rewritten]) -> Iterator[Event]:
        """Return the events of one path, each small enough for the ledger."""
        for start in range(0, len(rewritten), OBJECTS_AN_EVENT):
            part = rewritten[start : start + OBJECTS_AN_EVENT]
            yield self._event(
                {"objects": [{"old": r.old.sealed.key, "new": sealed_json(r.new)} for r in part]}
            )

    def _event(self, body: Mapping[str, Json]) -> Event:
        return self.recorder.event(
            EventType.NAMES_ERASED,
            subject={"host": self.host},
            body={"reason": self.reason, **body},
            actor=self.actor,
        )


def _check_host(runtime: Runtime, case: str, host: str) -> None:
    with runtime.catalogue.read() as connection:
        own = [s for s in sources.all_sources(connection) if (s.case, s.host) == (case, host)]
        latest = [runs.latest(connection, source.source_id) for source in own]
    if not own:
        raise UsageError(
            "no source of this case and host is registered",
            next_step="see `autoclave source list`",
        )
    if any(run is not None and run.state is RunState.RUNNING for run in latest):
        raise RefusedError(
            "a run over this host is not finished",
            next_step="let `autoclave recover` end it, then erase",
        )


def _sweep(runtime: Runtime) -> None:
    """Remove objects that an interrupted erasure recorded as replaced or gone."""
    with runtime.catalogue.read() as connection:
        gone = {change["old"] for body in _erasures(connection) for change in body}
        columns = tables.names.c
        statement = sa.select(columns.key).where(columns.erased_at.is_not(None))
        gone.update(connection.execute(statement).scalars())
        key_ids = sa.select(columns.key_id)
        needed = key_ids.where(columns.erased_at.is_(None))
        unneeded = connection.execute(key_ids.except_(needed)).scalars().all()
    for key in gone:
        runtime.names.remove(key)
    for key_id in unneeded:
        runtime.keys.forget(key_id)


def _erasures(connection: sa.Connection) -> Iterator[list[dict[str, Json]]]:
    mark = EventType.NAMES_ERASED.value.encode()
    for origin in ledger_rows.origins(connection):
        for entry in ledger_rows.entries(connection, origin):
            if mark in entry.body:
                yield json.loads(entry.body)["event"]["body"].get("objects", [])


def _by_object(
    connection: sa.Connection, found: Iterable[StoredEntry]
) -> dict[NamesObject, set[int]]:
    """Return the objects that hold the names of entries, with the ordinals in each."""
    objects: dict[NamesObject, set[int]] = {}
    for entry in found:
        stored = names.get(connection, entry.shard_id, NamesKind.PATHS)
        if stored is not None:
            objects.setdefault(stored, set()).add(entry.ordinal)
    return objects


def _details(
    connection: sa.Connection, found: Sequence[StoredEntry]
) -> dict[NamesObject, set[int]]:
    """Return the lines of details that speak of a name, or of what only that name stands for."""
    own = {entry.name_key for entry in found}
    columns = tables.findings.c
    statement = sa.select(columns.detail_shard, columns.detail_line).where(
        columns.detail_line.is_not(None)
    )
    positions = set(connection.execute(statement.where(columns.name_key.in_(own))).tuples())
    for digest in {entry.digest for entry in found if entry.digest is not None}:
        others = {e.name_key for e in entries.by_digest(connection, digest)} - own
        if all(map(erasure.is_erased, others)):
            positions |= _inside(connection, digest)
    objects: dict[NamesObject, set[int]] = {}
    for shard_id, line in positions:
        stored = names.get(connection, shard_id, NamesKind.DETAILS)
        if stored is not None:
            objects.setdefault(stored, set()).add(line)
    return objects


def _inside(connection: sa.Connection, digest: Digest) -> set[tuple[int, int]]:
    """Return the lines that speak of a content, or of parts that no entry stands for."""
    columns = tables.findings.c
    parts = expansions.below(connection, [digest])
    own = [digest, *(part for part in parts if not entries.by_digest(connection, part))]
    positions = expansions.names_of(connection, own)
    for batch in in_batches(own):
        statement = sa.select(columns.detail_shard, columns.detail_line).where(
            columns.detail_line.is_not(None), columns.digest.in_(batch)
        )
        positions.update(connection.execute(statement).tuples())
    return positions
