"""Opens a restore set: from then on hospital systems may read it, and it may be delivered.

The steps, in order; one that fails leaves the set as it was:

1. It has not ended, and the policy in force may seal and has rules enough, young enough.
2. Its document is the one that was sealed, and so is its manifest, of which nothing is newer than
   the case's cut-off; each signature is verified anew: enough different people with
   different keys that count now, among them the roles that its kind of case needs. For urgent care
   one suffices, of a person who does not go on so from an opening that nobody countersigned.
3. The ledger verifies. What was recalled, rejected or condemned since is left out, with a reason.
4. The certificate is stored, and the event with its digest is published.
5. The contents are put where consumers read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType, timestamp
from catalogue import decisions, evidence, promotions, proposals, recalls, restore_sets, views
from catalogue.restore_sets import StoredSet
from cleanzone.restore_set import URGENT_HOURS, SetSignature
from custody.box import Json
from custody.digest import Digest
from custody.errors import LedgerError, PolicyError, RefusedError, SignatureError, UnavailableError
from pipeline.deciding.set_signatures import counting
from pipeline.proving.verify import verify
from pipeline.recording import ACTOR, Recorder
from pipeline.restoring.certify import certify
from pipeline.restoring.lines import lines_of
from pipeline.restoring.readiness import check_ready
from pipeline.restoring.shelf import fill
from pipeline.restoring.sign import (
    check_document,
    check_in_time,
    good_signatures,
    set_of,
    still_asked,
)
from pipeline.restoring.urgent import check_urgent
from pipeline.wiring import Runtime
from sanitizers.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An opened set: what was left out of it and why, and how many contents were put."""

    stored: StoredSet
    withdrawn: Mapping[Digest, str]
    put: int


def open_set(runtime: Runtime, set_id: str, *, urgent: bool = False, actor: str = ACTOR) -> Opened:
    """Open a set that enough people signed; `urgent` opens it on one signature, for a day.

    A set that is open already is filled where a crash left something out.

    Raises:
        RefusedError: it has ended, is newer than its case allows, or all of it was withdrawn.
        PolicyError: the policy in force may not seal, or its demands on rules are not met.
        SignatureError: too few signatures, or one that is stored is not genuine.
        LedgerError: the ledger does not verify.
    """
    stored = set_of(runtime, set_id)
    check_in_time(runtime, stored)
    policy = check_ready(runtime)
    document: Mapping[str, Json] = json.loads(check_document(runtime, stored))
    full = not _asked(runtime, stored, policy, urgent=urgent)
    withdrawn = withdrawn_of(runtime, stored)
    if len(withdrawn) == len(_members(runtime, stored)):
        raise RefusedError(
            f"everything in set {set_id} was withdrawn since", next_step="seal another one"
        )
    if stored.opened_at is None or (full and stored.countersign_by is not None):
        lines_of(runtime, stored)
        _check_ledger(runtime)
        stored = _open(runtime, stored, document, policy, withdrawn, full=full, actor=actor)
    return Opened(stored=stored, withdrawn=withdrawn, put=fill(runtime, stored, withdrawn))


def withdrawn_of(runtime: Runtime, stored: StoredSet) -> dict[Digest, str]:
    """Return what of a set may not be handed out any more, each with its reason.

    What runs that ended before the sealing said of a content was weighed then.
    """
    members = _members(runtime, stored)
    with runtime.catalogue.read() as connection:
        standing = promotions.known(connection, members)
        latest = [
            inventory.inventory_id
            for inventory in views.latest_inventories(connection)
            # A run that was under way when the set was sealed went on to say things since.
            if inventory.ended_at is None or inventory.ended_at >= stored.at
        ]
        rejected = decisions.rejected(connection, members)
        condemned = evidence.condemned(connection, members, latest)
        waiting = proposals.among(connection, members)
        by = recalls.against(connection, [d for d in members if d not in standing])
    return {
        digest: why
        for digest in members
        if (
            why := "rejected" * (digest in rejected)
            or "called malicious in a later run" * (digest in condemned)
            or "its recall waits for a person" * (digest in waiting)
            or ("" if digest in standing else f"recall {_named(by.get(digest))}")
        )
    }


def _named(recalled: frozenset[str] | None) -> str:
    return ", ".join(sorted(recalled or ["unknown"]))


def _members(runtime: Runtime, stored: StoredSet) -> list[Digest]:
    with runtime.catalogue.read() as connection:
        return restore_sets.members(connection, stored.set_id)


def _asked(runtime: Runtime, stored: StoredSet, policy: Policy, *, urgent: bool) -> bool:
    """Whether signatures are missing; refused unless one person opens it for urgent care."""
    if not policy.seals:
        raise PolicyError(
            f"policy {policy.name} cannot open a restore set",
            next_step="set `policy.name` to the one that it was recovered under",
        )
    asked = still_asked(runtime, stored, policy.restore)
    if not asked:
        return False
    if not (urgent and good_signatures(runtime, stored)):
        raise SignatureError(
            f"set {stored.set_id} still needs {' and '.join(asked)}",
            next_step="`autoclave restore sign SET --as NAME`; for urgent care one, and --urgent",
        )
    if stored.countersign_by is not None and runtime.ledger.now() >= stored.countersign_by:
        raise SignatureError(
            f"set {stored.set_id} was not countersigned within a day, and needs {asked[0]}",
            next_step="`autoclave restore sign SET --as NAME`, then open it again",
        )
    with runtime.catalogue.read() as connection:
        check_urgent(connection, stored, runtime.ledger.now())
    return True


def _check_ledger(runtime: Runtime) -> None:
    found = verify(runtime)
    if found.faults:
        raise LedgerError(
            f"the ledger does not verify: {found.faults[0].where}: {found.faults[0].what}",
            next_step="run `autoclave audit verify`",
        )


def _open(
    runtime: Runtime,
    stored: StoredSet,
    document: Mapping[str, Json],
    policy: Policy,
    withdrawn: Mapping[Digest, str],
    *,
    full: bool,
    actor: str,
) -> StoredSet:
    countersign_by = None if full else runtime.ledger.now() + URGENT_HOURS
    if not full and stored.countersign_by is not None:
        countersign_by = stored.countersign_by
    certificate = certify(
        runtime, stored, document, policy, withdrawn=withdrawn, countersign_by=countersign_by
    )
    now, signed = runtime.clock(), good_signatures(runtime, stored)
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    event = recorder.event(
        EventType.RESTORE_OPENED,
        subject={"set": stored.set_id},
        body={
            "document": stored.document,
            "certificate": certificate.digest,
            "pages": dict(certificate.pages),
            "prints": dict(certificate.prints),
            "signed_by": [s.person for s in signed],
            "withdrawn": len(withdrawn),
            "countersign_by": None if countersign_by is None else timestamp(countersign_by),
        },
        actor=actor,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        _check_unchanged(connection, stored, signed, now, full=full)
        restore_sets.open_set(
            connection,
            stored.set_id,
            at=now,
            certificate=certificate.digest,
            countersign_by=countersign_by,
        )
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return set_of(runtime, stored.set_id)


def _check_unchanged(
    connection: sa.Connection,
    stored: StoredSet,
    signed: list[SetSignature],
    now: datetime,
    *,
    full: bool,
) -> None:
    """Refuse when a key was revoked, or another set opened, while the ledger was verified."""
    if counting(connection, stored) != signed:
        raise UnavailableError(
            f"who signed set {stored.set_id} changed meanwhile",
            next_step="run the same command again",
        )
    if not full:
        check_urgent(connection, stored, now)
