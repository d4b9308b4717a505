import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizers.engines.interface import RuleText
from sanitizers.engines.registry import engine_named
from sanitizers.rules.gating import only_programs

CONTENTS = (b"", b"hello", b"PK\x03\x04", b"\x7fELF" + bytes(80), b"M", b"ZM" + bytes(80))


@pytest.mark.parametrize(
    "condition",
    [
        "uint16(0) == 0x5A4D",
        "uint16( 0 ) == 0x5a4d and all of them",
        "filesize < 5MB and uint16(0) == 0x5A4D and (1 of ($x*) or 2 of them)",
        "( uint16(0) == 0x5A4D and any of them )",
        "((uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550)) and any of them",
        "// (true or\n uint16(0) == 0x5A4D and $a",
        "pe.is_pe and $a",
        "$a and pe.imphash() == 7 and pe.number_of_sections == 3",
        'filename == "a.dll" and pe.imports("mscoree.dll", "_CorDllMain")',
        'uint16be(0) == 0x4D5A and for any s in ("or", "and") : ( s == "x" )',
    ],
)
def test_a_conjunction_with_the_mark_is_for_programs_only(condition: str) -> None:
    """A condition that cannot be true without MZ at offset 0 is recognised."""
    assert only_programs(condition) is True


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "uint16(0) == 0x5A4D or $a",
        "uint16(0) == 0x5A4D and $a or $b",
        "not uint16(0) == 0x5A4D",
        "not (uint16(0) == 0x5A4D) and $a",
        "uint16(0) != 0x5A4D and $a",
        "uint16(2) == 0x5A4D and $a",
        "(uint16(0) == 0x5A4D or $b) and $a",
        "not pe.is_pe and $a",
        "pe.is_pe == 0 and $a",
        'pe.imports("a.dll") == 0 and $a',
        "defined uint16(0) == 0x5A4D",
        '"uint16(0) == 0x5A4D" contains "a" and $a',
        "// uint16(0) == 0x5A4D and\n $a",
        "$a and (uint16(0) == 0x5A4D) == false",
        "for any i in (1..3) : ( uint16(0) == 0x5A4D ) or $a",
        "",
    ],
)
def test_any_other_condition_runs_on_everything(condition: str) -> None:
    """Where the mark is not proven to be needed, the rule stays with all content."""
    assert only_programs(condition) is False


ATOMS = ("uint16(0) == 0x5A4D", "pe.is_pe", "pe.number_of_sections == 0", "true", "filesize < 9")
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(" and ".join),
        st.tuples(inner, inner).map(" or ".join),
        inner.map("({})".format),
        inner.map("not ({})".format),
        inner.map("not {}".format),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_the_engine_agrees_that_a_gated_rule_is_false_without_mz(condition: str) -> None:
    """No condition that is kept to programs matches, in the engine itself, without MZ."""
    text = f'import "pe" rule gated {{ condition: {condition} }}'
    rules = engine_named("yara-x").compile([RuleText(namespace="n", text=text)])
    matched = [content for content in CONTENTS if rules.scan(content)]
    assert not (only_programs(condition) and matched)
