"""Answers which patients are touched: how many for everybody, who they are for who may ask.

Record, then act: who asked, for what and why is in a published checkpoint of the ledger before the
first identifier is decrypted. The identifiers themselves, and their codes, never come into it.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from audit.event import EventType
from catalogue import entries, names, records, subjects, views
from catalogue.names import NamesKind
from catalogue.subjects import Standing, Touch, Wanted
from custody.box import Json
from custody.digest import Digest
from custody.errors import ObjectMissingError, SignatureError, UsageError
from custody.ids import new_id
from custody.names import escape
from custody.people import MAY_ASK_WHOM
from pipeline.deciding.signing import Signatory, deciding_person, sign_statement
from pipeline.recording import Recorder
from pipeline.wiring import Runtime
from schemas.subjects.systems import system_of, values_meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: patients that a loss or a hold touches, of a content, or of a service."""

    touch: Touch | None = None
    service: str = ""
    host: str = ""
    digest: Digest | None = None

    @property
    def told(self) -> str:
        """Return the same in words, for the ledger."""
        parts = {
            "touch": self.touch.value if self.touch else "",
            "service": self.service,
            "host": self.host,
            "digest": self.digest or "",
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value) or "everybody"


@dataclass(slots=True, kw_only=True)
class Patient:
    """One identifier with the records about it in what was asked for."""

    system: str
    value: str
    accepted: int = 0
    refused: int = 0
    extracts: int = 0
    services: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, Json]:
        """Return what `subjects --json` prints; a hostile extract chose the words."""
        return {
            "system": _escaped(self.system),
            "value": _escaped(self.value),
            "accepted": self.accepted,
            "refused": self.refused,
            "extracts": self.extracts,
            "services": sorted(self.services),
        }


def counts(runtime: Runtime, asked: Asked) -> dict[str, Json]:
    """Return how many patients are touched, without a name: what everybody may see."""
    with runtime.catalogue.read() as connection:
        wanted = _wanted(connection, asked)
        counted = subjects.count(connection, wanted)
        unindexed = records.unindexed(connection, wanted.inventories)
        lost_keys = _lost_keys(runtime, connection)
    return {
        "asked": asked.told,
        "patients": counted.patients,
        "identifiers": counted.identifiers,
        "nameless": counted.nameless,
        "unlisted": counted.unlisted,
        "unindexed": unindexed,
        "lost_keys": lost_keys,
    }


def patients(runtime: Runtime, asked: Asked, signatory: Signatory) -> Iterator[Patient]:
    """Yield whom a loss touches, after the reading is in the ledger.

    Raises:
        SignatureError: the person is unknown, may not ask, or the signature is another one's.
        UsageError: the reason is not one printable line.
    """
    _record(runtime, "list", asked.told, signatory)
    with runtime.catalogue.read() as connection:
        wanted = _wanted(connection, asked)
        grouped = _grouped(connection, subjects.standing(connection, wanted))
    yield from _named(runtime, grouped)


def find(
    runtime: Runtime, identifier: str, system: str, signatory: Signatory
) -> Iterator[dict[str, Json]]:
    """Yield where the records of a patient are, after the reading is in the ledger.

    Raises:
        SignatureError: the person is unknown, may not ask, or the signature is another one's.
        UsageError: the reason is not one printable line, or the identifier is none.
    """
    meant = values_meant(identifier, system)
    if not meant:
        raise UsageError("this is no identifier", next_step="give it as it is written in records")
    _record(runtime, "find", "one identifier", signatory)
    end = system_of(system) if system else ""
    keys = runtime.keys.subject_keys()
    codes = [k.code(end, v) if end else k.of_value(v) for k in keys for v in meant]
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        found = list(subjects.found(connection, frozenset(latest), codes))
        held = entries.by_ids(connection, {each.entry_id for each in found})
    for each in found:
        entry = held[each.entry_id]
        yield {
            "digest": entry.digest,
            "host": latest[entry.inventory_id].host,
            "service": entry.service,
            "stage": entry.stage.value,
            "accepted": each.accepted,
            "refused": each.refused,
        }


def _wanted(connection: sa.Connection, asked: Asked) -> Wanted:
    latest = [
        each.inventory_id
        for each in views.latest_inventories(connection)
        if asked.host in {"", each.host}
    ]
    return Wanted(
        inventories=frozenset(latest),
        touch=asked.touch,
        service=asked.service,
        digest=asked.digest,
    )


def _record(runtime: Runtime, kind: str, told: str, signatory: Signatory) -> None:
    """Put a reading into the ledger, signed by a person whose role may ask.

    Raises:
        SignatureError: the role may not ask.
        UsageError: the reason is not one printable line.
    """
    person = deciding_person(runtime, signatory.actor)
    if person.role not in MAY_ASK_WHOM:
        raise SignatureError(
            f"{person.name} is {person.role.value} and may not see who is touched",
            next_step="ask a data owner or an authority",
        )
    if not signatory.reason.strip() or not signatory.reason.isprintable():
        raise UsageError("a reading needs a reason in one line", next_step="give --reason")
    now = runtime.clock()
    read_id = new_id(now, os.urandom(10))
    facts = {"read": read_id, "what": kind, "asked": told, "actor": person.name}
    words = "".join(f"{name}: {fact}\n" for name, fact in facts.items())
    statement = f"autoclave subjects read v1\n{words}reason: {signatory.reason}\n".encode()
    signed = sign_statement(runtime, signatory, statement)
    recorder = Recorder(runtime=runtime, case="", run_id="")
    event = recorder.event(
        EventType.SUBJECTS_READ,
        subject={"read": read_id},
        body={
            "what": kind,
            "asked": told,
            "reason": signatory.reason,
            "statement": signed.statement,
            "signature": signed.signature,
        },
        actor=person.name,
        at=now,
    )
    recorder.record(event)
    runtime.ledger.publish()


@dataclass(slots=True)
class _Group:
    """What stands under one code, and where its identifier is written."""

    place: tuple[int, int]
    entries: set[int] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    accepted: int = 0
    refused: int = 0


def _grouped(connection: sa.Connection, found: Iterable[Standing]) -> list[_Group]:
    groups: dict[bytes, _Group] = {}
    for each in found:
        group = groups.setdefault(each.code, _Group(place=(each.shard_id, each.line)))
        group.accepted += each.accepted
        group.refused += each.refused
        group.entries.add(each.entry_id)
    every = {entry_id for group in groups.values() for entry_id in group.entries}
    services = {n: entry.service for n, entry in entries.by_ids(connection, every).items()}
    for group in groups.values():
        group.services = {services[n] for n in group.entries}
    return sorted(groups.values(), key=lambda group: group.place)


def _named(runtime: Runtime, groups: Iterable[_Group]) -> Iterator[Patient]:
    """Yield each group with its identifier; what was erased, or whose key is gone, says so."""
    shard, lines = -1, list[str]()
    for group in groups:
        if group.place[0] != shard:
            shard = group.place[0]
            lines = _lines(runtime, shard)
        line = lines[group.place[1]] if group.place[1] < len(lines) else ""
        system, value = line.split("\t")[2:] if line else ("unreadable", "unreadable")
        yield Patient(
            system=system,
            value=value,
            accepted=group.accepted,
            refused=group.refused,
            extracts=len(group.entries),
            services=group.services,
        )


def _lines(runtime: Runtime, shard_id: int) -> list[str]:
    with runtime.catalogue.read() as connection:
        stored = names.get(connection, shard_id, NamesKind.SUBJECTS)
    if stored is None or stored.erased_at is not None:
        return []
    try:
        return runtime.names.read_subjects(stored.sealed)
    except ObjectMissingError:
        return []


def _lost_keys(runtime: Runtime, connection: sa.Connection) -> int:
    """Return how many extracts were coded with a key that is not in the home."""
    known = {key.key_id for key in runtime.keys.subject_keys()}
    return sum(n for key_id, n in subjects.key_ids(connection).items() if key_id not in known)


def _escaped(untrusted_text: str) -> str:
    return escape(untrusted_text.encode("utf-8", "surrogatepass"))
