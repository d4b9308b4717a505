"""Replays what people say of cases, what is expected back, and restore sets."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import cases, decisions, people, references, restore_sets
from catalogue.references import StoredReference
from catalogue.restore_sets import StoredSet, StoredSignature
from custody.box import Json
from custody.case import CaseKind, Terms, loosens
from custody.digest import Digest
from custody.errors import LedgerError
from custody.lifecycle import Action
from pipeline.deciding.declaring import take
from pipeline.deciding.people import starting
from pipeline.deciding.set_signatures import check_signature, counting
from pipeline.rebuilding.replay_decisions import check_two

Event = Mapping[str, Json]
ReadLines = Callable[[str], Sequence[Mapping[str, Json]]]
LEAST_SIGNATURES = 2
ASK = "keep this ledger as it is, and ask who signed"


def restore_effects(
    connection: sa.Connection, lines: ReadLines
) -> dict[EventType, Callable[[Event], None]]:
    """Return what the events of cases, references and restore sets do to a catalogue."""
    return {
        EventType.CASE_DECLARED: lambda event: _declared(connection, event),
        EventType.EXPECTED_ADDED: lambda event: _expected(connection, event),
        EventType.PEOPLE_REVOKED: lambda event: _revoked(connection, event),
        EventType.RESTORE_SEALED: lambda event: _sealed(connection, lines, event),
        EventType.RESTORE_SIGNED: lambda event: _signed(connection, event),
        EventType.RESTORE_OPENED: lambda event: _opened(connection, event),
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
    needed = 2 if loosens(known.terms if known else Terms(), after) else 1
    check_two(
        *(connection, said["decisions"], after.digest(case_id), Action.DECLARE),
        told=f"case {case_id} was declared",
        needed=needed,
    )
    take(connection, case_id, after, _at(event), said["decisions"])


def _expected(connection: sa.Connection, event: Event) -> None:
    """Take a reference again; in place of one that said more only by two people.

    Raises:
        LedgerError: fewer signed it.
    """
    subject, said = event["subject"], event["body"]
    signed = said.get("decisions", ())
    # Before references were signed nothing was said of it.
    if signed or (said.get("loosens") and not starting(connection)):
        told = f"a reference of {subject['host']} was replaced"
        check_two(connection, signed, said["code"], Action.REPLACE, told=told)
    for decision_id in signed:
        decisions.mark_effective(connection, decision_id)
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


def _revoked(connection: sa.Connection, event: Event) -> None:
    """Revoke a key again, by the decision that was signed for it."""
    name, said = event["subject"]["person"], event["body"]["decision"]
    person = people.get(connection, name)
    if person is None:
        raise LedgerError(f"the key of {name} was revoked, who is nobody", next_step=ASK)
    told = f"the key of {name} was revoked"
    check_two(connection, [said], person.digest, Action.REVOKE, told=told, needed=1)
    people.revoke(connection, name, _at(event))
    decisions.mark_effective(connection, said)


def _sealed(connection: sa.Connection, lines: ReadLines, event: Event) -> None:
    subject, said = event["subject"], event["body"]
    stored = StoredSet(
        set_id=subject["set"],
        case_id=event["case"],
        kind=said["kind"],
        service=said["service"],
        document=Digest(said["document"]),
        manifest=Digest(subject["manifest"]),
        files=said["files"],
        size=int(said["bytes"]),
        at=_at(event),
        until=datetime.fromisoformat(said["until"]),
    )
    held = sorted({Digest(line["digest"]) for line in lines(stored.manifest)})
    restore_sets.add(connection, stored, held)


def _signed(connection: sa.Connection, event: Event) -> None:
    """Store a signature again, when the registered key of its person made it over this set.

    Raises:
        LedgerError: it is over another document, or by another key or role than is registered.
        SignatureError: it is not genuine.
    """
    said, name = event["body"], event["actor"]
    stored = restore_sets.get(connection, event["subject"]["set"])
    person = people.get(connection, name)
    known = None if person is None or person.revoked else (person.public_key, person.role.value)
    signs = (said["public_key"], said["role"])
    if stored is None or stored.document != said["document"] or known != signs:
        raise LedgerError(f"a signature of {name} is under no set as it was sealed", next_step=ASK)
    made = StoredSignature(
        set_id=stored.set_id,
        person=name,
        role=said["role"],
        public_key=said["public_key"],
        reason=said["reason"],
        signature=said["signature"],
        at=_at(event),
    )
    check_signature(stored, made)
    restore_sets.sign(connection, made)


def _opened(connection: sa.Connection, event: Event) -> None:
    """Open a set again, when as many signed it as no policy goes below.

    Raises:
        LedgerError: it is no set as it was sealed, or fewer signed it.
    """
    said = event["body"]
    stored = restore_sets.get(connection, event["subject"]["set"])
    if stored is None or stored.document != said["document"]:
        raise LedgerError("what was opened is no set as it was sealed", next_step=ASK)
    needed = LEAST_SIGNATURES if said["countersign_by"] is None else 1
    signed = counting(connection, stored)
    if min(len({s.person for s in signed}), len({s.public_key for s in signed})) < needed:
        raise LedgerError(
            f"set {stored.set_id} was opened without {needed} signatures", next_step=ASK
        )
    restore_sets.open_set(
        connection,
        event["subject"]["set"],
        at=_at(event),
        certificate=Digest(said["certificate"]),
        countersign_by=_moment(said["countersign_by"]),
    )


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
