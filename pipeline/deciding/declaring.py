"""What a case is said to be: signed by one person, and by two where less is asked afterwards."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType, timestamp
from catalogue import cases, decisions
from custody.case import CaseKind, Terms, loosens
from custody.decision import Decision
from custody.errors import UsageError
from custody.lifecycle import Action
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.recording import Recorder
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is said anew of a case; None leaves it as it is."""

    kind: CaseKind | None = None
    intrusion_at: datetime | None = None
    cut_off_at: datetime | None = None

    def on(self, before: Terms) -> Terms:
        """Return the terms after it."""
        return Terms(
            kind=self.kind or before.kind,
            intrusion_at=self.intrusion_at or before.intrusion_at,
            cut_off_at=self.cut_off_at or before.cut_off_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What became of a declaration; without effect it waits for a second person."""

    case_id: str
    terms: Terms
    decision: Decision
    effective: bool


def declare(runtime: Runtime, case_id: str, change: Change, signatory: Signatory) -> Declared:
    """Say what a case is; one that is not open yet is opened by it.

    Raises:
        UsageError: the name is no plain word, or nothing is said anew.
        SignatureError: the signature is not that of a registered person who may decide.
    """
    if not case_id.isprintable() or case_id.split() != [case_id]:
        raise UsageError("a case's name is one printable word", next_step="name it otherwise")
    with runtime.catalogue.read() as connection:
        known = cases.get(connection, case_id)
    before = known.terms if known else Terms()
    after = change.on(before)
    if after == before:
        raise UsageError(f"case {case_id} is already so: {before.words}", next_step="say what else")
    act = Act(
        subject=after.digest(case_id), action=Action.DECLARE, scope=f"case {case_id}: {after.words}"
    )
    made = sign_act(runtime, act, signatory)
    needs_two = loosens(before, after)
    first = first_of(runtime, made) if needs_two else None
    record(runtime, made, completes=first)
    if needs_two and first is None:
        return Declared(case_id=case_id, terms=after, decision=made, effective=False)
    _put(runtime, case_id, after, (made,) if first is None else (first, made))
    return Declared(case_id=case_id, terms=after, decision=made, effective=True)


def _put(runtime: Runtime, case_id: str, terms: Terms, signed: tuple[Decision, ...]) -> None:
    recorder = Recorder(runtime=runtime, case=case_id, run_id="")
    now = runtime.clock()
    event = recorder.event(
        EventType.CASE_DECLARED,
        subject={"case": case_id},
        body={
            "kind": terms.kind.value,
            "intrusion_at": timestamp(terms.intrusion_at) if terms.intrusion_at else None,
            "cut_off_at": timestamp(terms.cut_off_at) if terms.cut_off_at else None,
            "decisions": [decision.decision_id for decision in signed],
        },
        actor=signed[-1].actor,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        take(connection, case_id, terms, now, [decision.decision_id for decision in signed])
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def take(
    connection: sa.Connection, case_id: str, terms: Terms, at: datetime, signed: list[str]
) -> None:
    """Let a declaration and the decisions that it rests on have their effect."""
    cases.open_case(connection, case_id, terms.kind.value, at)
    cases.declare(connection, case_id, terms)
    for decision_id in signed:
        decisions.mark_effective(connection, decision_id)
