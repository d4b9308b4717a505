"""Signatures under restore sets: each checked when it is made, and again when the set opens."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from audit.event import EventType, timestamp
from audit.sshsig import RESTORE_NAMESPACE, sign, verify
from catalogue import cases, restore_sets
from catalogue.restore_sets import StoredSet, StoredSignature
from cleanzone.restore_set import SetSignature, document_key, statement, unmet
from custody.box import Json
from custody.case import CaseKind, kind_of
from custody.digest import digest_of
from custody.errors import ObjectDamagedError, RefusedError, SignatureError, UsageError
from custody.people import Person
from custody.signing_rules import SigningRules
from pipeline.deciding.set_signatures import counting
from pipeline.deciding.signing import Signatory, deciding_person
from pipeline.recording import Recorder
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A set after a signature, and what is still asked for before it opens."""

    stored: StoredSet
    person: Person
    unmet: tuple[str, ...]


def sign_set(runtime: Runtime, set_id: str, signatory: Signatory) -> Signed:
    """Sign the document of a set; a set that urgent care opened is countersigned so.

    Raises:
        UsageError: there is no such set, or the reason is not one printable line.
        SignatureError: the person is unknown, may not decide, was revoked or signed it before, or
            the key is another one's, or one that signed it before.
        RefusedError: the set has ended, is open already, or its document is not the one sealed.
    """
    person = deciding_person(runtime, signatory.actor)
    stored = set_of(runtime, set_id)
    check_in_time(runtime, stored)
    if stored.opened_at is not None and stored.countersign_by is None:
        raise RefusedError(f"set {set_id} is open already", next_step="deliver it")
    check_document(runtime, stored)
    _check_first(runtime, stored, person)
    message = _message(stored, person, signatory.reason)
    signature = sign(signatory.opened_key(), message, RESTORE_NAMESPACE)
    verify(person.public_key, message, RESTORE_NAMESPACE, signature)
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    now = runtime.clock()
    made = StoredSignature(
        set_id=set_id,
        person=person.name,
        role=person.role.value,
        public_key=person.public_key,
        reason=signatory.reason,
        signature=signature,
        at=now,
    )
    event = recorder.event(
        EventType.RESTORE_SIGNED,
        subject={"set": set_id},
        body={
            "document": stored.document,
            "role": made.role,
            "public_key": made.public_key,
            "reason": made.reason,
            "signature": signature,
        },
        actor=person.name,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        restore_sets.sign(connection, made)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    rules = policy_in_force(runtime).restore
    return Signed(stored=stored, person=person, unmet=still_asked(runtime, stored, rules))


def set_of(runtime: Runtime, set_id: str) -> StoredSet:
    """Return a sealed set.

    Raises:
        UsageError: there is none of this id.
    """
    with runtime.catalogue.read() as connection:
        stored = restore_sets.get(connection, set_id)
    if stored is None:
        raise UsageError(
            f"there is no restore set {set_id}", next_step="see `autoclave restore list`"
        )
    return stored


def check_in_time(runtime: Runtime, stored: StoredSet) -> None:
    """Refuse a set that has ended: what it says is too old to be signed or opened.

    Raises:
        RefusedError: it has.
    """
    if runtime.ledger.now() >= stored.until:
        raise RefusedError(
            f"set {stored.set_id} ended at {stored.until.isoformat(timespec='minutes')}",
            next_step="seal it anew",
        )


def check_document(runtime: Runtime, stored: StoredSet) -> bytes:
    """Return the document of a set as it lies in the audit store, if it is the one sealed.

    People sign the document, so the catalogue may say nothing else of the set.

    Raises:
        ObjectDamagedError: it is another one, or the catalogue contradicts it.
    """
    with runtime.audit.open(document_key(stored.set_id)) as stream:
        content = stream.read()
    if digest_of(content) != stored.document or not _agrees(stored, json.loads(content)):
        raise ObjectDamagedError(
            f"the document of set {stored.set_id} is not the one that was sealed",
            next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
        )
    return content


def _agrees(stored: StoredSet, document: Mapping[str, Json]) -> bool:
    said = {
        "set": stored.set_id,
        "case": stored.case_id,
        "kind": stored.kind,
        "service": stored.service,
        "manifest": stored.manifest,
        "files": stored.files,
        "sealed_at": timestamp(stored.at),
        "until": timestamp(stored.until),
    }
    return said.items() <= document.items()


def still_asked(runtime: Runtime, stored: StoredSet, rules: SigningRules) -> tuple[str, ...]:
    """Return what is asked for before a set opens, after verifying every signature anew.

    A case that is called an attack since the sealing asks for as much as one that was then.
    """
    with runtime.catalogue.read() as connection:
        case = cases.get(connection, stored.case_id)
    now = CaseKind.ATTACK if case is None else case.terms.kind
    kind = CaseKind.ATTACK if now is CaseKind.ATTACK else kind_of(stored.kind)
    return unmet(rules, kind, good_signatures(runtime, stored))


def good_signatures(runtime: Runtime, stored: StoredSet) -> list[SetSignature]:
    """Return the signatures that count now; see `counting`.

    Raises:
        SignatureError: one that is stored was not made by its person over this document.
    """
    with runtime.catalogue.read() as connection:
        return counting(connection, stored)


def _message(stored: StoredSet, person: Person, reason: str) -> bytes:
    try:
        return statement(
            stored.set_id,
            stored.document,
            person=person.name,
            role=person.role,
            public_key=person.public_key,
            reason=reason,
        )
    except ValueError as error:
        raise UsageError(str(error), next_step="give a reason in one line") from error


def _check_first(runtime: Runtime, stored: StoredSet, person: Person) -> None:
    with runtime.catalogue.read() as connection:
        before = restore_sets.signatures(connection, stored.set_id)
    if any(each.person == person.name for each in before):
        raise SignatureError(
            f"{person.name} signed this set before", next_step="ask another person"
        )
    if any(each.public_key == person.public_key for each in before):
        raise SignatureError("this key signed this set before", next_step="ask another person")
