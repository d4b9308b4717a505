"""Builders of small ledgers, and of the chain of custody of a few artefacts."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit import manifest
from audit.event import Event, EventType, subject_of_manifest
from audit.ledger import Home, Ledger
from audit.note import Ed25519Signer
from audit.tiles import spooled
from catalogue.engine import Catalogue
from storage.interface import ObjectStore
from storage.memory import MemoryStore

ORIGIN = "audit.hospital.example/case"
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SIGNER = Ed25519Signer("hospital.example/autoclave", bytes(range(32)))
STRANGER = Ed25519Signer("hospital.example/autoclave", bytes(32))
STEPS = {
    "inspect": EventType.SHARD_INSPECTED,
    "assess": EventType.SHARD_ASSESSED,
    "promote": EventType.PROMOTION_DONE,
}


class Ticking:
    """A clock that goes on by a second each time somebody looks, unless it is set."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        self.now += timedelta(seconds=1)
        return self.now


def a_home(folder: Path, store: ObjectStore | None = None, **changes: object) -> Home:
    """A home whose database and lock lie in a folder; the audit store is in memory by default."""
    folder.mkdir(exist_ok=True)
    parts: dict[str, object] = {
        "catalogue": Catalogue.open(folder / "catalogue.db"),
        "store": store or MemoryStore(),
        "signer": SIGNER,
        "clock": Ticking(),
        "lock_path": folder / "ledger.lock",
        **changes,
    }
    return Home(**parts)


def open_ledger(home: Home, origin: str = ORIGIN) -> Ledger:
    """Open the ledger of a home."""
    return Ledger.open(
        home.catalogue,
        home.store,
        signer=home.signer,
        origin=origin,
        clock=home.clock,
        lock_path=home.lock_path,
        mirror=home.mirror,
    )


def an_event(number: int, **changes: object) -> Event:
    """An event that differs from the others by its number."""
    parts: dict[str, object] = {
        "event_id": f"event-{number:06d}",
        "type": EventType.RUN_STARTED,
        "at": START,
        "actor": "engineer",
        "body": {"number": number},
        **changes,
    }
    return Event(**parts)


def record(home: Home, ledger: Ledger, events: Sequence[Event]) -> None:
    """Record events in one transaction and publish them."""
    with home.catalogue.write() as connection:
        ledger.record_all(connection, events)
    ledger.publish()


def digest(number: int) -> str:
    """The digest of an artefact that nobody has to read."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def inspect_line(number: int) -> dict[str, object]:
    """What the inspect step says of one artefact."""
    return {
        "n": number,
        "name": digest(number + 1000),
        "kind": "file",
        "size": 10,
        "mtime_ns": 0,
        "mode": 420,
        "stage": "inspected",
        "digest": digest(number),
        "vault": {"key": "segments/1", "version": "1", "offset": 10 * number},
        "media_type": "text/plain",
        "profile": digest(0),
        "outcomes": [],
    }


def assess_line(number: int, verdict: str = "clean") -> dict[str, object]:
    """What the assess step says of one artefact."""
    stage = "assessed" if verdict == "clean" else "held"
    return {
        "n": number,
        "name": digest(number + 1000),
        "digest": digest(number),
        "verdict": verdict,
        "reasons": [],
        "stage": stage,
    }


def promote_line(number: int) -> dict[str, object]:
    """What the promote step says of one artefact."""
    return {
        "n": number,
        "digest": digest(number),
        "key": f"sha256/{digest(number)}",
        "version": "1",
        "size": 10,
    }


def put_manifest(
    store: ObjectStore, step: str, lines: Sequence[dict[str, object]], shard: int = 1
) -> Event:
    """Store a custody manifest and return the event that names it."""
    made = manifest.build(manifest.encode_line(line) for line in lines)
    store.put(made.key, spooled(made.content))
    return Event(
        event_id=f"{step}-{shard}-{made.root[:8]}",
        type=STEPS[step],
        at=START,
        actor="pipeline",
        case="case",
        run="run",
        subject=subject_of_manifest(made.root, step, shard, made.lines),
    )


def a_chain(home: Home, ledger: Ledger, numbers: Sequence[int], shard: int = 1) -> list[Event]:
    """Record and publish inspection, assessment and promotion of some artefacts."""
    events = [
        put_manifest(home.store, "inspect", [inspect_line(n) for n in numbers], shard),
        put_manifest(home.store, "assess", [assess_line(n) for n in numbers], shard),
        put_manifest(home.store, "promote", [promote_line(n) for n in numbers], shard),
    ]
    for event in events:
        record(home, ledger, [event])
    return events
