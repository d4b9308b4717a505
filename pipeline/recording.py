"""Record, then act: events and manifests of a run, put down before anything takes effect."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audit import manifest
from audit.event import Event, EventType, subject_of_manifest
from audit.manifest import Manifest
from catalogue import lineage, manifests
from catalogue.manifests import StoredManifest
from catalogue.shards import Step
from custody.box import Json
from custody.digest import digest_of
from custody.ids import new_id
from pipeline.wiring import Runtime
from storage.interface import Spooled

ACTOR = "autoclave"

STEP_EVENTS: dict[Step, EventType] = {
    Step.INSPECT: EventType.SHARD_INSPECTED,
    Step.ASSESS: EventType.SHARD_ASSESSED,
    Step.PROMOTE: EventType.PROMOTION_DONE,
    Step.RESCAN: EventType.SHARD_RESCANNED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """A manifest that is stored, and the event that will name it in the ledger."""

    step: Step
    shard_id: int
    manifest: Manifest
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Writes the events of one run of a case."""

    runtime: Runtime
    case: str
    run_id: str

    def event(
        self,
        kind: EventType,
        *,
        subject: Mapping[str, Json] | None = None,
        body: Mapping[str, Json] | None = None,
        actor: str = ACTOR,
        at: datetime | None = None,
    ) -> Event:
        """Return an event of this run that happens now, or at the moment that its rows tell."""
        now = at or self.runtime.clock()
        return Event(
            event_id=new_id(now, os.urandom(10)),
            type=kind,
            at=now,
            actor=actor,
            case=self.case,
            run=self.run_id,
            subject=subject or {},
            body=body or {},
        )

    def store(
        self,
        step: Step,
        shard_id: int,
        lines: Sequence[bytes],
        body: Mapping[str, Json] | None = None,
    ) -> RecordedStep:
        """Store the manifest of a shard's step durably, for a transaction that will name it."""
        built = manifest.build(lines)
        spooled = Spooled(
            digest=digest_of(built.content), size=len(built.content), content=built.content
        )
        self.runtime.audit.put(built.key, spooled)
        subject = subject_of_manifest(built.root, step.value, shard_id, built.lines)
        with self.runtime.catalogue.read() as connection:
            origin = lineage.origin(connection, shard_id)
        about = {
            "inventory": origin.inventory_id,
            "lane": origin.lane,
            "split_from": list(origin.split_from),
        }
        event = self.event(STEP_EVENTS[step], subject=subject, body={**about, **(body or {})})
        return RecordedStep(step=step, shard_id=shard_id, manifest=built, event=event)

    def commit(self, connection: sa.Connection, recorded: RecordedStep) -> StoredManifest:
        """Put a step's event into the outbox, in the transaction of its effects."""
        self.runtime.ledger.record(connection, recorded.event)
        stored = StoredManifest(
            root=recorded.manifest.root,
            step=recorded.step,
            shard_id=recorded.shard_id,
            run_id=self.run_id,
            lines=recorded.manifest.lines,
            event_id=recorded.event.event_id,
        )
        manifests.add(connection, stored)
        return stored

    def record(self, *events: Event) -> None:
        """Put events into the outbox on their own."""
        with self.runtime.catalogue.write() as connection:
            for event in events:
                self.runtime.ledger.record(connection, event)
