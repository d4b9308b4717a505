"""Moving many entries at once says of each exactly what was asked, and leaves its content."""

from catalogue import entries
from catalogue.entries import Standing
from custody.digest import digest_of
from custody.lifecycle import Stage
from custody.verdict import Verdict
from tests.corpus.catalogue_rows import change, listed, new_entry, shard_of

CONTENT = digest_of(b"content")
CLEAN = Standing(stage=Stage.ASSESSED, verdict=Verdict.CLEAN, reason=None)
HELD = Standing(stage=Stage.HELD, verdict=Verdict.ACTIVE, reason="active_content: macros")


def test_each_entry_ends_as_was_said_of_it(writing):
    """Entries that end alike share a statement; the others keep what is theirs."""
    shard_id = shard_of(writing, listed(writing), [new_entry(n) for n in range(5)])
    stored = entries.of_shard(writing, shard_id)
    entries.update(writing, [change(e, Stage.INSPECTED, digest=CONTENT) for e in stored])
    asked = [CLEAN, HELD, CLEAN, HELD, CLEAN]

    entries.settle(writing, zip([e.entry_id for e in stored], asked, strict=True))

    after = entries.of_shard(writing, shard_id)
    assert asked == [Standing(stage=e.stage, verdict=e.verdict, reason=e.reason) for e in after]
    assert {CONTENT} == {e.digest for e in after}


def test_more_entries_than_a_statement_takes(writing):
    """Thousands that end alike are moved in several statements, all of them."""
    shard_id = shard_of(writing, listed(writing), [new_entry(n) for n in range(2500)])
    ids = [e.entry_id for e in entries.of_shard(writing, shard_id)]

    entries.settle(writing, [(entry_id, CLEAN) for entry_id in ids])

    assert {Stage.ASSESSED} == {e.stage for e in entries.of_shard(writing, shard_id)}


def test_nothing_to_move_is_no_statement(writing):
    """An empty move changes nothing."""
    shard_id = shard_of(writing, listed(writing), [new_entry(0)])

    entries.settle(writing, [])

    assert [Stage.LISTED] == [e.stage for e in entries.of_shard(writing, shard_id)]
