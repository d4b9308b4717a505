"""Replays what people decided: decisions, the exceptions that two granted, and the moves."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from catalogue import decisions, entries, exceptions, tables, views
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.erasure import erased_code
from custody.box import Json
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import LedgerError
from custody.exception import AnyException, Granted, NameWaiver, UnscannedWaiver, Waiver
from custody.lifecycle import Action, advance
from pipeline.deciding import record_groups
from pipeline.deciding.release import PASS_AGAIN, may_move
from pipeline.deciding.signing import check_signed
from pipeline.steps.accepted import read_scope

Event = Mapping[str, Json]
ENOUGH_TO_LOOSEN = 2
# What takes effect with one signature.
BY_ONE = frozenset({Action.REJECT, Action.DISARM, *record_groups.BY_ONE})
NAMED_ELSEWHERE = frozenset(
    {Action.REGISTER, Action.REPLACE, Action.RECALL, Action.DECLARE, Action.REVOKE}
)


def replay_decision(connection: sa.Connection, event: Event) -> None:
    """Store a decision again, and give it the effect that it had.

    A registration, a replacing of rules, a recall or a word on a case has none here: the event
    about the person, the pack, the recall or the case names its decisions.

    Raises:
        SignatureError: a registered person did not sign it.
        LedgerError: it completes a decision that the ledger does not hold, or one that was used.
    """
    made = _decision(event)
    check_signed(connection, made)
    completes = event["body"]["completes"]
    if completes is not None:
        never = decisions.get(connection, completes) is None
        # Not whether it had effect: after a crash it may have had none, and be completed rightly.
        before = {each.completes for each in decisions.on(connection, made.subject)}
        if never or completes in before:
            fault = "was never recorded" if never else "was completed before"
            raise LedgerError(
                f"decision {made.decision_id} completes {completes}, which {fault}",
                next_step="keep this ledger as it is, and ask who signed",
            )
    decisions.add(connection, made, completes=completes)
    if made.action in NAMED_ELSEWHERE or (made.action not in BY_ONE and completes is None):
        return
    standing = _moved_by(connection, made)
    if completes is not None:
        _grant(connection, event, made, completes, standing)
        decisions.mark_effective(connection, completes)
    decisions.mark_effective(connection, made.decision_id)
    entries.update(connection, [_moved(entry, made.action) for entry in standing])


def check_two(
    connection: sa.Connection,
    signed: Sequence[str],
    subject: str,
    action: Action,
    *,
    told: str,
    needed: int = ENOUGH_TO_LOOSEN,
) -> None:
    """Refuse what too few different people signed, for this very act and for nothing before it.

    Raises:
        LedgerError: fewer decisions of that kind on that subject are named, or had effect before.
    """
    named = [d for d in (decisions.get(connection, each) for each in signed) if d is not None]
    actors = {
        each.decision.actor
        for each in named
        if (each.decision.subject, each.decision.action) == (subject, action) and not each.effective
    }
    if len(actors) < needed:
        raise LedgerError(
            f"{told} without {'two signatures' if needed > 1 else 'a signature'}",
            next_step="keep this ledger as it is, and ask who signed",
        )


def _decision(event: Event) -> Decision:
    subject, body = event["subject"], event["body"]
    return Decision(
        decision_id=body["decision"],
        subject=Digest(subject["digest"]),
        action=Action(subject["action"]),
        scope=body["scope"],
        actor=event["actor"],
        reason=body["reason"],
        at=datetime.fromisoformat(event["time"]),
        signature=body["signature"],
    )


def _moved_by(connection: sa.Connection, made: Decision) -> list[StoredEntry]:
    """Return the entries that a decision moves, those of a group under what was accepted of it."""
    if made.action is Action.WAIVE or made.action in record_groups.BY_ONE:
        return []
    if made.action is Action.ACCEPT_RECORDS:
        return record_groups.standing(connection, read_scope(made.scope)[0])
    return _standing(connection, made)


def _standing(connection: sa.Connection, made: Decision) -> list[StoredEntry]:
    latest = {i.inventory_id for i in views.latest_inventories(connection)}
    found = entries.by_digest(connection, made.subject)
    return [e for e in found if e.inventory_id in latest and may_move(e, made.action)]


def _moved(entry: StoredEntry, action: Action) -> EntryUpdate:
    return EntryUpdate(
        entry_id=entry.entry_id,
        stage=advance(entry.stage, action),
        digest=entry.digest,
        verdict=entry.verdict,
        reason=None if action in PASS_AGAIN else entry.reason,
        contract=entry.contract,
    )


def _grant(
    connection: sa.Connection,
    event: Event,
    second: Decision,
    first_id: str,
    standing: Sequence[StoredEntry],
) -> None:
    first = decisions.get(connection, first_id)
    if first is None:
        raise RuntimeError("a second decision completes one that is stored")
    named = _Named(connection, standing)
    for grant in event["body"]["grants"]:
        granted = Granted(
            people=(first.decision.actor, second.actor),
            reason=f"{first.decision.reason} / {second.reason}",
            start=second.at,
            end=datetime.fromisoformat(grant["until"]),
        )
        exceptions.add(connection, grant["exception"], _exception(grant, second, granted, named))


class _Named:
    """Tells which names of a released content a rule about names spoke of, in their order."""

    def __init__(self, connection: sa.Connection, standing: Sequence[StoredEntry]) -> None:
        found: dict[str, dict[bytes, None]] = {}
        columns = tables.findings.c
        for entry in standing:
            statement = sa.select(columns.rule).where(
                columns.digest == entry.digest, columns.name_key == entry.name_key
            )
            for rule in connection.execute(statement).scalars():
                found.setdefault(rule, {})[entry.name_key] = None
        self._by_rule = {rule: iter(keys) for rule, keys in found.items()}

    def next(self, rule: str) -> bytes:
        """Return the next name that the rule spoke of."""
        return next(self._by_rule.get(rule, iter(())), None) or erased_code()


def _exception(
    grant: Mapping[str, str], made: Decision, granted: Granted, named: _Named
) -> AnyException:
    scanner, rule = grant["scanner"], grant["rule"]
    match grant["kind"]:
        case NameWaiver.__name__:
            return NameWaiver(name_key=named.next(rule).hex(), rule=rule, granted=granted)
        case UnscannedWaiver.__name__:
            return UnscannedWaiver(digest=made.subject, scanner=scanner, granted=granted)
        case Waiver.__name__:
            return Waiver(digest=made.subject, scanner=scanner, rule=rule, granted=granted)
        case kind:
            raise RuntimeError(f"a decision on one content grants no {kind}")
