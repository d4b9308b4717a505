"""Events: what is written into the ledger, as the exact bytes that are hashed and stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, unique
from typing import Any

import rfc8785

from custody.box import Json
from custody.errors import LedgerError

FORMAT = 1
# A tlog-tiles bundle counts an entry's bytes in 16 bits; the rest is room for the envelope.
MOST_BYTES = 60_000
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@unique
class EventType(Enum):
    """What can happen: autoclave.<noun>.<verb>."""

    CASE_OPENED = "autoclave.case.opened"
    CASE_DECLARED = "autoclave.case.declared"
    SOURCE_REGISTERED = "autoclave.source.registered"
    INVENTORY_COMPLETED = "autoclave.inventory.completed"
    RUN_STARTED = "autoclave.run.started"
    RUN_FINISHED = "autoclave.run.finished"
    SHARD_INSPECTED = "autoclave.shard.inspected"
    SHARD_ASSESSED = "autoclave.shard.assessed"
    PROMOTION_INTENDED = "autoclave.promotion.intended"
    PROMOTION_DONE = "autoclave.promotion.done"
    DECISION_MADE = "autoclave.decision.made"
    EXCEPTION_GRANTED = "autoclave.exception.granted"
    PEOPLE_ADDED = "autoclave.people.added"
    PEOPLE_REVOKED = "autoclave.people.revoked"
    RULES_ADDED = "autoclave.rules.added"
    RULES_REMOVED = "autoclave.rules.removed"
    GOODWARE_ADDED = "autoclave.goodware.added"
    GOODWARE_REMOVED = "autoclave.goodware.removed"
    IOCS_ADDED = "autoclave.iocs.added"
    IOCS_REMOVED = "autoclave.iocs.removed"
    SCHEMAS_ADDED = "autoclave.schemas.added"
    POLICY_PROPOSED = "autoclave.policy.proposed"
    POLICY_CHANGED = "autoclave.policy.changed"
    RESCAN_STARTED = "autoclave.rescan.started"
    SHARD_RESCANNED = "autoclave.shard.rescanned"
    RESCAN_FINISHED = "autoclave.rescan.finished"
    RECALL_PROPOSED = "autoclave.recall.proposed"
    RECALL_INTENDED = "autoclave.recall.intended"
    RECALL_DONE = "autoclave.recall.done"
    EXPECTED_ADDED = "autoclave.expected.added"
    RESTORE_SEALED = "autoclave.restore.sealed"
    RESTORE_SIGNED = "autoclave.restore.signed"
    RESTORE_OPENED = "autoclave.restore.opened"
    DELIVERY_MADE = "autoclave.delivery.made"
    NAMES_ERASED = "autoclave.names.erased"
    EVIDENCE_READ = "autoclave.evidence.read"
    SUBJECTS_READ = "autoclave.subjects.read"
    SUBJECTS_ROTATED = "autoclave.subjects.rotated"
    EVIDENCE_EXPORTED = "autoclave.evidence.exported"
    CATALOGUE_REBUILT = "autoclave.catalogue.rebuilt"
    CATALOGUE_MOVED = "autoclave.catalogue.moved"
    ANCHOR_MADE = "autoclave.anchor.made"
    ANCHOR_FAILED = "autoclave.anchor.failed"
    CLOCK_STEPPED = "autoclave.clock.stepped"
    NOTICE_SENT = "autoclave.notice.sent"
    NOTICE_FAILED = "autoclave.notice.failed"
    KEY_ROTATED = "autoclave.key.rotated"
    KEY_TAKEN = "autoclave.key.taken"
    LEDGER_OPENED = "autoclave.ledger.opened"
    LEDGER_SUCCEEDED = "autoclave.ledger.succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `subject` names what it happened to, `body` says the rest.

    An event about a custody manifest has the subject {"manifest", "step", "shard", "lines"}.
    Neither holds names of entries or content: a ledger cannot be erased.
    """

    event_id: str
    type: EventType
    at: datetime
    actor: str
    case: str = ""
    run: str = ""
    subject: Mapping[str, Json] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the canonical JSON bytes (RFC 8785); nothing ever writes them a second time.

        Raises:
            LedgerError: a value cannot be written canonically, or there are too many bytes.
        """
        encoded = canonical(
            {
                "v": FORMAT,
                "id": self.event_id,
                "type": self.type.value,
                "time": timestamp(self.at),
                "actor": self.actor,
                "case": self.case,
                "run": self.run,
                "subject": dict(self.subject),
                "body": dict(self.body),
            }
        )
        if len(encoded) > MOST_BYTES:
            raise LedgerError(
                f"an event of {len(encoded)} bytes is too large for the ledger",
                next_step="put its content into a custody manifest and name that",
            )
        return encoded


def subject_of_manifest(root: str, step: str, shard: int, lines: int) -> dict[str, Json]:
    """Return the subject of an event that puts a custody manifest into the ledger."""
    return {"manifest": root, "step": step, "shard": shard, "lines": lines}


def timestamp(at: datetime) -> str:
    """Return a moment as RFC 3339 UTC text with microseconds, whose order as text is that of time.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment in the ledger needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Json) -> bytes:
    """Return canonical JSON (RFC 8785): ASCII keys, whole numbers below 2^53, texts that are UTF-8.

    Raises:
        LedgerError: the value holds something that two readers could understand differently.
    """
    try:
        _check(value)
        return rfc8785.dumps(value)
    except (ValueError, TypeError) as error:
        raise _unfit(error) from error


def canonical_line(value: Json) -> bytes:
    """Return the same bytes as `canonical`, faster: manifests have a line for every file.

    The encoder of the standard library writes what passes the check exactly as RFC 8785 asks.

    Raises:
        LedgerError: the value holds something that two readers could understand differently.
    """
    try:
        _check(value)
        return _ENCODER.encode(value).encode()
    except (ValueError, TypeError) as error:
        raise _unfit(error) from error


def _unfit(error: Exception) -> LedgerError:
    return LedgerError(
        f"not fit for the ledger: {error}", next_step="report this: it is a defect of Autoclave"
    )


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if abs(value) >= 1 << 53:
            raise ValueError("a number that other readers would round")
    elif kind is list or kind is tuple:
        for item in value:
            _check(item)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise TypeError("a key that is no ASCII text")
            _check(item)
    else:
        raise TypeError(f"a value of type {kind.__name__}")


def envelope(event: bytes, received_at: str, seq: int) -> bytes:
    """Return the bytes of a ledger entry: the event as it was encoded, in canonical order.

    The event's bytes are put in as they are, so that they are never encoded twice.
    """
    return b'{"event":%b,"received_at":"%b","seq":%d}' % (event, received_at.encode(), seq)


def event_of(entry: bytes) -> bytes:
    """Return the event's bytes from a ledger entry that `envelope` made."""
    return entry[len(b'{"event":') : entry.rindex(b',"received_at":"')]


def moment_of(text: str) -> datetime:
    """Return the moment of a timestamp: the other half of `timestamp`."""
    return datetime.fromisoformat(text)


def received_at(entry: bytes) -> str:
    """Return when a ledger entry was received, from the bytes that `envelope` made."""
    return str(json.loads(entry)["received_at"])
