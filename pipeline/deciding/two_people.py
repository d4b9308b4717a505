"""Decisions that people sign: the first of two waits, and a second person's completes it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit.event import EventType, timestamp
from catalogue import decisions
from catalogue.decisions import StoredDecision
from catalogue.exceptions import StoredException
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import UsageError
from custody.ids import EPOCH, new_id
from custody.lifecycle import Action
from pipeline.deciding.signing import Signatory, check_signed, is_revoked, sign_statement
from pipeline.recording import Recorder
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a decision: it waits for a second person, or took effect on some entries.

    `promoted` entries have the same content and stand promoted: a decision does not move them.
    """

    decision: Decision
    effective: bool
    entries: int
    promoted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is decided, and how far it reaches: two people decide the same when these are equal."""

    subject: Digest
    action: Action
    scope: str


def sign_act(runtime: Runtime, act: Act, signatory: Signatory) -> Decision:
    """Return a decision that a registered person signed.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: the reason is not one printable line.
    """
    now = runtime.clock()
    unsigned = Decision(
        decision_id=new_id(now, os.urandom(10)),
        subject=act.subject,
        action=act.action,
        scope=act.scope,
        actor=signatory.actor,
        reason=signatory.reason,
        at=now,
        signature="",
    )
    try:
        words = unsigned.statement
    except ValueError as error:
        raise UsageError(str(error), next_step="give a reason in one line") from error
    signed = sign_statement(runtime, signatory, words)
    return replace(unsigned, signature=signed.signature)


def first_of(runtime: Runtime, made: Decision) -> Decision | None:
    """Return the decision of another person that this one completes: same act, same scope.

    What is left over does not count: one from before the same act last took effect, of somebody
    who signed twice, and one by a key that was revoked since.

    Raises:
        SignatureError: it stands in the database, and that person did not sign it.
    """
    act = (made.subject, made.action, made.scope)
    with runtime.catalogue.read() as connection:
        same = [
            stored
            for stored in decisions.on(connection, made.subject)
            if (made.subject, stored.decision.action, stored.decision.scope) == act
        ]
        last = max((each.decision.at for each in same if each.effective), default=EPOCH)
        completed = {each.completes for each in same}
        for first in (each.decision for each in same if not each.effective):
            left_over = first.decision_id in completed or first.at <= last
            if left_over or first.actor == made.actor or is_revoked(connection, first.actor):
                continue
            check_signed(connection, first)
            return first
    return None


def waiting(runtime: Runtime) -> list[StoredDecision]:
    """Return the decisions that wait for a second person, oldest first."""
    with runtime.catalogue.read() as connection:
        return decisions.waiting(connection)


def record(
    runtime: Runtime,
    made: Decision,
    *,
    completes: Decision | None = None,
    granted: Sequence[StoredException] = (),
) -> None:
    """Store a decision without effect, and publish it and the exceptions that it grants."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    first_id = completes.decision_id if completes else None
    subject = {"digest": made.subject, "action": made.action.value}
    body = {
        "decision": made.decision_id,
        "scope": made.scope,
        "reason": made.reason,
        "signature": made.signature,
        "completes": first_id,
        "grants": [_grant(stored) for stored in granted],
    }
    event = recorder.event(
        EventType.DECISION_MADE, subject=subject, body=body, actor=made.actor, at=made.at
    )
    with runtime.catalogue.write() as connection:
        decisions.add(connection, made, completes=first_id, effective=False)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def _grant(stored: StoredException) -> dict[str, str]:
    """Return what the ledger says of an exception; a waiver of a name does not say which."""
    exception = stored.exception
    return {
        "exception": stored.exception_id,
        "kind": type(exception).__name__,
        "scanner": getattr(exception, "scanner", "names"),
        "rule": getattr(exception, "rule", ""),
        "until": timestamp(exception.granted.end),
    }
