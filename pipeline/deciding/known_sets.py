"""Adds known-good digests, which two people sign, and a CERT's indicators, which only tighten."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from audit.event import EventType, timestamp
from catalogue import decisions, known_sets
from catalogue.known_sets import KnownSet, SetKind
from custody.decision import Decision
from custody.digest import digest_of
from custody.errors import RulesError, SignatureError, UsageError
from custody.ids import EPOCH
from custody.lifecycle import Action
from pipeline.deciding.people import at_start
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.known import path_of
from pipeline.wiring import Runtime
from sanitizers.known.digests import file_digest, write_digests
from sanitizers.known.iocs import MOST_BYTES, Indicators, Tlp, decode, read_indicators
from sanitizers.rules.reading import NAME

LONGEST_SOURCE = 200
_EVENTS = {
    SetKind.GOODWARE: EventType.GOODWARE_ADDED,
    SetKind.IOC: EventType.IOCS_ADDED,
    SetKind.DEFINITIONS: EventType.SCHEMAS_ADDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetToAdd:
    """A file on disk, what to call it, who made it, and until when it holds."""

    path: Path
    name: str
    source: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAdded:
    """A set, in force unless a signature `waits` for that of a second person."""

    known: KnownSet
    waits: Decision | None = None
    unused: int = 0


def add_goodware(runtime: Runtime, wanted: SetToAdd, signatory: Signatory) -> SetAdded:
    """Have known-good digests exempt contents from rules, by two people and to a day.

    Raises:
        UsageError: the file holds anything but one SHA-256 digest a line, or has no end ahead.
        SignatureError: no registered person who decides signs, or there are not two yet.
    """
    check_named(wanted.name, wanted.source)
    if wanted.until is None or wanted.until <= runtime.ledger.now():
        raise UsageError("known-good digests need an end", next_step="give --until DATE")
    if at_start(runtime):
        raise SignatureError(
            "known-good digests take two registered people",
            next_step="register them: `autoclave people add`",
        )
    folder = runtime.home.known / SetKind.GOODWARE.value
    with _incoming(folder) as incoming:
        with _opened(wanted.path) as source:
            entries = write_digests(source, incoming)
        known = _known(runtime, SetKind.GOODWARE, wanted, entries)
        known = replace(known, digest=file_digest(incoming) or known.digest)
        made = sign_act(runtime, _act(known), signatory)
        first = first_of(runtime, made)
        record(runtime, made, completes=first)
        if first is None:
            return SetAdded(known=known, waits=made)
        _keep(incoming, path_of(runtime, known))
    put_on_record(runtime, known, (first, made))
    return SetAdded(known=known)


def add_iocs(runtime: Runtime, wanted: SetToAdd, least: Tlp | None = None) -> SetAdded:
    """Have indicators hold what they name from the next run on; anyone may, for it tightens.

    Raises:
        UsageError: there is neither a hash nor a name in the file, or it lacks one of the
            indicators that its name stands for now.
    """
    check_named(wanted.name, wanted.source)
    if wanted.until is not None and wanted.until <= runtime.ledger.now():
        raise UsageError("the end is past", next_step="give another --until DATE")
    with _opened(wanted.path) as source:
        indicators = read_indicators(source.read(MOST_BYTES + 1), least)
    entries = len(indicators.hashes) + len(indicators.names)
    known = replace(
        _known(runtime, SetKind.IOC, wanted, entries),
        digest=indicators.digest,
        tlp=indicators.tlp.value,
    )
    _check_keeps(runtime, known, indicators)
    with _incoming(runtime.home.known / SetKind.IOC.value) as incoming:
        incoming.write_bytes(indicators.encode())
        _keep(incoming, path_of(runtime, known))
    put_on_record(runtime, known, ())
    return SetAdded(known=known, unused=indicators.unused)


def in_force(runtime: Runtime, kind: SetKind) -> list[KnownSet]:
    """Return the sets of a kind, those that ended too."""
    with runtime.catalogue.read() as connection:
        return known_sets.deployed(connection, kind)


def check_named(name: str, source: str) -> None:
    """Check what a set is called, and who is said to have made it.

    Raises:
        UsageError: the name is not in small letters, or the source is not one printable line.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a set",
            next_step="give --name in small letters, digits, dots, dashes",
        )
    if not source.strip() or not source.isprintable() or len(source) > LONGEST_SOURCE:
        raise UsageError("a source is one short printable line", next_step="give --source TEXT")


def _known(runtime: Runtime, kind: SetKind, wanted: SetToAdd, entries: int) -> KnownSet:
    return KnownSet(
        kind=kind,
        name=wanted.name,
        digest=digest_of(b""),
        source=wanted.source,
        tlp="",
        entries=entries,
        until=wanted.until,
        added_at=runtime.clock(),
    )


def _act(known: KnownSet) -> Act:
    until = (known.until or EPOCH).date().isoformat()
    scope = f"goodware {known.name}, {known.entries} digests of {known.source}, until {until}"
    return Act(subject=known.digest, action=Action.REPLACE, scope=scope)


def _check_keeps(runtime: Runtime, known: KnownSet, indicators: Indicators) -> None:
    """Refuse indicators under a name that stands for others: nothing is forgotten in silence."""
    now = runtime.ledger.now()
    for present in in_force(runtime, SetKind.IOC):
        if present.name != known.name or not present.holds_at(now):
            continue
        path = path_of(runtime, present)
        before = decode(path.read_bytes()) if file_digest(path) == present.digest else None
        sooner = known.until is not None and (present.until is None or known.until < present.until)
        # What is damaged here can be added again as it was, and for as long.
        keeps = present.digest == known.digest if before is None else _all_in(before, indicators)
        if sooner or not keeps:
            raise UsageError(
                f"the indicators called {known.name} would lose some, or end sooner",
                next_step="give these another --name; the others end by themselves",
            )


def _all_in(before: Indicators, after: Indicators) -> bool:
    return before.hashes <= after.hashes and set(before.names) <= set(after.names)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read; a pipe could block for ever, so only a file is opened."""
    if not path.is_file():
        raise UsageError(f"{path.name} is no regular file", next_step="give the path of a file")
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise RulesError(
            f"{path.name} cannot be read or kept: {error.strerror}",
            next_step="make it readable, and room in the home",
        ) from error


def put_on_record(runtime: Runtime, known: KnownSet, signed: tuple[Decision, ...]) -> None:
    """Put a set in force and publish that; what is in it stands in no event."""
    body = {
        "source": known.source,
        "tlp": known.tlp,
        "entries": known.entries,
        "until": timestamp(known.until) if known.until else None,
        "decisions": [decision.decision_id for decision in signed],
    }
    recorder = Recorder(runtime=runtime, case="", run_id="")
    event = recorder.event(
        _EVENTS[known.kind],
        subject={"set": known.name, "digest": known.digest},
        body=body,
        actor=signed[-1].actor if signed else ACTOR,
        at=known.added_at,
    )
    with runtime.catalogue.write() as connection:
        known_sets.deploy(connection, known)
        for decision in signed:
            decisions.mark_effective(connection, decision.decision_id)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


@contextmanager
def _incoming(folder: Path) -> Iterator[Path]:
    """Give a place for a set that is being written; it is gone at the end unless it was kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as own:
        yield Path(own) / "set"


def _keep(incoming: Path, path: Path) -> None:
    """Put a written set in its place, synced, before the event that names it."""
    incoming.chmod(0o600)
    with incoming.open("rb") as stream:
        os.fsync(stream.fileno())
    incoming.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
