"""Restore sets: sealed, signed by enough of the right people, opened, and nothing else read."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
import sqlalchemy as sa

from audit.evidence import open_note, parse_key
from audit.tiles import spooled
from catalogue import proposals, restore_sets
from cleanzone.restore_set import (
    certificate_key,
    document_key,
    opened_folder,
    opened_key,
    tombstone_key,
)
from custody.case import CaseKind
from custody.digest import digest_of
from custody.errors import (
    ObjectDamagedError,
    PolicyError,
    RefusedError,
    SignatureError,
    UsageError,
)
from pipeline.anchoring.anchor import newest, on_paper
from pipeline.deciding import people as registering
from pipeline.deciding.declaring import Change, declare
from pipeline.deciding.recall import Asked as Recalled
from pipeline.deciding.recall import recall
from pipeline.proving.opened import opened_faults
from pipeline.proving.verify import verify
from pipeline.restoring import shelf
from pipeline.restoring.asked import Asked
from pipeline.restoring.opening import open_set
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set
from pipeline.restoring.urgent import check_urgent
from pipeline.settings import PolicySettings
from sanitizers.policy_file import read_policy
from tests.corpus.homes import CASE
from tests.corpus.snapshots import report

ROOT = Path(__file__).parents[4]
DIGEST = digest_of(report(2, "friday"))


@pytest.fixture
def sealed(runtime, people):
    """A sealed set of the whole case."""
    return seal(runtime, Asked(), people["anna"]).stored


def read(store, key):
    """The content of a key."""
    with store.open(key) as stream:
        return stream.read()


def test_an_attack_needs_the_authority_and_two_people(runtime, people, sealed):
    """Two signatures without the authority's are not enough; with it the set opens."""
    assert sign_set(runtime, sealed.set_id, people["anna"]).unmet
    needs = sign_set(runtime, sealed.set_id, people["bert"]).unmet
    assert ("the signature of the authority",) == needs
    with pytest.raises(SignatureError, match="authority"):
        open_set(runtime, sealed.set_id)
    assert () == sign_set(runtime, sealed.set_id, people["cert"]).unmet

    done = open_set(runtime, sealed.set_id)

    assert (5, {}) == (done.put, dict(done.withdrawn))
    assert report(2, "friday") == read(runtime.clean, opened_key(sealed.set_id, DIGEST))
    assert () == verify(runtime, deep=True).faults
    assert 0 == open_set(runtime, sealed.set_id).put


def test_no_name_of_a_file_stands_in_what_is_sealed(runtime, people, sealed):
    """The document and the ledger hold commitments and numbers only."""
    document = json.loads(read(runtime.audit, document_key(sealed.set_id)))

    assert (5, sealed.manifest) == (document["files"], document["manifest"])
    for folder in ("sets/", "log/"):
        for version in runtime.audit.versions(folder):
            assert b"four.txt" not in read(runtime.audit, version.key)


def test_the_same_person_and_the_same_key_sign_once(runtime, people, sealed):
    """Twice by one person, with another's key, unknown, or without the right to decide: refused."""
    sign_set(runtime, sealed.set_id, people["anna"])
    with pytest.raises(SignatureError, match="signed this set before"):
        sign_set(runtime, sealed.set_id, people["anna"])
    with pytest.raises(SignatureError, match="another key"):
        sign_set(runtime, sealed.set_id, replace(people["bert"], key=people["anna"].key))
    with pytest.raises(SignatureError, match="not registered"):
        sign_set(runtime, sealed.set_id, replace(people["bert"], actor="nobody"))
    with pytest.raises(UsageError, match="no restore set"):
        sign_set(runtime, "another-set", people["bert"])


def test_a_revoked_key_signs_nothing_and_counts_no_more(runtime, people, sealed):
    """A signature from before the revocation does not open a set after it."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    registering.revoke(runtime, "cert", people["bert"])

    with pytest.raises(SignatureError, match="revoked"):
        sign_set(runtime, sealed.set_id, people["cert"])
    with pytest.raises(SignatureError, match="authority"):
        open_set(runtime, sealed.set_id)
    assert () == verify(runtime, deep=True).faults


def test_nobody_is_left_alone_by_revocations(runtime, people):
    """Two who decide always remain, and a home that had two is never open to anyone again."""
    for name in ("cert", "dora"):
        registering.revoke(runtime, name, people["anna"])
    with pytest.raises(UsageError, match="fewer than two"):
        registering.revoke(runtime, "bert", people["anna"])
    assert not registering.at_start(runtime)


def test_a_set_that_ended_is_neither_signed_nor_opened(runtime, people, sealed):
    """After the days that the policy gives it has to be sealed anew."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    ended = replace(sealed, until=sealed.at)
    with runtime.catalogue.write() as connection:
        columns = restore_sets.restore_sets.c
        connection.execute(
            restore_sets.restore_sets.update()
            .where(columns.set_id == sealed.set_id)
            .values(until=int(ended.at.timestamp() * 10**6))
        )

    with pytest.raises(RefusedError, match="ended"):
        sign_set(runtime, sealed.set_id, people["bert"])
    with pytest.raises(RefusedError, match="ended"):
        open_set(runtime, sealed.set_id)
    assert any("restore_sets" in f.where for f in verify(runtime, deep=True).faults)


def test_the_demo_policy_cannot_seal(runtime, people):
    """What was judged under the demonstration's rules opens nothing."""
    settings = replace(runtime.settings, policy=PolicySettings(name="demo"))
    with pytest.raises(PolicyError, match="cannot seal"):
        seal(replace(runtime, settings=settings), Asked(), people["anna"])


def test_what_was_judged_under_the_demo_policy_is_not_sealed_later(runtime, people):
    """Another policy in the settings does not make of it what two people could sign for."""
    demo = bytes.fromhex(read_policy("demo").digest)
    with runtime.catalogue.write() as connection:
        connection.execute(sa.text("UPDATE runs SET policy = :demo"), {"demo": demo})

    with pytest.raises(PolicyError, match="judged under policy demo"):
        seal(runtime, Asked(), people["anna"])


def test_an_attack_that_is_found_out_later_needs_the_authority(runtime, people):
    """A set that was sealed while the case was called a failure opens as that of an attack."""
    for name in ("anna", "bert"):
        declare(runtime, CASE, Change(kind=CaseKind.FAILURE), people[name])
    stored = seal(runtime, Asked(), people["anna"]).stored
    for name in ("anna", "dora"):
        sign_set(runtime, stored.set_id, people[name])
    declare(runtime, CASE, Change(kind=CaseKind.ATTACK), people["anna"])

    with pytest.raises(SignatureError, match="authority"):
        open_set(runtime, stored.set_id)


def test_what_is_proposed_to_recall_is_left_out_and_is_no_fault(runtime, people, sealed):
    """Nothing of it is put where consumers read, and the verifier knows why it is not there."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    with runtime.catalogue.write() as connection:
        proposals.replace(connection, "rescan", {DIGEST: "a newer rule"})

    done = open_set(runtime, sealed.set_id)

    assert {DIGEST: "its recall waits for a person"} == done.withdrawn
    with runtime.catalogue.read() as connection:
        found = opened_faults(runtime, connection, (), ())
        assert [] == [f for f in found if DIGEST in f.where]


def test_what_is_recalled_while_a_set_opens_is_not_left_there(runtime, people, sealed, monkeypatch):
    """The recall looks for it before it is put: whoever puts it looks again."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    real = shelf._put

    def put(*given):
        real(*given)
        recall(runtime, Recalled(digest=DIGEST), people["anna"])
        key = opened_key(sealed.set_id, DIGEST)
        runtime.clean.put(key, spooled(report(2, "friday")))

    monkeypatch.setattr(shelf, "_put", put)
    open_set(runtime, sealed.set_id)

    keys = {version.key for version in runtime.clean.versions(opened_folder(sealed.set_id))}
    assert opened_key(sealed.set_id, DIGEST) not in keys
    assert tombstone_key(sealed.set_id, DIGEST) in keys
    assert () == verify(runtime, deep=True).faults


def test_what_was_recalled_and_lies_in_an_opened_set_again_is_named(runtime, people, sealed):
    """Its bytes are true, and the ward must not read them: whoever put them back is found."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    open_set(runtime, sealed.set_id)
    recall(runtime, Recalled(digest=DIGEST), people["anna"])
    key = opened_key(sealed.set_id, DIGEST)
    assert () == verify(runtime, deep=True).faults

    runtime.clean.put(key, spooled(report(2, "friday")))

    [fault] = verify(runtime, deep=True).faults
    assert key in fault.where
    assert "it was recalled, and can still be read" == fault.what


def test_a_failure_needs_its_data_owner_and_no_authority(runtime, people):
    """What a case was declared to be when it was sealed says who signs."""
    for name in ("anna", "bert"):
        declare(runtime, CASE, Change(kind=CaseKind.FAILURE), people[name])
    stored = seal(runtime, Asked(), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])

    assert () == sign_set(runtime, stored.set_id, people["dora"]).unmet


def test_urgent_care_opens_on_one_signature_and_for_a_day(runtime, people, sealed):
    """The certificate says so; countersigned, it opens for good; else it is refused after a day."""
    with pytest.raises(SignatureError):
        open_set(runtime, sealed.set_id, urgent=True)
    sign_set(runtime, sealed.set_id, people["anna"])
    on_paper(runtime, newest(runtime).size, "logbook 3, page 12", "anna")

    stored = open_set(runtime, sealed.set_id, urgent=True).stored

    assert timedelta(hours=24) >= stored.countersign_by - stored.opened_at > timedelta(hours=23)
    told = json.loads(read(runtime.audit, certificate_key(stored.set_id, stored.certificate)))
    assert told["urgent"]
    assert ["anna, "] == [anchor[:6] for anchor in told["anchors"]]
    sign_set(runtime, sealed.set_id, people["cert"])
    assert open_set(runtime, sealed.set_id).stored.countersign_by is None
    assert () == verify(runtime, deep=True).faults


def test_urgent_care_is_not_prolonged_by_sealing_anew(runtime, people, sealed):
    """One person gets one day: the same contents again take somebody else's signature."""
    sign_set(runtime, sealed.set_id, people["anna"])
    open_set(runtime, sealed.set_id, urgent=True)
    again = seal(runtime, Asked(), people["anna"]).stored
    sign_set(runtime, again.set_id, people["anna"])

    with pytest.raises(SignatureError, match=sealed.set_id):
        open_set(runtime, again.set_id, urgent=True)
    assert 0 == open_set(runtime, sealed.set_id, urgent=True).put
    sign_set(runtime, again.set_id, people["bert"])
    assert open_set(runtime, again.set_id, urgent=True).stored.countersign_by


def test_who_left_urgent_care_without_a_second_opens_nothing_more_so(runtime, people):
    """While the day lasts other contents open on one signature; after it none, until signed."""
    first, other = (
        seal(runtime, Asked(only=(glob,)), people["anna"]).stored for glob in ("a/*", "b/*")
    )
    for stored in (first, other):
        sign_set(runtime, stored.set_id, people["anna"])
    opened = open_set(runtime, first.set_id, urgent=True).stored
    now = opened.opened_at
    with runtime.catalogue.read() as connection:
        check_urgent(connection, other, now)
        with pytest.raises(SignatureError, match=first.set_id):
            check_urgent(connection, other, now + timedelta(hours=25))
    sign_set(runtime, first.set_id, people["cert"])
    open_set(runtime, first.set_id)

    with runtime.catalogue.read() as connection:
        check_urgent(connection, other, now + timedelta(hours=25))


def test_the_certificate_says_what_a_person_signs_for(runtime, people, sealed):
    """The sums, the losses, the equation, who signed, the ledger, and on which anchor."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    stored = open_set(runtime, sealed.set_id).stored
    told = json.loads(read(runtime.audit, certificate_key(stored.set_id, stored.certificate)))

    schema = json.loads((ROOT / "docs" / "certificate.schema.json").read_text())
    jsonschema_rs.validate(schema, told)
    assert {"lost": 2, "kept-out": 1} == told["plan"]["not_restored"]
    assert {0} == {each["unexplained"] for each in told["equation"]}
    assert {("anna", "analyst"), ("cert", "authority")} == {
        (s["person"], s["role"]) for s in told["signatures"]
    }
    assert ("paper", "engineer") == (told["sealed_on"]["kind"], told["sealed_on"]["by"])
    for language, words in (("fr", "recopiées par engineer"), ("en", "written down by engineer")):
        key = certificate_key(stored.set_id, stored.certificate, f"{language}.html")
        page = read(runtime.audit, key)
        assert words in page.decode()
        assert b"<script" not in page
        assert b"http" not in page.replace(b"http-equiv", b"")


def test_a_recall_withdraws_from_opened_sets_and_names_them(runtime, people, sealed):
    """The content goes, a signed word stays, the list names the set, and it opens without it."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    open_set(runtime, sealed.set_id)

    done = recall(runtime, Recalled(digest=DIGEST), people["anna"])

    assert (sealed.set_id,) == done.plan.taken[0].sets
    keys = {v.key for v in runtime.clean.versions(opened_folder(sealed.set_id))}
    assert opened_key(sealed.set_id, DIGEST) not in keys
    note = read(runtime.clean, tombstone_key(sealed.set_id, DIGEST))
    assert done.recall_id in open_note(note, parse_key(runtime.ledger.vkey))
    listed = (runtime.home.recalls / f"{done.recall_id}.note").read_text()
    assert f"set: {sealed.set_id} {DIGEST}" in listed
    again = open_set(runtime, sealed.set_id)
    assert {DIGEST} == set(again.withdrawn)
    assert () == verify(runtime, deep=True).faults


TAMPERED = {
    "document": lambda s: document_key(s.set_id),
    "certificate": lambda s: certificate_key(s.set_id, s.certificate),
    "page": lambda s: certificate_key(s.set_id, s.certificate, "fr.html"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_of_a_set_is_named(runtime, people, sealed, what):
    """A changed document, certificate or page is a fault with its place."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    stored = open_set(runtime, sealed.set_id).stored
    key = TAMPERED[what](stored)
    [version] = [v for v in runtime.audit.versions(key) if v.key == key]
    path = runtime.audit.local_path(key, version.version)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"wards", b"words").replace(b"a", b"e", 1))

    faults = verify(runtime, deep=True).faults

    assert [True] == [key in f.what for f in faults]
    if what == "document":
        with pytest.raises(ObjectDamagedError):
            open_set(runtime, sealed.set_id)


def test_a_changed_signature_opens_nothing(runtime, people, sealed):
    """A row of the database is no signature."""
    for name in ("anna", "cert"):
        sign_set(runtime, sealed.set_id, people[name])
    with runtime.catalogue.write() as connection:
        columns = restore_sets.restore_signatures.c
        connection.execute(
            restore_sets.restore_signatures.update()
            .where(columns.person == "anna")
            .values(reason="another reason")
        )
    with pytest.raises(SignatureError, match="not signed by anna"):
        open_set(runtime, sealed.set_id)
