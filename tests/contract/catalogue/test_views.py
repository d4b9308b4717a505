from dataclasses import replace

from catalogue import (
    artefacts,
    decisions,
    entries,
    expansions,
    inspections,
    promotions,
    runs,
    views,
)
from catalogue.entries import EntryFilter
from catalogue.inspections import RecordedInspection
from catalogue.promotions import Promotion
from catalogue.runs import RunState
from catalogue.views import Tally
from custody.artefact import Derivation, Location
from custody.decision import Decision
from custody.digest import digest_of
from custody.lifecycle import Action, Stage
from custody.outcome import Inspection, Scanned
from custody.verdict import Verdict
from tests.corpus.catalogue_rows import (
    MINUTE,
    NOON,
    PROFILE,
    change,
    complete,
    listed,
    new_entry,
    shard_of,
    shards_of,
)

CONTENT = digest_of(b"content")
SAID = Inspection(media_type="text/plain", outcomes=(Scanned(scanner="yara", version="1"),))


def inspect(connection, shard_id):
    """Hold the first entry of a shard, promote the others."""
    first, *others = entries.of_shard(connection, shard_id)
    held = change(first, Stage.HELD, digest=CONTENT, verdict=Verdict.INDETERMINATE)
    promoted = [
        change(e, Stage.PROMOTED, digest=digest_of(b"x"), verdict=Verdict.CLEAN) for e in others
    ]
    entries.update(connection, [held, *promoted])
    new = RecordedInspection(digest=CONTENT, inspection=SAID)
    inspections.record(connection, PROFILE, shard_id, NOON, [new])


def test_status_counts_entries_and_bytes_by_service(writing):
    """Every service of a source has its stages and verdicts, and they add up."""
    inventory_id = listed(writing)
    new = [new_entry(0), new_entry(1), new_entry(2, service="biology", size=5)]
    shard_id = shard_of(writing, inventory_id, new)
    complete(writing, inventory_id, 3, 25)
    first = entries.of_shard(writing, shard_id)[0]
    entries.update(writing, [change(first, Stage.HELD, verdict=Verdict.ACTIVE)])

    biology, radiology = views.status(writing)

    assert ("biology", "radiology") == (biology.service, radiology.service)
    assert {Stage.LISTED: Tally(entries=1, size=5)} == biology.stages
    assert {} == biology.verdicts
    assert {
        Stage.HELD: Tally(entries=1, size=10),
        Stage.LISTED: Tally(entries=1, size=10),
    } == radiology.stages
    assert {Verdict.ACTIVE: Tally(entries=1, size=10)} == radiology.verdicts
    assert ("vivalia", "arlon", "pacs-01", "run-1") == (
        radiology.inventory.case,
        radiology.inventory.site,
        radiology.inventory.host,
        radiology.inventory.run_id,
    )


def test_one_stage_with_several_verdicts_is_one_tally(writing):
    """Held for two reasons is held."""
    shard_id = shards_of(writing, [2])[0]
    verdicts = (Verdict.MALICIOUS, Verdict.INDETERMINATE)
    stored = entries.of_shard(writing, shard_id)
    held = [change(e, Stage.HELD, verdict=v) for e, v in zip(stored, verdicts, strict=True)]
    entries.update(writing, held)

    status = views.status(writing)[0]

    assert {Stage.HELD: Tally(entries=2, size=20)} == status.stages
    assert set(verdicts) == status.verdicts.keys()


def test_the_latest_run_of_each_source_decides(writing):
    """An older run is history, a listing that is not complete is not yet news."""
    shards_of(writing, [1], source_id="pacs")
    shards_of(writing, [2], source_id="lab")
    runs.finish(writing, "run-1", RunState.DONE, NOON + MINUTE)
    second = listed(writing, run_id="run-2", source_id="pacs", at=NOON + 2 * MINUTE)
    shard_of(writing, second, [new_entry(i) for i in range(3)], run_id="run-2")

    def shown():
        return {i.source_id: i.run_id for i in views.latest_inventories(writing)}

    assert {"pacs": "run-1", "lab": "run-1"} == shown()
    complete(writing, second, 3)
    assert {"pacs": "run-2", "lab": "run-1"} == shown()
    sizes = {s.inventory.source_id: s.stages[Stage.LISTED] for s in views.status(writing)}
    assert {"pacs": Tally(entries=3, size=30), "lab": Tally(entries=2, size=20)} == sizes


def test_an_empty_catalogue_has_nothing_to_show(writing):
    """No source, no line."""
    assert [] == views.status(writing)
    assert [] == list(views.listing(writing, views.latest_inventories(writing)))


def test_a_listing_tells_what_the_scanners_said(writing):
    """Each entry comes with its source and the inspection of its run's profile, if there is one."""
    shard_id = shards_of(writing, [views.PAGE + 2])[0]
    inspect(writing, shard_id)

    listing = list(views.listing(writing, views.latest_inventories(writing)))

    assert list(range(views.PAGE + 2)) == [line.entry.ordinal for line in listing]
    assert SAID == listing[0].inspection
    assert {None} == {line.inspection for line in listing[1:]}
    assert {"pacs"} == {line.inventory.source_id for line in listing}


def test_a_listing_can_be_narrowed(writing):
    """Only what is asked for is listed."""
    inspect(writing, shards_of(writing, [3])[0])
    wanted = EntryFilter(stages=frozenset({Stage.PROMOTED}))

    listing = list(views.listing(writing, views.latest_inventories(writing), wanted))

    assert [1, 2] == [line.entry.ordinal for line in listing]


def test_a_content_is_found_by_the_beginning_of_its_digest(writing):
    """Only among the latest listings, only in the stages asked for, and two are as good as many."""
    inspect(writing, shards_of(writing, [3])[0])
    promoted = EntryFilter(stages=frozenset({Stage.PROMOTED}))

    assert [CONTENT] == views.digests_beginning(writing, CONTENT[:8])
    assert [CONTENT] == views.digests_beginning(writing, CONTENT)
    assert [] == views.digests_beginning(writing, CONTENT[:8], promoted)
    assert [] == views.digests_beginning(writing, "00000000")
    assert [] == views.digests_beginning(writing, CONTENT[:8], most=0)

    shards_of(writing, [1], run_id="run-2", at=NOON + MINUTE)
    assert [] == views.digests_beginning(writing, CONTENT[:8])


def test_everything_known_of_a_content_is_shown(writing):
    """Place, entries, inspections of every profile, decisions, promotion and origin."""
    inspect(writing, shards_of(writing, [1])[0])
    archive, newer = digest_of(b"archive"), digest_of(b"newer rules")
    place = Location(digest=CONTENT, key="k", version="v", offset=0, size=7)
    artefacts.add(writing, "run-1", [place])
    part = expansions.Expansion(ordinal=0, derived=CONTENT, how=Derivation.MEMBER, outcome="made")
    expansions.add(writing, PROFILE, [(archive, part)])
    again = RecordedInspection(digest=CONTENT, inspection=replace(SAID, media_type="text/html"))
    inspections.record(writing, newer, 2, NOON + MINUTE, [again])
    decision = Decision(
        decision_id="d",
        subject=CONTENT,
        action=Action.RELEASE,
        scope="until 2026-06-01",
        actor="anna",
        reason="r",
        at=NOON,
        signature="s",
    )
    decisions.add(writing, decision)
    promotion = Promotion(
        digest=CONTENT, key="c", version="v", run_id="run-1", manifest=archive, promoted_at=NOON
    )
    promotions.add(writing, [promotion])

    shown = views.show(writing, CONTENT)

    assert place == shown.location
    assert [Stage.HELD] == [entry.stage for entry in shown.entries]
    assert (1, ()) == (shown.standing, views.show(writing, CONTENT, most=0).entries)
    assert [(PROFILE, SAID), (newer, again.inspection)] == list(shown.inspections.items())
    assert [decision] == [stored.decision for stored in shown.decisions]
    assert promotion == shown.promotion
    assert () == shown.recalls
    assert {archive} == shown.derived_from


def test_of_a_content_with_many_names_as_many_are_shown_as_are_asked_for(writing):
    """All are counted, of the latest listing alone; reading a few costs no more than a few."""
    inspect(writing, shards_of(writing, [4])[0])
    inspect(writing, shards_of(writing, [6], run_id="run-2", at=NOON + MINUTE)[0])

    shown = views.show(writing, digest_of(b"x"), most=2)

    assert (5, [1, 2]) == (shown.standing, [entry.ordinal for entry in shown.entries])
    assert 5 == len(views.show(writing, digest_of(b"x")).entries)


def test_a_content_that_was_never_seen_is_not_made_up(writing):
    """An unknown digest shows nothing."""
    assert views.show(writing, CONTENT) is None
