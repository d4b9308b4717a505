"""Counts that take long are made beside the pages, and no page waits for one but the first."""

import threading

import pytest

from console.kept import FRESH_SECONDS, QUICK_SECONDS, Kept
from custody.errors import CatalogueError


class Slow:
    """Counts 1, 2, 3, each of which takes so many seconds of a clock that it turns itself."""

    def __init__(self, seconds):
        self.now, self.seconds, self.number = 0.0, seconds, 0
        self.done = threading.Semaphore(0)
        self.failing = False

    def __call__(self):
        """Count."""
        self.now += self.seconds
        self.number += 1
        self.done.release()
        if self.failing:
            raise CatalogueError("nothing answers")
        return self.number

    def clock(self):
        """What the clock shows."""
        return self.now


def counted_beside(slow, kept):
    """Wait until a thread has counted, and has put it where the next page finds it."""
    assert slow.done.acquire(timeout=10)
    assert kept._counting.acquire(timeout=10)
    kept._counting.release()


def test_what_is_quick_is_counted_for_each_page():
    """A small home is never shown as it was."""
    quick = Slow(QUICK_SECONDS)
    kept = Kept(quick, quick.clock)

    assert [1, 2, 3] == [kept.get().value for _ in range(3)]


def test_what_takes_long_is_kept_and_counted_beside():
    """Within twenty seconds the same count is shown, then the next one, with its age."""
    slow = Slow(5.0)
    kept = Kept(slow, slow.clock)
    first = kept.get()
    slow.done.acquire()
    slow.now = FRESH_SECONDS
    assert (1, 1) == (first.value, kept.get().value)
    slow.now += 1

    assert 1 == kept.get().value
    counted_beside(slow, kept)
    assert (2, FRESH_SECONDS + 1) == (kept.get().value, kept.get().begun)
    assert 5.0 == kept.age(kept.get())


def test_who_comes_while_the_first_count_is_made_waits_for_it():
    """Many pages at once after a start cost one count, not one each."""
    begun, goes_on, calls, found = threading.Event(), threading.Event(), [], []

    def count():
        calls.append(1)
        begun.set()
        assert goes_on.wait(10)
        slow.now += 5.0
        return len(calls)

    slow = Slow(5.0)
    kept = Kept(count, slow.clock)
    pages = [threading.Thread(target=lambda: found.append(kept.get().value)) for _ in range(4)]
    for page in pages:
        page.start()
    assert begun.wait(10)
    goes_on.set()
    for page in pages:
        page.join(10)

    assert ([1, 1, 1, 1], 1) == (found, len(calls))


def test_a_count_that_fails_leaves_the_last_one_and_is_tried_again():
    """The first has nothing to leave, so it raises."""
    slow = Slow(5.0)
    kept = Kept(slow, slow.clock)
    slow.failing = True
    with pytest.raises(CatalogueError):
        kept.get()
    slow.failing = False
    assert 2 == kept.get().value
    while slow.done.acquire(blocking=False):
        pass
    slow.failing, slow.now = True, slow.now + FRESH_SECONDS + 1

    assert 2 == kept.get().value
    counted_beside(slow, kept)
    slow.failing = False
    assert 2 == kept.get().value
    counted_beside(slow, kept)
    assert 4 == kept.get().value
