import pytest

from sanitizers.rules.comparing import lost
from sanitizers.rules.pack import RulePackSource
from sanitizers.rules.reading import read_pack
from tests.corpus.rule_packs import TODAY, pack_of

ONE = 'rule one { strings: $a = "one" condition: $a }\n'
TWO = 'rule two { strings: $a = "two" condition: $a }\n'


def pack(folder, files) -> RulePackSource:
    """A pack of some files."""
    return pack_of(folder, files)


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        ({"a.yar": ONE + TWO}, ()),
        ({"b.yar": TWO, "c/d.yar": "// moved\n" + ONE}, ()),
        ({"a.yar": ONE + TWO + TWO.replace("two", "three")}, ()),
        ({"a.yar": ONE}, ("two",)),
        ({"a.yar": ONE.replace("condition: $a", "condition: $a and false") + TWO}, ("one",)),
        ({"a.yar": ONE.replace('"one"', '"none"') + TWO.replace("rule two", "rule three")}, None),
    ],
)
def test_what_is_removed_or_changed_is_lost(tmp_path, after, gone):
    """Rules that move or come in addition lose nothing; a changed text counts as lost."""
    before = pack(tmp_path / "before", {"a.yar": ONE + TWO})

    assert (("one", "two") if gone is None else gone) == lost(before, pack(tmp_path / "x", after))


@pytest.mark.parametrize("condition", ["two", "any of (tw*)"])
def test_a_rule_that_builds_upon_another_of_the_same_name_is_lost(tmp_path, condition):
    """Its own text is unchanged, and the rule it was built upon is still there: elsewhere."""
    base = "private rule two { condition: true }\n"
    upon = f"rule one {{ condition: {condition} }}\n"
    never = base.replace("true", "false")
    before = pack(tmp_path / "before", {"a.yar": base + upon})

    assert () == lost(before, pack(tmp_path / "same", {"b.yar": base + upon}))
    after = pack(tmp_path / "after", {"a.yar": base, "b.yar": never + upon})
    assert ("one",) == lost(before, after)


@pytest.mark.parametrize("overrides", [{"one": "info"}, {"one": "off"}])
def test_a_severity_that_is_set_anew_is_lost(tmp_path, overrides):
    """An override can switch a rule off without touching its text."""
    before = pack(tmp_path / "same", {"a.yar": ONE + TWO})
    after = read_pack(tmp_path / "same", today=TODAY, name="trial", overrides=overrides)

    assert ("one",) == lost(before, after)
