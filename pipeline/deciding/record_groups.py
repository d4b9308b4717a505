"""Decisions of data owners on groups of refused records, with a look at what each would touch.

To accept records as they are opens the gate: two people sign, one of them a data owner, and it has
an end. To refuse them for good, to wait for an older copy, and to withdraw what was decided opens
nothing: one data owner signs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from catalogue import decisions, entries, people, records, views
from catalogue.entries import StoredEntry
from catalogue.records import Touching
from custody.box import Json
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import SignatureError, UsageError
from custody.finding import Severity
from custody.lifecycle import Action, Stage
from custody.people import MAY_DECIDE_RECORDS
from custody.records import accepting
from pipeline.deciding.decisions import reject
from pipeline.deciding.release import may_move, pass_again, sources_of
from pipeline.deciding.signing import Signatory, deciding_person
from pipeline.deciding.two_people import Act, Decided, first_of, record, sign_act, waiting
from pipeline.source_locks import recovering
from pipeline.steps.accepted import RecordGroup, in_force, read_scope, scope_of
from pipeline.wiring import Runtime
from schemas.reasons.table import BY_CODE

# What looks planted is no habit of a sender; a text that a spreadsheet would run may be one.
FORMULA = "TAB-005"
BY_ONE = frozenset({Action.REFUSE_RECORDS, Action.AWAIT_COPY, Action.WITHDRAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a group touches in the latest runs, and where that stands.

    `alone` files have no other reason that refuses a record: accepted, they are whole.
    """

    files: int
    records: int
    alone: int
    stages: dict[str, int]

    def as_json(self) -> dict[str, Json]:
        """Return what `records decide --preview` prints."""
        return {
            "files": self.files,
            "records": self.records,
            "alone": self.alone,
            "stages": self.stages,
        }


def preview(runtime: Runtime, group: RecordGroup) -> Preview:
    """Return what a decision on a group would touch; nothing is changed."""
    with runtime.catalogue.read() as connection:
        touching = _touching(connection, group)
        found = entries.by_ids(connection, [each.entry_id for each in touching])
    stages: dict[str, int] = {}
    for entry in found.values():
        stages[entry.stage.value] = stages.get(entry.stage.value, 0) + 1
    return Preview(
        files=len(touching),
        records=sum(each.records for each in touching),
        alone=sum(each.alone for each in touching),
        stages=dict(sorted(stages.items())),
    )


def decide(
    runtime: Runtime,
    group: RecordGroup,
    action: Action,
    signatory: Signatory,
    until: date | None = None,
) -> Decided:
    """Decide on a group, and let it take effect.

    Raises:
        SignatureError: the person may not decide on records, or did not sign.
        UsageError: nothing is touched, the code cannot be accepted, or the end is past.
        UnavailableError: a source is being recovered; nothing is recorded.
    """
    _check(runtime, group, action, until)
    end = until if action is Action.ACCEPT_RECORDS else None
    act = Act(subject=group.digest, action=action, scope=scope_of(group, end))
    if action in BY_ONE:
        return _by_one(runtime, group, act, signatory)
    made = sign_act(runtime, act, signatory)
    first = first_of(runtime, made)
    if first is None:
        record(runtime, made)
        return Decided(decision=made, effective=False, entries=0)
    _check_owner(runtime, first.actor, made.actor)
    return _accept(runtime, group, first, made)


def end_of_first(runtime: Runtime, group: RecordGroup) -> date | None:
    """Return the end that the first of two people signed, if one waits."""
    for stored in waiting(runtime):
        first = stored.decision
        if (first.subject, first.action) == (group.digest, Action.ACCEPT_RECORDS):
            return read_scope(first.scope)[1]
    return None


def standing(connection: sa.Connection, group: RecordGroup) -> list[StoredEntry]:
    """Return the entries that an acceptance sends through the steps again, under its contract."""
    touching = _touching(connection, group)
    found = entries.by_ids(connection, [each.entry_id for each in touching])
    return [
        replace(entry, contract=accepting(entry.contract or "", frozenset({group.key})))
        for _, entry in sorted(found.items())
        if may_move(entry, Action.ACCEPT_RECORDS)
    ]


def _accept(runtime: Runtime, group: RecordGroup, first: Decision, made: Decision) -> Decided:
    with runtime.catalogue.read() as connection:
        sources = sources_of(runtime, standing(connection, group))
    with recovering(runtime.home, runtime.catalogue, sources):
        with runtime.catalogue.read() as connection:
            moved = standing(connection, group)
        record(runtime, made, completes=first)
        _make_effective(runtime, (first, made))
        pass_again(runtime, moved, Action.ACCEPT_RECORDS)
    with runtime.catalogue.read() as connection:
        after = entries.by_ids(connection, [entry.entry_id for entry in moved]).values()
    promoted = sum(entry.stage in {Stage.PROMOTED, Stage.SUPERSEDED} for entry in after)
    return Decided(decision=made, effective=True, entries=len(moved), promoted=promoted)


def _by_one(runtime: Runtime, group: RecordGroup, act: Act, signatory: Signatory) -> Decided:
    person = deciding_person(runtime, signatory.actor)
    if person.role not in MAY_DECIDE_RECORDS:
        raise SignatureError(
            f"{person.name} is {person.role.value} and answers for no records",
            next_step="ask a data owner",
        )
    made = sign_act(runtime, act, signatory)
    record(runtime, made)
    _make_effective(runtime, (made,))
    rejected = 0
    if act.action is Action.REFUSE_RECORDS:
        with runtime.catalogue.read() as connection:
            held = _held_alone(connection, group)
        for digest in held:
            rejected += reject(runtime, digest, signatory).entries
    return Decided(decision=made, effective=True, entries=rejected)


def _held_alone(connection: sa.Connection, group: RecordGroup) -> Sequence[Digest]:
    """Return the held contents that nothing but this group's reason refuses."""
    alone = [each.entry_id for each in _touching(connection, group) if each.alone]
    found = entries.by_ids(connection, alone).values()
    return sorted({e.digest for e in found if e.digest and e.stage is Stage.HELD})


def _make_effective(runtime: Runtime, made: Iterable[Decision]) -> None:
    with runtime.catalogue.write() as connection:
        for decision in made:
            decisions.mark_effective(connection, decision.decision_id)


def _check(runtime: Runtime, group: RecordGroup, action: Action, until: date | None) -> None:
    """Refuse before anybody signs what could have no effect, or may have none."""
    with runtime.catalogue.read() as connection:
        touching = _touching(connection, group)
        holding = group in in_force(connection, runtime.ledger.now())
    if action is Action.WITHDRAW:
        if not holding:
            raise UsageError(
                "nothing is decided on this group", next_step="see `autoclave records`"
            )
        return
    if not touching:
        raise UsageError(
            "no record of this schema is refused for this reason at this host",
            next_step="see `autoclave records`",
        )
    if action is not Action.ACCEPT_RECORDS:
        return
    kind = BY_CODE.get(group.code)
    if kind is None or (kind.severity is Severity.MALICIOUS and group.code != FORMULA):
        raise UsageError(
            f"{group.code} looks planted and is accepted for no group",
            next_step="release the extract with two people, or refuse its records",
        )
    end = None if until is None else datetime.combine(until, time.min, UTC)
    if end is None or end <= runtime.ledger.now():
        raise UsageError("an acceptance needs an end in the future", next_step="give --until DATE")


def _check_owner(runtime: Runtime, *actors: str) -> None:
    with runtime.catalogue.read() as connection:
        found = [people.get(connection, actor) for actor in actors]
    if not any(person and person.role in MAY_DECIDE_RECORDS for person in found):
        raise SignatureError(
            "neither of the two answers for records", next_step="one of them is a data owner"
        )


def _touching(connection: sa.Connection, group: RecordGroup) -> list[Touching]:
    own = [i.inventory_id for i in views.latest_inventories(connection) if i.host == group.host]
    return list(records.touching(connection, own, group.schema, group.code))
