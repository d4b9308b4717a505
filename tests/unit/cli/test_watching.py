import threading

import pytest

from catalogue.shards import Progress, Step
from cli.watching import Moment, Pace, Watcher, moment_of


def progress(shards, done, entries=100, entries_done=0):
    """How far a step is."""
    return Progress(
        shards=shards,
        shards_done=done,
        entries=entries,
        entries_done=entries_done,
        size=0,
        size_done=0,
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, Moment(step="list", done=0, total=None)),
        ({Step.INSPECT: progress(1, 0)}, Moment(step="list", done=100, total=None)),
        (
            {Step.INSPECT: progress(3, 1, 100, 40), Step.ASSESS: progress(1, 0)},
            Moment(step="list", done=100, total=None),
        ),
        (
            {Step.INSPECT: progress(3, 1, 100, 40), Step.ASSESS: progress(2, 0)},
            Moment(step="inspect", done=40, total=100),
        ),
        (
            {Step.INSPECT: progress(3, 3, 100, 100), Step.ASSESS: progress(2, 1, 100, 60)},
            Moment(step="assess", done=60, total=100),
        ),
        (
            {
                Step.INSPECT: progress(3, 3),
                Step.ASSESS: progress(2, 2),
                Step.PROMOTE: progress(3, 1, 80, 30),
            },
            Moment(step="promote", done=30, total=80),
        ),
        (
            {Step.INSPECT: progress(3, 3), Step.ASSESS: progress(2, 2)},
            Moment(step="reconcile", done=0, total=0),
        ),
    ],
)
def test_the_step_in_hand_is_named(found, expected):
    """While one of two sources is listed no total is claimed; then the first open step counts."""
    assert expected == moment_of(found, sources=2)


def test_while_sources_are_listed_the_end_is_unknown():
    """A total that still grows would promise a wrong end."""
    line = Pace().line(Moment(step="list", done=1234, total=None), now=0.0)

    assert "list: 1,234 entries so far, end unknown" == line


def test_an_estimate_needs_some_moments_and_is_a_range():
    """The first line has no estimate, a later one has."""
    pace = Pace()
    first = pace.line(Moment(step="inspect", done=0, total=1000), now=0.0)
    for second in range(1, 5):
        last = pace.line(Moment(step="inspect", done=second * 100, total=1000), now=float(second))

    assert "inspect: 0 of 1,000 (0 %), no estimate yet" == first
    assert "inspect: 400 of 1,000 (40 %), 100 files/s, 5 s to 7 s left" == last


def test_another_step_begins_its_own_pace():
    """The rate of one step says nothing about the next one."""
    pace = Pace()
    for second in range(4):
        pace.line(Moment(step="inspect", done=second * 100, total=400), now=float(second))

    line = pace.line(Moment(step="assess", done=0, total=400), now=5.0)

    assert "assess: 0 of 400 (0 %), no estimate yet" == line


def test_the_last_checks_have_no_total():
    """Reconciling has no count of its own."""
    assert "reconcile: last checks" == Pace().line(
        Moment(step="reconcile", done=0, total=0), now=0.0
    )


class Recorded:
    """A display that keeps what it was shown."""

    seconds = 0.001

    def __init__(self):
        self.lines = []
        self.shown = threading.Event()

    def update(self, moment, line):
        """Keep a line."""
        self.lines.append(line)
        self.shown.set()


def test_a_watcher_asks_for_the_run_it_was_told_and_ends():
    """The run's id reaches the question, and no thread is left behind."""
    asked = []
    display = Recorded()
    watcher = Watcher(lambda run: asked.append(run) or {}, lambda _run: 1, display)

    watcher.begin("run-1")
    assert display.shown.wait(10)
    watcher.end()

    assert {"run-1"} == set(asked)
    assert "list: 0 entries so far, end unknown" == display.lines[0]
    assert [] == [t for t in threading.enumerate() if t.name == "watcher"]


def test_a_watcher_that_never_began_ends_too():
    """A run that is refused before it begins leaves nothing to stop."""
    Watcher(lambda _run: {}, lambda _run: 1, Recorded()).end()

    assert [] == [t for t in threading.enumerate() if t.name == "watcher"]
