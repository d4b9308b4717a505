"""People's decisions on held content: signed, recorded and published before they take effect."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalogue import decisions, entries, exceptions, views
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.exceptions import StoredException
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import UnavailableError, UsageError
from custody.exception import AnyException, Granted, UnscannedWaiver, Waiver
from custody.ids import EPOCH, new_id
from custody.lifecycle import Action, Stage, advance
from pipeline.deciding.release import code_of, loosenings, may_move, pass_again, sources_of
from pipeline.deciding.shown import check_shown
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, Decided, first_of, record, sign_act
from pipeline.source_locks import recovering
from pipeline.steps.copies import ALTHOUGH_SIGNED, ANY_COPY
from pipeline.wiring import Runtime
from sanitizers.disarming.registry import has_disarmer


def reject(runtime: Runtime, digest: Digest, signatory: Signatory, *, shown: str = "") -> Decided:
    """Refuse a held content for good; one person suffices, for it tightens.

    Its sources are held meanwhile: a recovery that is promoting it would not see the rejection.
    `shown` is the code of what the person was shown: see `pipeline.deciding.shown`.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: nothing of this content can be rejected.
        UnavailableError: a source of it is being recovered, or something else stands here than was
            shown; nothing is recorded.
    """
    sources = sources_of(runtime, _standing(runtime, digest, Action.REJECT))
    act = Act(subject=digest, action=Action.REJECT, scope="for good")
    made = sign_act(runtime, act, signatory)
    with recovering(runtime.home, runtime.catalogue, sources):
        check_shown(runtime, digest, shown)
        standing = _standing(runtime, digest, Action.REJECT)
        record(runtime, made)
        with runtime.catalogue.write() as connection:
            decisions.mark_effective(connection, made.decision_id)
            entries.update(connection, [_moved(e, Action.REJECT) for e in standing])
    twins = [e for e in _latest(runtime, digest) if e.stage is Stage.PROMOTED]
    return Decided(decision=made, effective=True, entries=len(standing), promoted=len(twins))


def release(
    runtime: Runtime, digest: Digest, signatory: Signatory, until: datetime, *, shown: str = ""
) -> Decided:
    """Let a held content pass again, with a waiver for each reason against it; two people sign.

    Both sign the same reasons: when there are others by then, the second signature is a first one.

    The second signature takes effect at once: the entries go back to quarantine and through all
    three steps. Their sources are held meanwhile, as by a recovery.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: nothing of this content is held, the rules in force have not judged it, or the
            end is past.
        UnavailableError: a source of it is being recovered, or something else stands here than was
            shown; nothing is recorded.
    """
    _check_end(until, runtime.ledger.now())
    check_shown(runtime, digest, shown)
    standing = _standing(runtime, digest, Action.RELEASE)
    reasons = code_of(loosenings(runtime, standing, _asked(until)))
    scope = f"reasons {reasons} {_until(until)}"
    act = Act(subject=digest, action=Action.RELEASE, scope=scope)
    made = sign_act(runtime, act, signatory)
    first = first_of(runtime, made)
    if first is None:
        record(runtime, made)
        return Decided(decision=made, effective=False, entries=len(standing))
    granted = _granted(first, made, until)
    with recovering(runtime.home, runtime.catalogue, sources_of(runtime, standing)):
        check_shown(runtime, digest, shown)
        exceptions_now = loosenings(runtime, standing, granted)
        changed = standing != _standing(runtime, digest, Action.RELEASE)
        if changed or reasons != code_of(exceptions_now):
            raise UnavailableError(
                f"the entries of {digest} changed meanwhile",
                next_step="run the same command again",
            )
        loosened = _numbered(runtime, exceptions_now)
        record(runtime, made, completes=first, granted=loosened)
        _make_effective(runtime, first, made, loosened)
        pass_again(runtime, standing)
    return Decided(decision=made, effective=True, entries=len(standing))


def disarm(
    runtime: Runtime, digest: Digest, signatory: Signatory, *, although_signed: bool = False
) -> Decided:
    """Have a held content disarmed, whatever the policy says of its type; one person suffices.

    Nothing is loosened: only a copy that passes every check may stand for it, and only where what
    is active is all that speaks against it. The entries pass through all three steps again.
    `although_signed` gives up the signature of the original, which is kept as it is.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: nothing of this content is held, or its type has no disarmer.
        UnavailableError: a source of it is being recovered; nothing is recorded.
    """
    standing = _standing(runtime, digest, Action.DISARM)
    _check_disarmer(runtime, digest)
    scope = ALTHOUGH_SIGNED if although_signed else ANY_COPY
    act = Act(subject=digest, action=Action.DISARM, scope=scope)
    made = sign_act(runtime, act, signatory)
    with recovering(runtime.home, runtime.catalogue, sources_of(runtime, standing)):
        standing = _standing(runtime, digest, Action.DISARM)
        record(runtime, made)
        with runtime.catalogue.write() as connection:
            decisions.mark_effective(connection, made.decision_id)
        pass_again(runtime, standing, Action.DISARM)
    after = [e for e in _latest(runtime, digest) if e.stage is Stage.SUPERSEDED]
    return Decided(decision=made, effective=True, entries=len(standing), promoted=len(after))


def _check_disarmer(runtime: Runtime, digest: Digest) -> None:
    """Refuse what no disarmer knows before anybody signs it."""
    with runtime.catalogue.read() as connection:
        view = views.show(connection, digest, most=0)
    types = {i.media_type for i in view.inspections.values()} if view else set()
    if not any(map(has_disarmer, types)):
        named = ", ".join(sorted(t for t in types if t)) or "content of no known type"
        raise UsageError(
            f"{digest} cannot be disarmed: there is no disarmer for {named}",
            next_step="see docs/disarm.md for the types that have one",
        )


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
    runtime: Runtime,
    digest: Digest,
    waived: Waived,
    signatory: Signatory,
    until: datetime,
    *,
    shown: str = "",
) -> Decided:
    """Accept one rule or one missing check on a content from its next judgement on; two people.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: the end is past, or nothing of the kind stands against the content.
        UnavailableError: something else stands here than was shown; nothing is recorded.
    """
    _check_end(until, runtime.ledger.now())
    check_shown(runtime, digest, shown)
    _check_stands(runtime, digest, waived, until)
    scope = f"{waived.scanner} {waived.rule or 'unscanned'} {_until(until)}"
    made = sign_act(runtime, Act(subject=digest, action=Action.WAIVE, scope=scope), signatory)
    first = first_of(runtime, made)
    if first is None:
        record(runtime, made)
        return Decided(decision=made, effective=False, entries=0)
    exception = waived.exception(digest, _granted(first, made, until))
    granted = _numbered(runtime, [exception])
    record(runtime, made, completes=first, granted=granted)
    _make_effective(runtime, first, made, granted)
    return Decided(decision=made, effective=True, entries=0)


def _check_stands(runtime: Runtime, digest: Digest, waived: Waived, until: datetime) -> None:
    """Refuse a waiver of what nobody said: with a mistyped rule two people would sign nothing."""
    asked = _asked(until)
    against = loosenings(runtime, _latest(runtime, digest), asked)
    if waived.exception(digest, asked) in against:
        return
    known = sorted(
        f"--scanner {e.scanner}" + (f" --rule {e.rule}" if isinstance(e, Waiver) else "")
        for e in against
        if isinstance(e, Waiver | UnscannedWaiver)
    )
    raise UsageError(
        f"no {waived.rule or 'missing outcome'} of {waived.scanner} stands against {digest}",
        next_step=f"waive {' or '.join(known)}" if known else f"see `autoclave show {digest}`",
    )


def _asked(until: datetime) -> Granted:
    """Return the grant as it would be, to ask which exceptions it takes."""
    return Granted(people=("first", "second"), reason="asked", start=EPOCH, end=until)


def _latest(runtime: Runtime, digest: Digest) -> list[StoredEntry]:
    """Return the entries of the latest runs that have a content.

    Raises:
        UsageError: there is none.
    """
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id for i in views.latest_inventories(connection)}
        found = [e for e in entries.by_digest(connection, digest) if e.inventory_id in latest]
    if not found:
        raise UsageError(
            f"{digest} is not known",
            next_step="see `autoclave holds` for what waits for a decision",
        )
    return found


def _standing(runtime: Runtime, digest: Digest, action: Action) -> list[StoredEntry]:
    """Return the entries of the latest runs that a decision on a content would move."""
    standing = [e for e in _latest(runtime, digest) if may_move(e, action)]
    if not standing:
        raise UsageError(
            f"nothing of {digest} is left to {action.value}",
            next_step="see `autoclave holds` for what waits for a decision",
        )
    return standing


def _granted(first: Decision, second: Decision, until: datetime) -> Granted:
    _check_end(until, second.at)
    return Granted(
        people=(first.actor, second.actor),
        reason=f"{first.reason} / {second.reason}",
        start=second.at,
        end=until,
    )


def _check_end(until: datetime, now: datetime) -> None:
    """Refuse an end that is past before anybody signs it."""
    if until <= now:
        raise UsageError("an exception needs an end in the future", next_step="give --until DATE")


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


def _moved(entry: StoredEntry, action: Action) -> EntryUpdate:
    return EntryUpdate(
        entry_id=entry.entry_id,
        stage=advance(entry.stage, action),
        digest=entry.digest,
        verdict=entry.verdict,
        reason=entry.reason,
        contract=entry.contract,
    )


def _until(until: datetime) -> str:
    return f"until {until.date().isoformat()}"
