"""A release holds the sources of what it moves, as a recovery does."""

from datetime import timedelta

import pytest

from catalogue import decisions as decision_rows
from catalogue import sources
from custody.digest import digest_of
from custody.errors import UnavailableError
from pipeline.deciding import decisions
from pipeline.source_locks import recovering
from tests.corpus.homes import EICAR, a_person
from tests.scenarios.model import events

VIRUS = digest_of(EICAR)


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
        recovering(runtime.home, [registered(runtime, "pacs-disk")]),
        pytest.raises(UnavailableError, match="pacs-disk"),
    ):
        signed_once()

    with runtime.catalogue.read() as connection:
        assert [False] == [d.effective for d in decision_rows.on(connection, VIRUS)]
    assert before == len(list(events(runtime.home.root)))
    assert signed_once().effective


def test_a_recovery_of_another_source_is_not_waited_for(runtime, signed_once):
    """Only the sources of what is moved are held."""
    with recovering(runtime.home, [registered(runtime, "dpi-disk")]):
        assert signed_once().effective


def test_the_source_is_held_until_the_steps_have_ended(runtime, signed_once, monkeypatch):
    """A recovery that comes while released entries pass the steps is turned away."""
    met = []

    def passing(runtime, standing):
        with pytest.raises(UnavailableError) as caught:
            recovering(runtime.home, [registered(runtime, "pacs-disk")]).__enter__()
        met.append(caught.value.reason)

    monkeypatch.setattr(decisions, "pass_again", passing)
    signed_once()

    assert ["another process works on source pacs-disk"] == met
    with recovering(runtime.home, [registered(runtime, "pacs-disk")]):
        pass
