"""A recall while the same content is promoted for another host: nothing of it stands afterwards."""

from datetime import timedelta

import pytest

from catalogue import entries, promotions, recalls
from catalogue.recalls import Act
from cleanzone.promotion import Gate, key_of
from custody.digest import digest_of
from custody.errors import StoreError
from custody.ids import new_id
from custody.lifecycle import Stage
from pipeline.deciding.recall import Asked, recall
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.steps.promote import PromoteStep
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person, a_source, recover

CONTENT = b"Dear colleague\n"
DIGEST = digest_of(CONTENT)


def a_disk(folder, *others):
    """A disk with the content, and with texts that nobody recalls."""
    folder.mkdir()
    (folder / "letter.txt").write_bytes(CONTENT)
    for n, text in enumerate(others):
        (folder / f"{n}.txt").write_text(text)
    return folder


def test_what_is_recalled_while_it_is_promoted_is_held(tmp_path, monkeypatch):
    """The bytes are in when the recall takes them out: the entry is held, the others go in."""
    first = a_source(a_disk(tmp_path / "one"), "one")
    second = a_source(a_disk(tmp_path / "two", "another\n", "a third\n"), "two")
    promote = Gate.promote
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        recover(runtime, first)
        person = a_person(runtime, tmp_path, "anna")

        def recalled_meanwhile(*given):
            promoted = list(promote(*given))
            recall(runtime, Asked(digest=DIGEST), person)
            return iter(promoted)

        monkeypatch.setattr(Gate, "promote", recalled_meanwhile)
        ended = recover(runtime, second).as_json()

        with runtime.catalogue.read() as connection:
            found = {e.stage: e.reason for e in entries.by_digest(connection, DIGEST)}
            known = promotions.known(connection, [DIGEST])
        assert {Stage.RECALLED, Stage.HELD} == found.keys()
        assert "recalled since it was decided" == found[Stage.HELD]
        assert ({}, []) == (known, list(runtime.clean.versions(key_of(DIGEST))))
        assert (2, 1, 0) == (ended["promoted"], ended["held"], ended["unexplained"])
        assert () == verify(runtime, deep=True).faults


def test_what_is_put_after_the_recall_removed_it_goes_as_well(tmp_path, monkeypatch):
    """Others promoted and recalled the content before our bytes were in: no version stays."""
    source = a_source(a_disk(tmp_path / "disk", "another\n"))
    promote = Gate.promote
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:

        def recalled_before(*given):
            act = Act(recall_id="r", cause="c", manifest=digest_of(b""), at=runtime.clock())
            with runtime.catalogue.write() as connection:
                recalls.add(connection, act, {DIGEST: "recalled"})
            return promote(*given)

        monkeypatch.setattr(Gate, "promote", recalled_before)
        ended = recover(runtime, source).as_json()

        with runtime.catalogue.read() as connection:
            [entry] = entries.by_digest(connection, DIGEST)
        assert (Stage.HELD, "recalled since it was decided") == (entry.stage, entry.reason)
        assert [] == list(runtime.clean.versions(key_of(DIGEST)))
        assert (1, 1, 0) == (ended["promoted"], ended["held"], ended["unexplained"])


def test_what_a_clock_behind_recalls_is_held_and_the_next_attempt_promotes_the_rest(
    tmp_path, monkeypatch
):
    """No clock says what came later; and one decision speaks of all that the shard still holds."""
    source = a_source(a_disk(tmp_path / "disk", "another\n", "a third\n"))
    promote, work = Gate.promote, PromoteStep.work
    attempts = []

    def recalled_before(step, lease, pause):
        if not attempts:
            now = runtime.clock()
            early = new_id(now - timedelta(hours=1), bytes(10))
            act = Act(recall_id=early, cause="c", manifest=digest_of(b""), at=now)
            with runtime.catalogue.write() as connection:
                recalls.add(connection, act, {DIGEST: "recalled"})
        work(step, lease, pause)

    def away_at_first(*given):
        attempts.append(given)
        if len(attempts) == 1:
            raise StoreError("the clean zone is away", next_step="run again")
        return promote(*given)

    monkeypatch.setattr(PromoteStep, "work", recalled_before)
    monkeypatch.setattr(Gate, "promote", away_at_first)
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        with pytest.raises(StoreError, match="away"):
            recover(runtime, source)
        ended = recover(runtime, source).as_json()

        with runtime.catalogue.read() as connection:
            [entry] = entries.by_digest(connection, DIGEST)
        assert (Stage.HELD, "recalled since it was decided") == (entry.stage, entry.reason)
        assert 2 == len(attempts)
        assert (2, 1, 0) == (ended["promoted"], ended["held"], ended["unexplained"])
