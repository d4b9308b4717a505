import pytest

from catalogue import entries, inventories, runs, shards, tallies
from catalogue.inventories import InventoryState
from catalogue.runs import RunState
from catalogue.shards import Step
from tests.corpus.catalogue_rows import (
    MINUTE,
    NOON,
    complete,
    listed,
    new_entry,
    run,
    shard_of,
    shards_of,
)


def test_a_run_comes_back_as_it_was_started(writing):
    """Options and digests of a run survive."""
    started = run(options={"only": ["*.dcm"], "workers": 2})
    runs.start(writing, started)

    assert started == runs.get(writing, "run-1")
    assert runs.get(writing, "run-2") is None


def test_an_interrupted_run_is_found_by_its_sources(writing):
    """The same command finds the run to go on with, in whatever order the sources are named."""
    listed(writing, source_id="pacs")
    listed(writing, source_id="lab")

    assert "run-1" == runs.unfinished(writing, ["lab", "pacs"]).run_id


@pytest.mark.parametrize("other", [[], ["pacs"], ["pacs", "lab", "mail"]])
def test_a_run_over_other_sources_is_another_run(writing, other):
    """Fewer or more sources are not the same command."""
    listed(writing, source_id="pacs")
    listed(writing, source_id="lab")

    assert runs.unfinished(writing, other) is None


def test_an_ended_run_is_not_gone_on_with(writing):
    """Only running runs are unfinished, and the end is on record."""
    listed(writing)
    runs.finish(writing, "run-1", RunState.DONE, NOON + MINUTE)

    ended = runs.get(writing, "run-1")
    assert runs.unfinished(writing, ["pacs"]) is None
    assert (RunState.DONE, NOON + MINUTE) == (ended.state, ended.ended_at)


def test_a_run_ends_once_and_in_an_end(writing):
    """Ending twice, or in no end, is a bug."""
    listed(writing)
    with pytest.raises(RuntimeError, match="done or failed"):
        runs.finish(writing, "run-1", RunState.RUNNING, NOON)
    runs.finish(writing, "run-1", RunState.FAILED, NOON)
    with pytest.raises(RuntimeError, match="only a running run"):
        runs.finish(writing, "run-1", RunState.DONE, NOON)


def test_the_latest_run_of_a_source_is_the_one_started_last(writing):
    """A second run over a source takes the place of the first."""
    listed(writing)
    runs.finish(writing, "run-1", RunState.DONE, NOON)
    listed(writing, run_id="run-2", at=NOON + MINUTE)

    assert "run-2" == runs.latest(writing, "pacs").run_id
    assert runs.latest(writing, "lab") is None
    assert ["pacs"] == runs.sources_of(writing, "run-2")


def test_the_newest_of_two_unfinished_runs_is_gone_on_with(writing):
    """Where two runs were cut short, the later one counts."""
    listed(writing)
    listed(writing, run_id="run-2", at=NOON + MINUTE)

    assert "run-2" == runs.unfinished(writing, ["pacs"]).run_id


def test_an_inventory_says_what_it_holds(writing):
    """A complete inventory tells its entries and bytes."""
    inventory_id = listed(writing)
    shard_of(writing, inventory_id, [new_entry(0), new_entry(1)])
    complete(writing, inventory_id, 2)

    stored = inventories.of_run(writing, "run-1")[0]

    assert (inventory_id, "pacs", InventoryState.COMPLETE, 2, 20) == (
        stored.inventory_id,
        stored.source_id,
        stored.state,
        stored.listed,
        stored.size,
    )


def test_an_inventory_that_does_not_add_up_is_not_completed(writing):
    """The number that was listed is the number that is stored, or the list is not whole."""
    inventory_id = listed(writing)
    shard_of(writing, inventory_id, [new_entry(0)])

    with pytest.raises(RuntimeError, match="2 entries has 1"):
        complete(writing, inventory_id, 2)
    assert InventoryState.LISTING is inventories.of_run(writing, "run-1")[0].state


def test_a_cut_listing_is_emptied_and_made_again(writing):
    """A crash while listing leaves nothing behind, and no number of it is given again."""
    inventory_id = listed(writing)
    old = shard_of(writing, inventory_id, [new_entry(0), new_entry(1)])
    inventories.discard(writing, inventory_id)

    assert {} == tallies.stages(writing, "run-1")
    assert [] == shards.of_inventory(writing, inventory_id, Step.INSPECT)
    assert old < shard_of(writing, inventory_id, [new_entry(0)])
    complete(writing, inventory_id, 1)
    assert "run-1" == runs.unfinished(writing, ["pacs"]).run_id


def test_discarding_leaves_other_inventories_alone(writing):
    """Only the list that was cut is emptied."""
    kept = shards_of(writing, [2], source_id="lab")[0]
    inventory_id = listed(writing, source_id="pacs")
    shard_of(writing, inventory_id, [new_entry(0)])

    inventories.discard(writing, inventory_id)

    assert 2 == len(entries.of_shard(writing, kept))


def test_a_complete_inventory_is_neither_discarded_nor_completed_again(writing):
    """What was listed whole stands."""
    shards_of(writing, [1])

    with pytest.raises(RuntimeError, match="only an incomplete"):
        inventories.discard(writing, 1)
    with pytest.raises(RuntimeError, match="only an incomplete"):
        complete(writing, 1, 1)
    with pytest.raises(RuntimeError, match="only an incomplete"):
        complete(writing, 99, 0)


def test_running_runs_are_those_without_an_end(writing):
    """Oldest first; one that ended is none of them."""
    for run_id in ("run-1", "run-2", "run-3"):
        runs.start(writing, run(run_id=run_id))
    runs.finish(writing, "run-2", RunState.FAILED, NOON)

    assert ["run-1", "run-3"] == [each.run_id for each in runs.running(writing)]
