"""A person's recall, against a home that really promoted."""

from dataclasses import replace

import pytest

from audit.evidence import open_note, parse_key
from catalogue import entries, promotions, recalls, sources
from custody.digest import digest_of
from custody.errors import StoreError, UsageError
from custody.lifecycle import Stage
from pipeline.deciding.decisions import release
from pipeline.deciding.recall import Asked, recall
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import verify
from pipeline.settings import RecallSettings
from pipeline.upkeep import keep_up
from tests.corpus.homes import a_person, recover

REPORT = b"the first report\n" * 8
DIGEST = digest_of(REPORT)
OBJECT = f"sha256/{DIGEST[:2]}/{DIGEST}"


@pytest.fixture
def people(runtime, tmp_path):
    """Two people who decide."""
    return [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]


def stages(runtime, digest=DIGEST):
    """Where the entries with a content stand."""
    with runtime.catalogue.read() as connection:
        return {e.stage for e in entries.by_digest(connection, digest)}


def stands(runtime):
    """The recalled object, while it is in the clean zone."""
    return [v.key for v in runtime.clean.versions(OBJECT)]


def test_a_recall_withdraws_identical_bytes_and_names_who_had_them(runtime, people, tmp_path):
    """All entries move, the object goes, the delivery is named, and the ledger tells it all."""
    delivered = deliver(runtime, tmp_path / "handed over")
    others = [v.key for v in runtime.clean.versions("sha256/") if v.key != OBJECT]

    done = recall(runtime, Asked(digest=DIGEST), people[0])

    assert {Stage.RECALLED} == stages(runtime)
    assert [] == stands(runtime)
    assert others == [v.key for v in runtime.clean.versions("sha256/")]
    [taken] = done.plan.taken
    assert (delivered.delivery_id,) == taken.deliveries
    assert taken.runs
    note = (runtime.home.recalls / f"{done.recall_id}.note").read_bytes()
    text = open_note(note, parse_key(runtime.ledger.vkey))
    assert f"delivery: {delivered.delivery_id} {DIGEST}" in text
    found = verify(runtime, deep=True)
    assert () == found.faults
    assert () == found.intents


def test_what_was_recalled_waits_for_two_people(runtime, people):
    """Another run does not let it in again; a release by two does, and no recall is left over."""
    recall(runtime, Asked(digest=DIGEST), people[0])

    with runtime.catalogue.read() as connection:
        source = sources.get(connection, "dpi-disk")
    recover(runtime, source)

    with runtime.catalogue.read() as connection:
        latest = max(entries.by_digest(connection, DIGEST), key=lambda e: e.entry_id)
    assert Stage.HELD is latest.stage
    assert "recall: recalled-" in latest.reason
    end = runtime.clock().replace(year=2099)
    assert not release(runtime, DIGEST, people[0], end).effective
    assert release(runtime, DIGEST, people[1], end).effective
    assert [OBJECT] == stands(runtime)
    assert () == verify(runtime, deep=True).faults


class NoDisk:
    """A clean zone whose disk is away while something is removed."""

    def versions(self, prefix):
        """Fail like a disk that is away."""
        raise StoreError("the disk is away", next_step="")


def test_a_recall_that_was_cut_short_is_finished_by_upkeep(runtime, people):
    """The store fails after the event: nothing is delivered any more, and upkeep ends it."""
    with pytest.raises(StoreError, match="away"):
        recall(replace(runtime, recaller=NoDisk()), Asked(digest=DIGEST), people[0])
    assert [OBJECT] == stands(runtime)
    with runtime.catalogue.read() as connection:
        assert {} == promotions.known(connection, [DIGEST])
    assert () == verify(runtime, deep=True).faults

    keep_up(runtime)

    assert [] == stands(runtime)
    with runtime.catalogue.read() as connection:
        assert [] == recalls.unfinished(connection)
    assert () == verify(runtime, deep=True).faults


def test_a_recall_of_nothing_is_refused_before_anybody_signs(runtime, people):
    """What does not stand in the clean zone cannot be withdrawn."""
    with pytest.raises(UsageError, match="nothing of rule"):
        recall(runtime, Asked(rule="no_such_rule"), people[0])


def test_more_than_the_share_takes_two_people(runtime, people):
    """One person cannot empty a service: the first signature waits, the second withdraws."""
    tight = replace(runtime, settings=replace(runtime.settings, recall=RecallSettings(least=1)))
    asked = Asked(source="pacs-disk")
    waits = recall(tight, asked, people[0])
    assert not waits.recall_id
    assert waits.plan.trips
    assert [OBJECT] == stands(runtime)
    again = recall(tight, asked, people[0])
    assert not again.recall_id

    done = recall(tight, asked, people[1])

    assert done.recall_id
    assert [] == stands(runtime)
    assert () == verify(runtime, deep=True).faults
