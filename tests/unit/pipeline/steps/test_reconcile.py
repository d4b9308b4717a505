"""The end of a run: counted from the catalogue, on record, and done only when it adds up."""

import json

import pytest

from catalogue import entries, inventories, ledger, runs
from catalogue.runs import RunState
from custody.digest import digest_of
from custody.entry import EntryKind
from custody.fate import Fate
from custody.lifecycle import Stage
from custody.verdict import Verdict
from pipeline.steps.reconcile import reconcile
from tests.corpus.catalogue_rows import change, listed, new_entry, run, shard_of

ENDS = {
    Stage.PROMOTED: (Fate.PROMOTED, Verdict.CLEAN),
    Stage.HELD: (Fate.HELD, Verdict.SUSPICIOUS),
    Stage.RECALLED: (Fate.HELD, Verdict.MALICIOUS),
    Stage.SET_ASIDE: (Fate.SET_ASIDE, Verdict.ENCRYPTED),
    Stage.REFUSED: (Fate.REFUSED, Verdict.PROHIBITED),
    Stage.REJECTED: (Fate.REJECTED, Verdict.MALICIOUS),
    Stage.SUPERSEDED: (Fate.SUPERSEDED, Verdict.ACTIVE),
    Stage.EXCLUDED: (Fate.EXCLUDED, None),
}


def filled(runtime, moves, *, claimed=None):
    """A run whose entries stand at some stages, as (stage, verdict, reason)."""
    with runtime.catalogue.write() as connection:
        inventory_id = listed(connection)
        new = [new_entry(n, kind=EntryKind.FILE) for n in range(len(moves))]
        shard_id = shard_of(connection, inventory_id, new)
        inventories.complete(connection, inventory_id, len(moves), 10 * len(moves))
        stored = entries.of_shard(connection, shard_id)
        updates = [
            change(e, stage, digest=digest_of(b"x"), verdict=verdict, reason=reason)
            for e, (stage, verdict, reason) in zip(stored, moves, strict=True)
        ]
        entries.update(connection, updates)
    return run()


def last_event(runtime):
    """The last event of the ledger."""
    with runtime.catalogue.read() as connection:
        *_, last = ledger.entries(connection, runtime.ledger.origin)
    return json.loads(last.body)["event"]


def state(runtime):
    """How the run stands."""
    with runtime.catalogue.read() as connection:
        return runs.get(connection, "run-1").state


def test_every_end_has_its_fate(runtime):
    """Each stage that is an end is counted under its fate, and nothing is left over."""
    moves = [(stage, verdict, None) for stage, (_, verdict) in ENDS.items()]
    moves.append((Stage.NOT_TAKEN, None, "fifo"))

    found = reconcile(runtime, filled(runtime, moves))

    wanted = dict.fromkeys(Fate, 1) | {Fate.HELD: 2}
    assert (9, wanted, 0) == (
        found.equation.listed,
        dict(found.equation.fates),
        found.equation.unexplained,
    )
    assert 90 == found.bytes
    assert RunState.DONE is state(runtime)


@pytest.mark.parametrize(
    ("reason", "unexpected"),
    [
        *((reason, 0) for reason in ("symlink", "fifo", "socket", "device")),
        *((reason, 1) for reason in ("unreadable", "vanished", "changed-while-read")),
    ],
)
def test_what_should_have_been_read_and_was_not_is_unexpected(runtime, reason, unexpected):
    """Links and pipes never had content; what could not be read spoils the source."""
    moves = [(Stage.PROMOTED, Verdict.CLEAN, None), (Stage.NOT_TAKEN, None, reason)]

    found = reconcile(runtime, filled(runtime, moves))

    assert ({reason: 1}, unexpected) == (found.not_taken, found.unexpected)


@pytest.mark.parametrize(
    "stage", [Stage.LISTED, Stage.QUARANTINED, Stage.INSPECTED, Stage.ASSESSED]
)
def test_an_entry_without_an_end_fails_the_run(runtime, stage):
    """What still stands in the middle is unexplained, named by its number, and on record."""
    moves = [(Stage.PROMOTED, Verdict.CLEAN, None), (stage, None, None)]

    found = reconcile(runtime, filled(runtime, moves))

    assert (1, (2,)) == (found.equation.unexplained, found.unexplained)
    assert RunState.FAILED is state(runtime)
    assert (1, "failed") == (
        last_event(runtime)["body"]["unexplained"],
        last_event(runtime)["body"]["state"],
    )


def test_the_end_of_a_run_is_published(runtime):
    """What the run came to is in a published checkpoint when this returns."""
    moves = [(Stage.PROMOTED, Verdict.CLEAN, None), (Stage.HELD, Verdict.SUSPICIOUS, None)]

    found = reconcile(runtime, filled(runtime, moves))

    event = last_event(runtime)
    assert ("autoclave.run.finished", "run-1") == (event["type"], event["run"])
    assert found.as_json() == {k: v for k, v in event["body"].items() if k != "state"}
    assert {"clean": 1, "suspicious": 1} == event["body"]["outcomes"]
    with runtime.catalogue.read() as connection:
        assert not ledger.waiting(connection)


def test_a_run_ends_once(runtime):
    """Ending an ended run is a bug."""
    ended = filled(runtime, [(Stage.PROMOTED, Verdict.CLEAN, None)])
    reconcile(runtime, ended)

    with pytest.raises(RuntimeError):
        reconcile(runtime, ended)
