"""Whoever can write rows and events, and has one key: what still does not open a restore set."""

import json

import pytest
import sqlalchemy as sa

from audit.event import EventType
from audit.sshsig import RESTORE_NAMESPACE, load_private_key, sign
from catalogue import people as registered
from catalogue import restore_sets, sources, tables
from catalogue.restore_sets import StoredSignature
from catalogue.views import latest_inventories
from cleanzone.restore_set import certificate_key, statement
from custody.digest import digest_of
from custody.errors import ObjectDamagedError, RefusedError, SignatureError
from custody.people import Role
from custody.verdict import Verdict
from pipeline.deciding.declaring import Change, declare
from pipeline.delivering.bag import deliver_set
from pipeline.proving.verify import verify
from pipeline.recording import Recorder
from pipeline.restoring.asked import Asked
from pipeline.restoring.opening import open_set, withdrawn_of
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set
from tests.corpus.homes import CASE, recover
from tests.corpus.snapshots import HOST, THURSDAY, report

TWO = digest_of(report(2, "friday"))


@pytest.fixture
def sealed(runtime, people):
    """A set that one person signed."""
    stored = seal(runtime, Asked(only=("a/*",)), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])
    return stored


def record(runtime, stored, kind, body, actor):
    """Put an event about a set on the record, as whoever writes the database can."""
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    event = recorder.event(kind, subject={"set": stored.set_id}, body=body, actor=actor)
    recorder.record(event)
    runtime.ledger.publish()


def signed_as(runtime, stored, signatory, role):
    """A genuine signature by a person's own key, in a role of their choice."""
    with runtime.catalogue.read() as connection:
        person = registered.get(connection, signatory.actor)
    facts = {"person": person.name, "public_key": person.public_key, "reason": "I say so"}
    words = statement(stored.set_id, stored.document, role=role, **facts)
    made = sign(load_private_key(signatory.key), words, RESTORE_NAMESPACE)
    return StoredSignature(
        set_id=stored.set_id, role=role.value, signature=made, at=runtime.clock(), **facts
    )


def test_nobody_signs_in_a_role_that_is_not_theirs(runtime, people, sealed):
    """An approver's signature as the authority opens nothing, and outsiders are told."""
    made = signed_as(runtime, sealed, people["bert"], Role.AUTHORITY)
    with runtime.catalogue.write() as connection:
        restore_sets.sign(connection, made)

    with pytest.raises(SignatureError, match="not signed by bert"):
        open_set(runtime, sealed.set_id)

    body = {k: getattr(made, k) for k in ("role", "public_key", "reason", "signature")}
    body["document"] = sealed.document
    record(runtime, sealed, EventType.RESTORE_SIGNED, body, "bert")
    [fault] = verify(runtime).faults
    assert "in a role that is not registered for bert" in fault.what


def test_an_opening_with_too_few_signatures_is_named(runtime, sealed):
    """One signature opens for urgent care only, whatever event says that it is open."""
    body = {
        "document": sealed.document,
        "certificate": digest_of(b"none"),
        "pages": {},
        "signed_by": ["anna"],
        "withdrawn": 0,
        "countersign_by": None,
    }
    record(runtime, sealed, EventType.RESTORE_OPENED, body, "anna")

    [fault] = verify(runtime).faults

    assert "opened with fewer than 2 signatures that count" in fault.what


def test_a_run_that_was_under_way_when_a_set_was_sealed_is_heard(runtime, people, sealed):
    """What it called malicious only after the sealing was not weighed then, and stays out."""
    runs, entries = tables.runs.c, tables.entries.c
    with runtime.catalogue.write() as connection:
        [sunday] = [i for i in latest_inventories(connection) if i.source_id == f"{HOST}-sunday"]
        connection.execute(
            sa.update(tables.runs).where(runs.run_id == sunday.run_id).values(ended_at=None)
        )
        last = sa.select(sa.func.max(entries.entry_id)).where(
            entries.inventory_id == sunday.inventory_id
        )
        connection.execute(
            sa.update(tables.entries)
            .where(entries.entry_id == last.scalar_subquery())
            .values(digest=TWO, verdict=Verdict.MALICIOUS.value)
        )

    assert {TWO: "called malicious in a later run"} == withdrawn_of(runtime, sealed)


def test_a_row_does_not_say_otherwise_than_what_people_sign(runtime, people, sealed):
    """An attack does not become a failure, nor a month a century, beside the signed document."""
    rows = restore_sets.restore_sets
    with runtime.catalogue.read() as connection:
        before = dict(connection.execute(sa.select(rows)).one()._mapping)
    for change in ({"kind": "failure"}, {"manifest": TWO}, {"until": 10**17}, {"service": "x"}):
        with runtime.catalogue.write() as connection:
            connection.execute(sa.update(rows).values(before | change))
        with pytest.raises(ObjectDamagedError, match="not the one that was sealed"):
            sign_set(runtime, sealed.set_id, people["cert"])
        with pytest.raises(ObjectDamagedError, match="not the one that was sealed"):
            open_set(runtime, sealed.set_id)


def test_what_is_opened_is_asked_again_when_it_goes_out(runtime, people, sealed, tmp_path):
    """An earlier cut-off holds for it, and without its row a rejected content would go out."""
    sign_set(runtime, sealed.set_id, people["cert"])
    open_set(runtime, sealed.set_id)
    declare(runtime, CASE, Change(cut_off_at=THURSDAY), people["bert"])
    with pytest.raises(RefusedError, match="is before a snapshot in set"):
        deliver_set(runtime, sealed.set_id, tmp_path / "bag")
    members = restore_sets.restore_members
    with runtime.catalogue.write() as connection:
        connection.execute(sa.delete(members).where(members.c.digest == TWO))

    with pytest.raises(ObjectDamagedError, match="not those that were sealed"):
        deliver_set(runtime, sealed.set_id, tmp_path / "bag")
    assert not (tmp_path / "bag").exists()


def test_a_certificate_is_of_the_runs_that_were_sealed(runtime, people, sealed):
    """A source that was recovered once more since is in it as it was, and not left out."""
    sign_set(runtime, sealed.set_id, people["cert"])
    with runtime.catalogue.read() as connection:
        friday = sources.get(connection, f"{HOST}-friday")
    recover(runtime, friday)

    stored = open_set(runtime, sealed.set_id).stored

    with runtime.audit.open(certificate_key(sealed.set_id, stored.certificate)) as stream:
        certificate = json.loads(stream.read())
    days = [f"{HOST}-{day}" for day in ("thursday", "friday", "saturday", "sunday")]
    assert days == [each["source"] for each in certificate["data_as_of"]]
    assert days == [each["source"] for each in certificate["equation"]]
