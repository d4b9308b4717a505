import pytest

from custody.errors import RulesError
from sanitizers.engines.interface import EXTERNALS, NO_EXTERNALS, Engine, Match, RuleText
from sanitizers.engines.registry import ENGINES, engine_named, engine_version


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Every engine in turn."""
    if request.param == "yara-python":
        pytest.importorskip("yara")
    return engine_named(request.param)


def text(source: str, namespace: str = "pack/a.yar") -> RuleText:
    """Return a source in a namespace."""
    return RuleText(namespace=namespace, text=source)


NEEDLE = 'rule needle { meta: author = "A" score = 7 strings: $a = "needle" condition: $a }'


def test_a_match_carries_place_rule_meta_and_offset(engine: Engine) -> None:
    """What matched is named exactly, with the offset of its first pattern."""
    rules = engine.compile([text(NEEDLE)])
    assert rules.scan(b"a needle, a needle") == (
        Match(
            namespace="pack/a.yar", rule="needle", meta=(("author", "A"), ("score", 7)), offset=2
        ),
    )
    assert rules.scan(b"hay") == ()


def test_a_rule_without_patterns_has_no_offset(engine: Engine) -> None:
    """A condition alone can match, and stands nowhere."""
    (match,) = engine.compile([text("rule sized { condition: filesize > 1 }")]).scan(b"ab")
    assert isinstance(match, Match)
    assert match.offset is None


def test_namespaces_keep_equal_names_apart(engine: Engine) -> None:
    """Two files may have rules of one name, and a rule does not see another file's."""
    two = [text(NEEDLE, "p/a.yar"), text(NEEDLE, "p/b.yar")]
    found = engine.compile(two).scan(b"needle")
    assert isinstance(found, tuple)
    assert sorted(match.namespace for match in found) == ["p/a.yar", "p/b.yar"]
    with pytest.raises(RulesError):
        engine.compile([*two, text("rule leaning { condition: needle }", "p/c.yar")])


def test_private_rules_are_not_reported(engine: Engine) -> None:
    """A private rule serves others and is not a match of its own."""
    source = "private rule hidden { condition: true } rule shown { condition: hidden }"
    found = engine.compile([text(source)]).scan(b"x")
    assert isinstance(found, tuple)
    assert [match.rule for match in found] == ["shown"]


@pytest.mark.parametrize("external", EXTERNALS)
def test_externals_hold_for_one_scan_only(engine: Engine, external: str) -> None:
    """Every external is declared, is set for a scan, and is empty again for the next."""
    rules = engine.compile([text(f'rule named {{ condition: {external} == "x" }}')])
    assert rules.scan(b"content") == ()
    assert len(tuple(rules.scan(b"content", {**NO_EXTERNALS, external: "x"}))) == 1
    assert rules.scan(b"content") == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("rule a { condition: nothing_known }", "line 1"),
        ("rule a { condition: true }\nrule b {\n condition: nope }", "line 3"),
        ('import "cuckoos"\nrule a { condition: true }', "line 1"),
        ("rule a { condition: true } rule a { condition: true }", "line 1"),
        ('include "/etc/passwd"\n', ""),
        ("rule a {", ""),
    ],
)
def test_a_source_that_does_not_compile_is_named(engine: Engine, source: str, said: str) -> None:
    """The error names the file, and the line where there is one; includes are faults."""
    with pytest.raises(RulesError) as caught:
        engine.compile([text(NEEDLE, "pack/good.yar"), text(source, "pack/bad.yar")])
    if said and engine.name == "yara-x":
        assert "pack/bad.yar" in caught.value.reason
        assert said in caught.value.reason
    assert caught.value.next_step


def test_compiled_rules_are_loaded_as_they_were_dumped(engine: Engine) -> None:
    """A dump, loaded again, matches the same, names and all."""
    rules = engine.compile([text(NEEDLE), text('rule n { condition: extension == ".x" }', "p/b")])
    loaded = engine.load(rules.dump())
    for content in (b"needle", b"hay"):
        for externals in (NO_EXTERNALS, {**NO_EXTERNALS, "extension": ".x"}):
            assert loaded.scan(content, externals) == rules.scan(content, externals)


def test_what_is_no_dump_is_refused(engine: Engine) -> None:
    """Bytes that no engine wrote raise the named error."""
    with pytest.raises(RulesError, match="cannot be loaded"):
        engine.load(b"these are no compiled rules")


def test_a_trial_compiles_one_source_alone(engine: Engine) -> None:
    """A good source has a trial, a broken one a named error."""
    assert engine.trial(text(NEEDLE)).relaxed is False
    with pytest.raises(RulesError):
        engine.trial(text("rule broken {"))


def test_engines_find_the_same_in_many_ways(engine: Engine) -> None:
    """Hexadecimal strings, expressions, wide texts, modules and loops mean the same everywhere."""
    sources = [
        text("rule hex { strings: $a = { 4D 5A ?? [1-3] 00 } condition: $a }", "p/1"),
        text("rule expression { strings: $a = /a[bc]{2,3}d/i condition: $a }", "p/2"),
        text('rule broad { strings: $a = "Wide" wide nocase condition: $a }', "p/3"),
        text('import "math" rule flat { condition: math.entropy(0, filesize) < 1.0 }', "p/4"),
        text(
            'rule twice { strings: $a = "ab" condition: for any i in (1..#a) : ( @a[i] > 3 ) }',
            "p/5",
        ),
    ]
    rules = engine.compile(sources)
    cases = {
        b"MZ\x01\x02\x00": {"hex"},
        b"xx aBCbD": {"expression"},
        "wIDE".encode("utf-16-le"): {"broad"},
        b"aaaaaaaa": {"flat"},
        b"ab--ab--cdef": {"twice"},
    }
    for content, expected in cases.items():
        found = rules.scan(content)
        assert isinstance(found, tuple)
        assert expected == {match.rule for match in found}


def test_every_engine_has_a_version_without_being_imported() -> None:
    """Versions come from the installed packages, and an unknown engine is named as such."""
    assert all(engine_version(name)[0].isdigit() for name in ENGINES)
    with pytest.raises(RulesError, match="no rule engine"):
        engine_version("yara")


def test_yara_x_says_when_an_expression_needs_relaxed_syntax() -> None:
    """An expression of the older engine compiles, and the trial says how."""
    engine = engine_named("yara-x")
    old = text(r"rule old { strings: $a = /x{y\Rz/ condition: $a }")
    assert engine.trial(old).relaxed is True
    assert len(tuple(engine.compile([old]).scan(b"x{yRz"))) == 1


def test_yara_x_warns_of_slow_patterns() -> None:
    """A pattern that fits almost anything is reported by its line."""
    slow = engine_named("yara-x").trial(text('rule s {\n strings: $a = "A" condition: $a }')).slow
    assert slow == ("line 2: slow pattern",)
