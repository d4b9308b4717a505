"""Writes whom the records of a shard are about: an encrypted object, and codes of what it holds.

The object is the truth: a line an extract, and below it a line an identifier. The rows are made
from it, here, when a catalogue is rebuilt, and when the key of codes is changed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import names, subjects
from catalogue.leases import Lease
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.subjects import IndexedExtract, Row
from custody.box import Json
from custody.digest import Digest, parse_digest
from custody.errors import ObjectDamagedError, SettingsError
from custody.subjects import SubjectKey
from pipeline.keys import NamingKeys
from pipeline.names import sealed_json
from pipeline.settings import RecordsSettings
from pipeline.steps.extracts import Subjects
from pipeline.steps.validated import Key
from pipeline.wiring import Runtime

ROWS_AT_ONCE = 10_000
MOST_SYSTEMS = 1000
ERASED_EXTRACT = "[]"
INDEX, OFF = "index", "off"


def asks_whom(settings: RecordsSettings) -> bool:
    """Whether extracts are asked whom their records are about.

    Raises:
        SettingsError: `records.subjects` is none of its words.
    """
    if settings.subjects not in (INDEX, OFF):
        raise SettingsError(
            f"records.subjects is {settings.subjects!r}", next_step=f"give {INDEX!r} or {OFF!r}"
        )
    return settings.subjects == INDEX


def lines_of(about: Mapping[Key, Subjects]) -> Iterator[str]:
    """Yield the lines of a shard's object."""
    for (digest, contract), said in sorted(about.items()):
        yield json.dumps([digest, contract, said.nameless, said.unlisted])
        start = 0
        while start < len(said.lines):
            end = said.lines.index(b"\n", start)
            yield said.lines[start:end].decode()
            start = end + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSubjects:
    """Whom the new records of a shard are about, and the object that holds it."""

    sealed: SealedObject
    about: Mapping[Key, Subjects]


def seal_subjects(
    runtime: Runtime,
    lease: Lease,
    keys: Mapping[int, NamingKeys],
    about: Mapping[Key, Subjects],
) -> SealedSubjects | None:
    """Store whom new records are about, for the transaction that will name the object.

    Raises:
        StoreError: the store of names cannot be written.
    """
    if not about:
        return None
    key = f"{lease.run_id}/{lease.shard_id}-{lease.epoch}.subjects"
    own = keys[lease.inventory_id]
    return SealedSubjects(
        sealed=runtime.names.write_subjects(key, own, lines_of(about)), about=about
    )


def index_subjects(
    runtime: Runtime,
    connection: sa.Connection,
    shard_id: int,
    profile: Digest,
    whom: SealedSubjects | None,
) -> None:
    """Store where that object is, and the codes of what is in it."""
    if whom is None:
        return
    stored = NamesObject(shard_id=shard_id, kind=NamesKind.SUBJECTS, sealed=whom.sealed)
    names.put(connection, stored)
    key = runtime.keys.subject_key()
    Indexing(connection, shard_id, profile, key).write(lines_of(whom.about))


def told_of(whom: SealedSubjects | None) -> dict[str, Json]:
    """Return what an event says of the object, if there is one."""
    return {} if whom is None else {"subjects": sealed_json(whom.sealed)}


@dataclass(slots=True)
class Indexing:
    """Makes the rows of one shard from the lines of its object; memory is that of one batch."""

    connection: sa.Connection
    shard_id: int
    profile: Digest
    key: SubjectKey
    _extracts: int = 0
    _rows: list[Row] = field(default_factory=list)
    _systems: dict[str, bytes] = field(default_factory=dict)

    def write(self, lines: Iterable[str]) -> None:
        """Store the rows; a line that was erased is none.

        Raises:
            ObjectDamagedError: a line says something else.
        """
        try:
            for number, line in enumerate(lines):
                if line == ERASED_EXTRACT:
                    self._extracts += 1
                elif line.startswith("["):
                    self._extract(line)
                elif line:
                    self._subject(number, line)
        except (ValueError, TypeError) as error:
            raise ObjectDamagedError(
                f"the subjects of shard {self.shard_id} cannot be read",
                next_step="run `autoclave audit verify --deep`",
            ) from error
        self._flush()

    def _extract(self, line: str) -> None:
        digest, contract, nameless, unlisted = json.loads(line)
        found = IndexedExtract(
            shard_id=self.shard_id,
            extract=self._extracts,
            digest=parse_digest(digest),
            profile=self.profile,
            contract=contract,
            key_id=self.key.key_id,
            nameless=nameless,
            unlisted=unlisted,
        )
        subjects.add(self.connection, [found])
        self._extracts += 1

    def _subject(self, number: int, line: str) -> None:
        accepted, refused, system, value = line.split("\t")
        end = self._systems.get(system)
        if end is None:
            if len(self._systems) >= MOST_SYSTEMS:
                self._systems.clear()
            end = self._systems[system] = self.key.of_system(system)
        code = self.key.of_value(value) + end
        place = (self.shard_id, number, self._extracts - 1)
        self._rows.append((code, *place, int(accepted), int(refused)))
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        # In the order of their index many rows at once go in twice as fast.
        subjects.add_rows(self.connection, sorted(self._rows))
        self._rows.clear()
