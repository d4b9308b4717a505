"""What happened to one content, in order, each step with its event in the ledger."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from audit.event import event_of, received_at, timestamp
from catalogue import decisions, entries, ledger, manifests, promotions, recalls, views
from catalogue.manifests import StoredManifest
from catalogue.shards import Step
from custody.digest import Digest
from custody.errors import LedgerError
from pipeline.wiring import Runtime

MOST_ENTRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened; `seq` is its number in the ledger, once its event has one.

    `manifest` is the root of the custody manifest with a line for each content of the step.
    """

    at: str
    what: str
    who: str
    seq: int | None = None
    manifest: Digest | None = None
    event_id: str = ""


def timeline(runtime: Runtime, digest: Digest) -> list[Happened]:
    """Return what happened to a content in the latest runs, oldest first.

    Steps are those of its first twenty entries: they are the same for entries of one shard.
    """
    with runtime.catalogue.read() as connection:
        latest = [i.inventory_id for i in views.latest_inventories(connection)]
        standing = entries.by_digest(connection, digest, inventories=latest, most=MOST_ENTRIES)
        shards = sorted({entry.shard_id for entry in standing})
        found = [
            *_steps(connection, digest, shards),
            *_decisions(connection, digest),
            *_clean_zone(connection, digest),
        ]
    return sorted(found, key=lambda each: (each.at, each.seq or 0))


def _steps(connection: sa.Connection, digest: Digest, shards: Sequence[int]) -> Iterator[Happened]:
    for stored in manifests.passed(connection, shards):
        # The promotion of a shard says nothing of a content that was kept out of it.
        if stored.step is Step.PROMOTE and promotions.get(connection, digest) is None:
            continue
        yield _step(connection, stored)


def _step(connection: sa.Connection, stored: StoredManifest) -> Happened:
    """Return a step as its event tells it; during a run the event may have no number yet."""
    body = ledger.body_of(connection, stored.event_id, event_of)
    if body is None:
        raise LedgerError(
            f"the event of the manifest {stored.root[:12]} is in no log",
            next_step="run `autoclave audit verify --deep`",
        )
    event, entry = json.loads(body), ledger.find(connection, stored.event_id)
    return Happened(
        at=event["time"] if entry is None else received_at(entry.body),
        what=event["type"].removeprefix("autoclave."),
        who=event["actor"],
        seq=None if entry is None else entry.seq,
        manifest=stored.root,
        event_id=stored.event_id,
    )


def _decisions(connection: sa.Connection, digest: Digest) -> Iterator[Happened]:
    for stored in decisions.on(connection, digest):
        made = stored.decision
        yield Happened(at=timestamp(made.at), what=f"decision.{made.action.value}", who=made.actor)


def _clean_zone(connection: sa.Connection, digest: Digest) -> Iterator[Happened]:
    promoted = promotions.get(connection, digest)
    if promoted is not None:
        yield Happened(at=timestamp(promoted.promoted_at), what="promoted", who="autoclave")
    for recall in recalls.of_content(connection, digest):
        yield Happened(at=timestamp(recall.at), what="recalled", who="autoclave")
