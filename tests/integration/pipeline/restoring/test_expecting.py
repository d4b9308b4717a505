"""References: anyone says that more is missing, two people that less is."""

import pytest

from catalogue import references
from custody.digest import digest_of
from custody.errors import SignatureError
from pipeline.deciding.two_people import waiting
from pipeline.erase import erase
from pipeline.proving.verify import verify
from pipeline.restoring.expected import Known, keeps
from pipeline.restoring.expecting import Volume, add_reference
from pipeline.selecting import FOLDER
from tests.corpus.homes import CASE
from tests.corpus.snapshots import HOST

OF = Volume(case=CASE, host=HOST)
ONE, TWO = b"a/one.txt", b"a/two.txt"
BOTH = {ONE: Known(size=3), TWO: Known()}


@pytest.fixture
def two_paths(runtime):
    """A home with a reference of two paths."""
    return add_reference(runtime, BOTH, OF, "engineer").stored


def newest(runtime):
    """The reference that counts."""
    with runtime.catalogue.read() as connection:
        return references.newest(connection, CASE, HOST, "")


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (BOTH | {b"c": Known()}, True),
        (BOTH | {TWO: Known(digest=digest_of(b"x"))}, True),
        ({ONE: Known(size=3)}, False),
        (BOTH | {ONE: Known()}, False),
        (BOTH | {ONE: Known(size=4)}, False),
    ],
)
def test_a_reference_keeps_what_was_said_or_does_not(after, kept):
    """More paths and closer words keep it; fewer, other and looser ones do not."""
    assert kept is keeps(BOTH, after)


def test_more_is_expected_without_a_signature(runtime, two_paths):
    """It can only make more missing."""
    added = add_reference(runtime, BOTH | {b"c": Known()}, OF, "engineer")

    assert (added.stored, 3) == (newest(runtime), added.paths)
    assert two_paths != added.stored


def test_less_is_expected_by_two_people_only(runtime, people, two_paths):
    """Unsigned it is refused, one signature waits, and the same person twice is one."""
    less = {ONE: Known(size=3)}
    with pytest.raises(SignatureError, match="two people"):
        add_reference(runtime, less, OF, "engineer")
    for _ in range(2):
        assert add_reference(runtime, less, OF, "engineer", people["anna"]).waits
    assert two_paths == newest(runtime)

    other = {TWO: Known()}
    assert add_reference(runtime, other, OF, "engineer", people["bert"]).waits
    added = add_reference(runtime, less, OF, "engineer", people["bert"])

    assert (1, added.stored) == (added.stored.paths, newest(runtime))
    assert () == verify(runtime, deep=True).faults


def test_what_waits_says_no_name_and_ends_with_an_erasure(runtime, people, two_paths):
    """The salt of what two people sign lies beside the names, and goes with them."""
    add_reference(runtime, {ONE: Known()}, OF, "engineer", people["anna"])
    (held,) = waiting(runtime)
    folder = f"{FOLDER}/{runtime.keys.naming(CASE, HOST).key_id}/waits/"
    kept = [version.key.removeprefix(folder) for version in runtime.names.store.versions(folder)]
    assert [held.decision.subject] == kept
    assert ONE.decode() not in held.decision.scope

    erase(runtime, case=CASE, host=HOST, actor="engineer", reason="asked for", path=ONE)

    assert [] == list(runtime.names.store.versions(folder))
    assert add_reference(runtime, {ONE: Known()}, OF, "engineer", people["bert"]).waits
    assert two_paths == newest(runtime)


def test_a_replacement_that_nobody_signed_is_told_by_the_ledger(runtime, two_paths, monkeypatch):
    """Whoever writes events does not replace a reference unseen."""
    monkeypatch.setattr("pipeline.restoring.expecting.starting", lambda _: True)
    add_reference(runtime, {ONE: Known()}, OF, "engineer")

    (fault,) = verify(runtime, deep=True).faults
    assert f"a reference of {HOST} was replaced without two signatures" in fault.what
