"""How a type is disarmed in a service: the first ruling that covers it."""

from itertools import chain, combinations

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.rulings import HOLD_ALL, PLAIN, Ruling, Rulings, variant_of

LINKS = frozenset({Switch.KEEP_LINKS})
RULINGS = Rulings(
    rulings=(
        Ruling(media_type="application/pdf", service="radiology", switches=LINKS),
        Ruling(media_type="image/*"),
        Ruling(switches=PLAIN),
    )
)


def test_a_ruling_of_the_service_comes_first():
    """Radiology keeps the links of its PDFs, and nobody else does."""
    assert LINKS == RULINGS.on("application/pdf", "radiology")
    assert RULINGS.on("application/pdf", "biology") == PLAIN


def test_a_type_is_held_where_its_pattern_says_so():
    """Holding is no set of switches, so that it is never taken for a plain copy."""
    assert RULINGS.on("image/png", "radiology") is None


def test_a_policy_without_a_word_holds_everything():
    """Nobody approved that anything is disarmed."""
    assert HOLD_ALL.on("application/pdf", "radiology") is None


def test_every_set_of_switches_has_a_number_of_its_own():
    """Copies that were made in different ways never stand for one another."""
    every = chain.from_iterable(combinations(Switch, n) for n in range(len(Switch) + 1))
    numbers = [variant_of(switches) for switches in every]

    assert list(range(2 ** len(Switch))) == sorted(numbers)
