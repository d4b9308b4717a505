"""Replays what people say of cases, what is expected back, and restore sets."""

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import cases, decisions, references
from catalogue.references import StoredReference
from custody.box import Json
from custody.case import CaseKind, Terms, loosens
from custody.errors import LedgerError
from pipeline.deciding.declaring import take

Event = Mapping[str, Json]
ASK = "keep this ledger as it is, and ask who signed"


def restore_effects(connection: sa.Connection) -> dict[EventType, Callable[[Event], None]]:
    """Return what the events of cases, references and restore sets do to a catalogue."""
    return {
        EventType.CASE_DECLARED: lambda event: _declared(connection, event),
        EventType.EXPECTED_ADDED: lambda event: _expected(connection, event),
    }


def _declared(connection: sa.Connection, event: Event) -> None:
    """Declare a case again; what loosens only by two people who signed exactly that.

    Raises:
        LedgerError: fewer people signed it.
    """
    said, case_id = event["body"], event["subject"]["case"]
    after = Terms(
        kind=CaseKind(said["kind"]),
        intrusion_at=_moment(said["intrusion_at"]),
        cut_off_at=_moment(said["cut_off_at"]),
    )
    known = cases.get(connection, case_id)
    found = [decisions.get(connection, each) for each in said["decisions"]]
    subject = after.digest(case_id)
    actors = {d.decision.actor for d in found if d and d.decision.subject == subject}
    needed = 2 if loosens(known.terms if known else Terms(), after) else 1
    if len(actors) < needed:
        raise LedgerError(f"case {case_id} was declared without {needed} signatures", next_step=ASK)
    take(connection, case_id, after, _at(event), said["decisions"])


def _expected(connection: sa.Connection, event: Event) -> None:
    subject, said = event["subject"], event["body"]
    reference = StoredReference(
        reference_id=subject["reference"],
        case_id=event["case"],
        host=subject["host"],
        volume=subject["volume"],
        paths=said["paths"],
        sealed=said["sealed"],
        at=_at(event),
    )
    references.add(connection, reference)


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
