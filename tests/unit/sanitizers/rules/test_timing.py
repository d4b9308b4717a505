"""Slow rules are named by their own time, with each engine."""

import pytest

from sanitizers.engines.registry import ENGINES, engine_named
from sanitizers.rules.timing import MOST_SECONDS, matter, time_rules
from tests.corpus.rule_packs import PLAIN, pack_of

# A condition that walks over every place in the file.
SLOW = "rule slow { condition: for any i in (0..900000): (uint32(i) == 0xdeadbeef) }\n"
# More matches than the reference engine counts.
MANY = "rule many { strings: $a = /[a-z]/ condition: #a > 0 }\n"
LEANS = "private rule base { condition: true }\nrule upon { condition: base and slow }\n"


class Ticking:
    """A clock that goes on by so much with each look at it."""

    def __init__(self, *steps: float) -> None:
        self._steps = list(steps)
        self._now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self._now += self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return self._now


@pytest.mark.parametrize("engine", ENGINES)
def test_a_slow_rule_is_named_and_a_fast_one_is_not(tmp_path, engine) -> None:
    """Also by way of the rule that leans on it; every rule is timed alone."""
    pack = pack_of(tmp_path, {"a.yar": SLOW + LEANS, "b.yar": PLAIN})

    timed = time_rules(pack, engine_named(engine))

    assert {"trial/a.yar:slow", "trial/a.yar:upon"} == {slow.rule for slow in timed.slow}
    assert (engine, 4, (), 0) == (timed.engine, timed.rules, timed.unended, timed.untimed)


def test_a_rule_that_an_engine_does_not_end_is_named(tmp_path) -> None:
    """It would leave every such content without an answer."""
    matter_of_letters = MANY.replace("[a-z]", ".")
    pack = pack_of(tmp_path, {"a.yar": matter_of_letters})

    timed = time_rules(pack, engine_named("yara-python"))

    assert (("trial/a.yar:many",), 1) == (timed.unended, timed.rules)


def test_the_bound_is_five_milliseconds_or_twenty_times_the_median(tmp_path) -> None:
    """The floor of the engine, here a hundredth of a second, is not counted."""
    pack = pack_of(tmp_path, {"a.yar": PLAIN})

    def slow(seconds: float) -> int:
        ticks = (0.0, 0, 0.01, 0, 0.01, 0.0, 0, 0.01 + seconds, 0, 0.01 + seconds)
        return len(time_rules(pack, engine_named("yara-x"), Ticking(*ticks, 0.0)).slow)

    assert (0, 1) == (slow(0.0049), slow(0.0051))


def test_what_time_does_not_suffice_for_is_counted(tmp_path) -> None:
    """No rule is passed over in silence."""
    pack = pack_of(tmp_path, {"a.yar": PLAIN})

    timed = time_rules(pack, engine_named("yara-x"), Ticking(MOST_SECONDS))

    assert (0, 1) == (timed.rules, timed.untimed)


def test_the_matter_is_a_mebibyte_and_the_same_each_time() -> None:
    """A third noise, a third zeros, a third text."""
    assert matter() == matter()
    assert (1 << 20) - 3 < len(matter()) <= 1 << 20
