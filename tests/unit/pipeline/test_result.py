"""What a run comes to: its JSON has exactly the promised keys, its exit code the worst of it."""

import json

import pytest

from custody.errors import ExitCode
from custody.fate import Equation, Fate
from pipeline.result import RunResult

KEYS = {
    *("run", "listed", "fates", "outcomes", "promoted", "held", "unexplained", "derived"),
    *("records", "bytes", "seconds", "ledger"),
}
ROOT = "ab" * 32


def result(*, listed=None, waiting=0, unexpected=0, **fates):
    """A run with some fates."""
    counts = dict.fromkeys(Fate, 0) | {Fate(name): count for name, count in fates.items()}
    total = sum(counts.values()) + waiting if listed is None else listed
    return RunResult(
        run_id="run-1",
        equation=Equation(listed=total, fates=counts, waiting=waiting),
        verdicts={"suspicious": 1, "clean": 2},
        not_taken={"fifo": 1},
        unexpected=unexpected,
        bytes=12,
        seconds=1.23456,
        ledger_size=7,
        ledger_root=ROOT,
    )


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (result(promoted=3), ExitCode.DONE),
        (result(promoted=3, set_aside=2, refused=1, rejected=1, excluded=4), ExitCode.DONE),
        (result(promoted=3, not_taken=2), ExitCode.DONE),
        (result(promoted=3, held=1), ExitCode.HELD),
        (result(promoted=3, not_taken=1, unexpected=1), ExitCode.SOURCE),
        (result(promoted=3, held=1, not_taken=1, unexpected=1), ExitCode.SOURCE),
        (result(promoted=3, listed=4), ExitCode.FAILED),
        (result(promoted=5, listed=4), ExitCode.FAILED),
        (result(promoted=3, waiting=1), ExitCode.FAILED),
        (result(held=1, not_taken=1, unexpected=1, listed=9), ExitCode.FAILED),
    ],
)
def test_the_worst_of_a_run_decides_how_it_ends(run, code):
    """Unexplained beats unread, unread beats held, held beats done."""
    assert code is run.exit_code


def test_the_promised_keys_are_there():
    """Tools rely on these keys, and on `promoted` and `held` repeating their fates."""
    told = result(promoted=2, held=1, not_taken=1).as_json()

    assert set() == KEYS - set(told)
    assert {fate.value for fate in Fate} == set(told["fates"])
    assert (4, 2, 1, 0) == (told["listed"], told["promoted"], told["held"], told["unexplained"])
    assert {"members": 0, "disarmed": 0, "split": 0} == told["derived"]
    assert {"size": 7, "root": ROOT} == told["ledger"]
    assert ({"clean": 2, "suspicious": 1}, {}, 12) == (
        told["outcomes"],
        told["records"],
        told["bytes"],
    )


def test_what_is_told_is_json():
    """Nothing in it needs a special encoder."""
    told = result(promoted=1).as_json()

    assert told == json.loads(json.dumps(told))


def test_entries_without_an_end_are_said_to_be_unexplained():
    """What still stands somewhere in the middle is counted, never dropped."""
    assert 2 == result(promoted=1, waiting=2).as_json()["unexplained"]
