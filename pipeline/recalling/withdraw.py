"""Carries a recall out: recorded and published first, then the objects go, then that is recorded.

From the first event on nothing of it is delivered or promoted again; what a crash leaves between
the two events is finished by whatever runs next: upkeep, or another recall.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from audit import manifest
from audit.event import EventType, subject_of_manifest, timestamp
from audit.note import sign_note
from catalogue import decisions, entries, held_by, promotions, recalls, restore_sets
from catalogue.entries import Standing, StoredEntry
from catalogue.recalls import Act
from cleanzone.promotion import key_of
from cleanzone.recall import RecallList, remove
from custody.decision import Decision
from custody.digest import Digest, digest_of
from custody.ids import new_id
from custody.lifecycle import Action, advance
from custody.verdict import Verdict
from pipeline.notices import RECALL, Notice, notify
from pipeline.recalling.from_sets import withdraw
from pipeline.recalling.plan import Plan, Taken
from pipeline.recording import ACTOR, Recorder
from pipeline.wiring import Runtime
from storage.faults import store_error
from storage.interface import Spooled

STEP = "recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a recall says of the entries that stand on an artefact."""

    digest: Digest
    verdict: Verdict | None
    reason: str


def carry_out(runtime: Runtime, plan: Plan, cause: str, signed: Sequence[Decision] = ()) -> str:
    """Withdraw what a plan takes and return the recall's id.

    Raises:
        LedgerError: it cannot be recorded; nothing was withdrawn.
        StoreError: it is recorded, and some objects still stand; they go with the next command.
    """
    now = runtime.clock()
    recall_id = new_id(now, os.urandom(10))
    lines = [each.encode() for each in plan.taken]
    built = manifest.build(lines)
    spooled = Spooled(
        digest=digest_of(built.content), size=len(built.content), content=built.content
    )
    runtime.audit.put(built.key, spooled)
    subject = {
        "recall": recall_id,
        **subject_of_manifest(built.root, STEP, 0, built.lines),
    }
    body = {"cause": cause, "decisions": [decision.decision_id for decision in signed]}
    actor = signed[-1].actor if signed else ACTOR
    recorder = Recorder(runtime=runtime, case="", run_id="")
    event = recorder.event(
        EventType.RECALL_INTENDED, subject=subject, body=body, actor=actor, at=now
    )
    act = Act(recall_id=recall_id, cause=cause, manifest=built.root, at=now)
    with runtime.catalogue.write() as connection:
        take_back(connection, act, list(map(move_of, plan.taken)))
        for decision in signed:
            decisions.mark_effective(connection, decision.decision_id)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    _finish(runtime, act)
    return recall_id


def take_back(connection: sa.Connection, act: Act, moves: Sequence[Move]) -> None:
    """Store a recall and move the entries that stand on its artefacts, of every run."""
    by_digest = {move.digest: move for move in moves}
    standing = list(held_by.standing(connection, sorted(by_digest)))
    recalls.add(connection, act, {move.digest: move.reason for move in moves})
    entries.settle(connection, [_moved(entry, by_digest) for entry in standing])


def finish_open(runtime: Runtime) -> tuple[str, ...]:
    """Finish what a crash left of recalls, and return which ones those were.

    Raises:
        StoreError: some objects still stand.
    """
    with runtime.catalogue.read() as connection:
        left = recalls.unfinished(connection)
    if left:
        runtime.ledger.publish()
    for act in left:
        _finish(runtime, act)
    return tuple(act.recall_id for act in left)


def list_of(runtime: Runtime, act: Act) -> RecallList:
    """Return the list of a recall's artefacts and of the deliveries and sets that had them."""
    with runtime.catalogue.read() as connection:
        digests = sorted(recalls.contents_of(connection, act.recall_id))
        delivered = held_by.deliveries_of(connection, digests)
        sealed = restore_sets.holding(connection, digests)
    return RecallList(
        recall_id=act.recall_id,
        cause=act.cause,
        at=timestamp(act.at),
        digests=digests,
        deliveries=_by_holder(delivered),
        sets=_by_holder(sealed),
    )


def _by_holder(held: Mapping[Digest, Sequence[str]]) -> dict[str, list[Digest]]:
    """Return who holds what, from what is held by whom; both in order."""
    found: dict[str, list[Digest]] = {}
    for digest in sorted(held):
        for holder in held[digest]:
            found.setdefault(holder, []).append(digest)
    return dict(sorted(found.items()))


def _finish(runtime: Runtime, act: Act) -> None:
    listed = list_of(runtime, act)
    gone = _gone(runtime, listed.digests)
    removed = remove(runtime.recaller, map(key_of, gone))
    withdraw(runtime, act.recall_id, gone)
    note = sign_note(listed.text, runtime.signer).encode()
    runtime.audit.put(listed.key, Spooled(digest=digest_of(note), size=len(note), content=note))
    _hand_out(runtime, act.recall_id, note)
    recorder = Recorder(runtime=runtime, case="", run_id="")
    subject = {"recall": act.recall_id}
    body = {"removed": removed, "list": digest_of(note)}
    event = recorder.event(EventType.RECALL_DONE, subject=subject, body=body)
    with runtime.catalogue.write() as connection:
        recalls.finish(connection, act.recall_id, event.at)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    numbers = {
        "artefacts": len(listed.digests),
        "sets": len(listed.sets),
        "deliveries": len(listed.deliveries),
    }
    notify(runtime, Notice(kind=RECALL, subject=act.recall_id, numbers=numbers))


def _gone(runtime: Runtime, digests: Sequence[Digest]) -> list[Digest]:
    """Return what is not in the clean zone by right again since."""
    with runtime.catalogue.read() as connection:
        again = promotions.known(connection, digests)
    return [digest for digest in digests if digest not in again]


def _hand_out(runtime: Runtime, recall_id: str, note: bytes) -> None:
    """Write the signed list where a person finds it."""
    path = runtime.home.recalls / f"{recall_id}.note"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(note)
    except OSError as error:
        raise store_error("write a recall list", error) from error


def move_of(taken: Taken) -> Move:
    """Return what taking an artefact says of the entries that stand on it."""
    return Move(digest=taken.digest, verdict=taken.reason.verdict, reason=taken.reason.line)


def _moved(entry: StoredEntry, moves: dict[Digest, Move]) -> tuple[int, Standing]:
    digest = entry.superseded_by or entry.digest
    if digest is None:
        raise RuntimeError("what stands in the clean zone has a content")
    move = moves[digest]
    return entry.entry_id, Standing(
        stage=advance(entry.stage, Action.RECALL),
        verdict=move.verdict or entry.verdict,
        reason=move.reason,
        superseded_by=entry.superseded_by,
    )
