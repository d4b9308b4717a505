"""A release is what two people signed, and holds the sources of what it moves."""

from datetime import date, timedelta

import pytest

from catalogue import decisions as decision_rows
from catalogue import entries, sources
from custody.digest import digest_of
from custody.errors import UnavailableError, UsageError
from pipeline.deciding import decisions, rules
from pipeline.deciding.rules import PackToAdd
from pipeline.source_locks import recovering
from tests.corpus.homes import EICAR, a_person, recover
from tests.corpus.rule_packs import write_pack
from tests.scenarios.model import events

VIRUS = digest_of(EICAR)
ODD = digest_of(b"a name that holds a line end\n")


@pytest.fixture
def signed_once(runtime, tmp_path):
    """How a second person completes the release that a first one signed."""
    first, second = (a_person(runtime, tmp_path, name) for name in ("alice", "bruno"))
    until = runtime.clock() + timedelta(days=1)
    assert not decisions.release(runtime, VIRUS, first, until).effective
    return lambda: decisions.release(runtime, VIRUS, second, until)


def registered(runtime, source_id):
    """A source of the home."""
    with runtime.catalogue.read() as connection:
        return sources.get(connection, source_id)


def test_a_release_waits_for_a_recovery_of_the_same_source(runtime, signed_once):
    """While its source is recovered nothing is recorded or moved; afterwards it passes."""
    before = len(list(events(runtime.home.root)))
    with (
        recovering(runtime.home, runtime.catalogue, [registered(runtime, "pacs-disk")]),
        pytest.raises(UnavailableError, match="pacs-disk"),
    ):
        signed_once()

    with runtime.catalogue.read() as connection:
        assert [False] == [d.effective for d in decision_rows.on(connection, VIRUS)]
    assert before == len(list(events(runtime.home.root)))
    assert signed_once().effective


def test_a_rejection_waits_for_a_recovery_of_the_same_source(runtime, tmp_path):
    """A promotion under way would not see it: nothing is recorded, and it can be asked again."""
    signatory = a_person(runtime, tmp_path, "alice")
    before = len(list(events(runtime.home.root)))
    with (
        recovering(runtime.home, runtime.catalogue, [registered(runtime, "pacs-disk")]),
        pytest.raises(UnavailableError, match="pacs-disk"),
    ):
        decisions.reject(runtime, VIRUS, signatory)

    assert before == len(list(events(runtime.home.root)))
    assert decisions.reject(runtime, VIRUS, signatory).effective


def test_a_recovery_of_another_source_is_not_waited_for(runtime, signed_once):
    """Only the sources of what is moved are held."""
    with recovering(runtime.home, runtime.catalogue, [registered(runtime, "dpi-disk")]):
        assert signed_once().effective


def test_the_source_is_held_until_the_steps_have_ended(runtime, signed_once, monkeypatch):
    """A recovery that comes while released entries pass the steps is turned away."""
    met = []

    def passing(runtime, standing):
        with pytest.raises(UnavailableError) as caught:
            recovering(
                runtime.home, runtime.catalogue, [registered(runtime, "pacs-disk")]
            ).__enter__()
        met.append(caught.value.reason)

    monkeypatch.setattr(decisions, "pass_again", passing)
    signed_once()

    assert ["another process works on source pacs-disk"] == met
    with recovering(runtime.home, runtime.catalogue, [registered(runtime, "pacs-disk")]):
        pass


@pytest.fixture
def condemning(runtime, tmp_path):
    """Puts a rule in force that knows what the hostile name holds."""
    text = 'rule later { meta: score = 90 strings: $a = "holds a line end" condition: $a }\n'
    path = write_pack(tmp_path / "later", {"a.yar": text})
    return lambda: rules.add(runtime, PackToAdd(path=path, name="later", dated=date(2026, 1, 1)))


def test_what_came_up_after_the_first_signature_is_not_released_with_it(
    runtime, tmp_path, condemning
):
    """Alice released a name; that the content is malicious she never signed."""
    alice, bruno = (a_person(runtime, tmp_path, name) for name in ("alice", "bruno"))
    until = runtime.clock() + timedelta(days=1)
    decisions.release(runtime, ODD, alice, until)
    condemning()
    recover(runtime, registered(runtime, "pacs-disk"))

    told = decisions.release(runtime, ODD, bruno, until)

    assert not told.effective
    assert {"held"} == stages_of(runtime)
    assert decisions.release(runtime, ODD, alice, until).effective


def test_what_the_rules_in_force_have_not_judged_is_not_released(runtime, tmp_path, condemning):
    """No exception is granted for reasons that nobody knows."""
    alice = a_person(runtime, tmp_path, "alice")
    condemning()

    with pytest.raises(UsageError, match="not judged with the rules"):
        decisions.release(runtime, ODD, alice, runtime.clock() + timedelta(days=1))

    with runtime.catalogue.read() as connection:
        assert [] == decision_rows.on(connection, ODD)


def stages_of(runtime):
    """Where the hostile name stands in the latest run."""
    with runtime.catalogue.read() as connection:
        return {entries.by_digest(connection, ODD)[-1].stage.value}


def test_an_end_that_is_past_is_signed_by_nobody(runtime, tmp_path):
    """Neither a release nor a waiver leaves a first signature under it."""
    signatory = a_person(runtime, tmp_path, "alice")
    before = len(list(events(runtime.home.root)))
    past = runtime.clock() - timedelta(days=1)

    with pytest.raises(UsageError, match="an end in the future"):
        decisions.release(runtime, VIRUS, signatory, past)
    with pytest.raises(UsageError, match="an end in the future"):
        decisions.waive(runtime, VIRUS, decisions.Waived(scanner="names"), signatory, past)

    assert before == len(list(events(runtime.home.root)))
