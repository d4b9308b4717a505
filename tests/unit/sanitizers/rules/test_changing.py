"""Which rules have to be run again: exactly those whose answer may be another one now."""

import pytest

from sanitizers.rules.changing import change, texts_to_run
from sanitizers.rules.reading import read_pack
from tests.corpus.rule_packs import TODAY, pack_of

ONE = 'rule one { strings: $a = "one" condition: $a }\n'
HIDDEN = 'private rule hidden { strings: $a = "hidden" condition: $a }\n'
LEANS = "rule leans { condition: hidden and filesize < 100 }\n"
TOP = "rule top { condition: leans }\n"
SET = "rule one_of_them { condition: any of (hid*) }\n"
ALL = ONE + HIDDEN + LEANS + TOP


def names(labels):
    """The names of rules, without their namespaces."""
    return {name for _, name in labels}


@pytest.mark.parametrize(
    ("before", "after", "run", "gone"),
    [
        (ALL, ALL, set(), set()),
        (ALL, "// a word\n\n" + ALL, set(), set()),
        (ONE, ALL, {"hidden", "leans", "top"}, set()),
        (ALL, ALL.replace('"one"', '"none"'), {"one"}, set()),
        (ALL, ALL.replace('"hidden"', '"seen"'), {"hidden", "leans", "top"}, set()),
        (ALL, ALL.replace("< 100", "< 99"), {"leans", "top"}, set()),
        (ALL, HIDDEN + LEANS + TOP, set(), {"one"}),
        (HIDDEN + SET, HIDDEN.replace('"hidden"', '"x"') + SET, {"hidden", "one_of_them"}, set()),
    ],
    ids=["same", "moved", "new", "text", "private", "middle", "gone", "set"],
)
def test_a_rule_changes_with_all_that_it_leans_on(tmp_path, before, after, run, gone):
    """Its own text counts, and every rule below it, private ones too; its place does not."""
    old = pack_of(tmp_path / "old", {"a.yar": before})
    new = pack_of(tmp_path / "new", {"a.yar": after})

    found = change([old], [new])

    assert (run, gone) == (names(found.run), names(found.gone))
    assert {f"{n}:{rule}" for n, rule in found.run | found.gone} == found.finders


def test_a_status_changes_a_rule(tmp_path):
    """What a pack says of a severity is part of the rule."""
    old = pack_of(tmp_path / "same", {"a.yar": ONE + HIDDEN})
    new = read_pack(tmp_path / "same", today=TODAY, name="trial", overrides={"one": "info"})

    assert {"one"} == names(change([old], [new]).run)


def test_another_pack_is_another_rule(tmp_path):
    """The same text under another pack's name runs, and the old one is gone."""
    old = pack_of(tmp_path / "same", {"a.yar": ONE})
    new = pack_of(tmp_path / "same", {"a.yar": ONE}, "other")

    found = change([old], [new])

    assert ({"one"}, {"one"}) == (names(found.run), names(found.gone))


@pytest.mark.parametrize(
    ("wanted", "kept", "dropped"),
    [("top", (HIDDEN, LEANS, TOP), ONE), ("one_of_them", (HIDDEN, SET), LEANS)],
)
def test_only_what_is_run_is_compiled_with_what_it_leans_on(tmp_path, wanted, kept, dropped):
    """All else is left out; a rule over a set takes the rules that are called so."""
    pack = pack_of(tmp_path / "pack", {"a.yar": ONE + HIDDEN + LEANS + SET + TOP})
    [label] = [each for each in change([], [pack]).run if each[1] == wanted]

    [text] = texts_to_run([pack], frozenset([label]))

    assert all(rule.strip() in text.text for rule in kept)
    assert dropped.strip() not in text.text
