"""Names that people take for one another are one name; others stay apart."""

import pytest

from custody.look_alikes import can_name, reads_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna", "ANNA"),
        ("anna", "\uff41nna"),
        ("rene", "ren\u00e9"),
        ("Alice", "AIice"),
        ("paul", "pau1"),
        ("otto", "0tt0"),
        ("marc", "rnarc"),
        ("lukasz", "\u0142ukasz"),
        ("irina", "\u0131r\u0131na"),
        ("\u00f0ora", "dora"),
        ("strasse", "stra\u00dfe"),
    ],
)
def test_names_that_look_alike_are_one(one, other):
    """Case, width, accents, strokes, and letters and digits that look alike."""
    assert reads_as(one) == reads_as(other)


def test_different_names_stay_different():
    """Whom a reader tells apart may both be registered."""
    names = [
        "anna",
        "anne",
        "bert",
        "cert",
        "dora",
        "bruno",
        "alice",
        "m.leroy",
        "mleroy",
        "m-leroy",
    ]

    assert len(names) == len(set(map(reads_as, names)))


@pytest.mark.parametrize("name", ["anna", "j.dupont-2", "ren\u00e9", "o'neill", "a@b.example"])
def test_a_login_name_can_name(name):
    """What hospitals use as login names."""
    assert can_name(name)


@pytest.mark.parametrize(
    "name", ["", "\u0430nna", "\u03bfleg", "an\u200dna", "\u0251nna", "\u202eanna", "-anna", "a b"]
)
def test_letters_of_other_alphabets_do_not(name):
    """They may look like Latin ones and be none."""
    assert not can_name(name)
