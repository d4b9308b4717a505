import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizers.rules.language import outline

TWO = """import "pe"
// rule commented { condition: true }
/* global rule also_commented { condition: true } */
private rule first : tag1 tag2
{
    meta:
        filename = "not a word of the condition"
    strings:
        $a = "} rule inside { condition: filename"
        $b = { 4D 5A [2-4] ?? /* } */ 00 }
        $c = /a{2}\\/}rule/i
    condition:
        $a and #b > 1 and for any i in (1..#c) : ( @c[i] < filesize )
}
rule second { condition: first and filename matches /\\.exe$/i and pe.is_pe }
"""


def test_rules_are_found_where_they_stand() -> None:
    """Names, lines and modifiers are right, whatever stands in comments, texts and patterns."""
    found = outline(TWO)
    assert [rule.name for rule in found.rules] == ["first", "second"]
    assert [rule.line for rule in found.rules] == [4, 15]
    assert [rule.modifiers for rule in found.rules] == [frozenset({"private"}), frozenset()]


def test_a_span_is_exactly_one_rule() -> None:
    """The span of a rule begins at its first modifier and ends at its brace."""
    first, second = outline(TWO).rules
    assert TWO[first.start : first.end].startswith("private rule first")
    assert TWO[first.start : first.end].endswith("}")
    assert TWO[second.start : second.end] == TWO.splitlines()[-1]
    assert TWO[second.condition : second.end - 1].strip().startswith("first and filename")


def test_only_words_of_the_condition_count() -> None:
    """A word in meta, in a text or behind a dot is not a word of the condition."""
    first, second = outline(TWO).rules
    assert "filename" not in first.words
    assert "filesize" in first.words
    assert {"first", "filename", "pe"} <= second.words
    assert "is_pe" not in second.words


def test_imports_have_their_places() -> None:
    """An import is found with the module's name and its span."""
    (found,) = outline(TWO).imports
    assert found.module == "pe"
    assert TWO[found.start : found.end] == 'import "pe"'


@pytest.mark.parametrize(
    ("text", "includes", "is_global"),
    [
        ('include "other.yar"\nrule a { condition: true }', (1,), False),
        ('// include "other.yar"\nrule a { condition: true }', (), False),
        ("global rule a { condition: true }", (), True),
        ("private global rule a { condition: true }", (), True),
        ("global /* x */ private rule a { condition: true }", (), True),
        ('rule a { strings: $g = "global rule" condition: $g }', (), False),
    ],
)
def test_includes_and_global_rules_are_seen(
    text: str,
    includes: tuple[int, ...],
    is_global: bool,  # noqa: FBT001  a case of the table above
) -> None:
    """What would reach beyond its own rule is seen, but not where it is only spoken of."""
    found = outline(text)
    assert includes == found.includes
    assert is_global is found.rules[0].is_global


@pytest.mark.parametrize("text", ['"', "/", '"\\', "rule a { ", "}", "rule { } }", "import"])
def test_broken_sources_have_no_rules(text: str) -> None:
    """A source that breaks off gives no rule, and no error: the engine says what is wrong."""
    assert outline(text).rules == ()


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='ru le{}"/\\*\n:$a="condition', max_size=200))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    """Whatever the text, spans lie inside it, in order, and do not overlap."""
    spans = outline(text).rules
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end for end, span in zip(ends, spans, strict=False))
    assert max(ends) <= len(text)


@pytest.mark.parametrize("piece", ['"\\"', "/\\/", '"', "/*", "{", "rule a {", "\\", "/a"])
def test_long_hostile_texts_are_read_in_linear_time(piece: str) -> None:
    """A text of one repeated piece, the worst for a backtracking reader, costs well under 2 s."""
    started = time.process_time()
    outline(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 2
