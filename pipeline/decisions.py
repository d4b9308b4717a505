"""People's decisions on held content: signed, recorded and published before they take effect."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from audit.event import EventType, timestamp
from catalogue import decisions, entries, exceptions, views
from catalogue.decisions import StoredDecision
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.exceptions import StoredException
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import UsageError
from custody.exception import AnyException, Granted, UnscannedWaiver, Waiver
from custody.ids import new_id
from custody.lifecycle import Action, advance
from pipeline.recording import Recorder
from pipeline.release import loosenings, may_move, pass_again
from pipeline.signing import Signatory, sign_statement
from pipeline.wiring import Runtime

ALONE = frozenset({Action.REJECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a decision: it waits for a second person, or took effect on some entries."""

    decision: Decision
    effective: bool
    entries: int


def reject(runtime: Runtime, digest: Digest, signatory: Signatory) -> Decided:
    """Refuse a held content for good; one person suffices, for it tightens.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: nothing of this content can be rejected.
    """
    standing = _standing(runtime, digest, Action.REJECT)
    made = _sign(runtime, digest, Action.REJECT, "for good", signatory)
    _record(runtime, made, completes=None)
    with runtime.catalogue.write() as connection:
        decisions.mark_effective(connection, made.decision_id)
        entries.update(connection, [_moved(e, Action.REJECT) for e in standing])
    return Decided(decision=made, effective=True, entries=len(standing))


def release(runtime: Runtime, digest: Digest, signatory: Signatory, until: datetime) -> Decided:
    """Let a held content pass again, with a waiver for each reason against it; two people sign.

    The second signature takes effect at once: the entries go back to quarantine and through all
    three steps.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: nothing of this content is held.
    """
    standing = _standing(runtime, digest, Action.RELEASE)
    made = _sign(runtime, digest, Action.RELEASE, _until(until), signatory)
    first = _first(runtime, made)
    if first is None:
        _record(runtime, made, completes=None)
        return Decided(decision=made, effective=False, entries=len(standing))
    granted = _granted(first.decision, made, until)
    loosened = _numbered(runtime, loosenings(runtime, standing, granted))
    _record(runtime, made, completes=first.decision.decision_id, granted=loosened)
    _make_effective(runtime, first.decision, made, loosened)
    pass_again(runtime, standing)
    return Decided(decision=made, effective=True, entries=len(standing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """One scanner's rule, or its missing outcome when the rule is empty."""

    scanner: str
    rule: str = ""

    def exception(self, digest: Digest, granted: Granted) -> AnyException:
        """Return the exception that waives it."""
        if self.rule:
            return Waiver(digest=digest, scanner=self.scanner, rule=self.rule, granted=granted)
        return UnscannedWaiver(digest=digest, scanner=self.scanner, granted=granted)


def waive(
    runtime: Runtime, digest: Digest, waived: Waived, signatory: Signatory, until: datetime
) -> Decided:
    """Accept one rule or one missing check on a content from its next judgement on; two people.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
    """
    scope = f"{waived.scanner} {waived.rule or 'unscanned'} {_until(until)}"
    made = _sign(runtime, digest, Action.WAIVE, scope, signatory)
    first = _first(runtime, made)
    if first is None:
        _record(runtime, made, completes=None)
        return Decided(decision=made, effective=False, entries=0)
    exception = waived.exception(digest, _granted(first.decision, made, until))
    granted = _numbered(runtime, [exception])
    _record(runtime, made, completes=first.decision.decision_id, granted=granted)
    _make_effective(runtime, first.decision, made, granted)
    return Decided(decision=made, effective=True, entries=0)


def waiting(runtime: Runtime) -> list[StoredDecision]:
    """Return the decisions that wait for a second person, oldest first."""
    with runtime.catalogue.read() as connection:
        return decisions.waiting(connection)


def _standing(runtime: Runtime, digest: Digest, action: Action) -> list[StoredEntry]:
    """Return the entries of the latest runs that a decision on a content would move."""
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id for i in views.latest_inventories(connection)}
        found = [e for e in entries.by_digest(connection, digest) if e.inventory_id in latest]
    standing = [e for e in found if may_move(e, action)]
    if not standing:
        raise UsageError(
            f"nothing of {digest} can be {action.value}d" if found else f"{digest} is not known",
            next_step="see `autoclave holds` for what waits for a decision",
        )
    return standing


def _sign(
    runtime: Runtime, digest: Digest, action: Action, scope: str, signatory: Signatory
) -> Decision:
    now = runtime.clock()
    unsigned = Decision(
        decision_id=new_id(now, os.urandom(10)),
        subject=digest,
        action=action,
        scope=scope,
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


def _first(runtime: Runtime, made: Decision) -> StoredDecision | None:
    """Return the decision of another person that this one completes: same act, same scope."""
    act = (made.subject, made.action, made.scope)
    for stored in waiting(runtime):
        first = stored.decision
        if (first.subject, first.action, first.scope) == act and first.actor != made.actor:
            return stored
    return None


def _granted(first: Decision, second: Decision, until: datetime) -> Granted:
    if until <= second.at:
        raise UsageError("an exception needs an end in the future", next_step="give --until DATE")
    return Granted(
        people=(first.actor, second.actor),
        reason=f"{first.reason} / {second.reason}",
        start=second.at,
        end=until,
    )


def _record(
    runtime: Runtime,
    made: Decision,
    *,
    completes: str | None,
    granted: Sequence[StoredException] = (),
) -> None:
    """Store a decision without effect, and publish it and the exceptions that it grants."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    subject = {"digest": made.subject, "action": made.action.value}
    body = {
        "decision": made.decision_id,
        "scope": made.scope,
        "reason": made.reason,
        "signature": made.signature,
        "completes": completes,
        "grants": [_grant(stored) for stored in granted],
    }
    event = recorder.event(
        EventType.DECISION_MADE, subject=subject, body=body, actor=made.actor, at=made.at
    )
    with runtime.catalogue.write() as connection:
        decisions.add(connection, made, completes=completes, effective=False)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def _make_effective(
    runtime: Runtime, first: Decision, second: Decision, granted: Sequence[StoredException]
) -> None:
    with runtime.catalogue.write() as connection:
        for stored in granted:
            exceptions.add(connection, stored.exception_id, stored.exception)
        for decision in (first, second):
            decisions.mark_effective(connection, decision.decision_id)


def _numbered(runtime: Runtime, granted: Iterable[AnyException]) -> list[StoredException]:
    return [
        StoredException(exception_id=new_id(runtime.clock(), os.urandom(10)), exception=exception)
        for exception in granted
    ]


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


def _moved(entry: StoredEntry, action: Action) -> EntryUpdate:
    return EntryUpdate(
        entry_id=entry.entry_id,
        stage=advance(entry.stage, action),
        digest=entry.digest,
        verdict=entry.verdict,
        reason=entry.reason,
    )


def _until(until: datetime) -> str:
    return f"until {until.date().isoformat()}"
