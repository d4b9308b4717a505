from sanitizers.engines.interface import RuleText
from sanitizers.rules.language import outline
from sanitizers.rules.splitting import Part, Parted, part

SOURCE = """import "pe"
import "math"
private rule base { strings: $a = "x" condition: $a }
rule plain { condition: base }
rule program { condition: uint16(0) == 0x5A4D and base }
rule named { condition: base and filename == "a.exe" }
rule leaning { condition: named and filesize < 10 }
rule entropy { condition: math.entropy(0, filesize) > 7.9 }
rule windows { condition: filepath contains "\\\\Users\\\\" }
rule renamed { condition: uint16(0) == 0x5A4D and not filename matches /b/ and pe.is_pe }
"""


def parted(text: str = SOURCE) -> Parted:
    """Return the parts of one source."""
    return part([RuleText(namespace="p/a.yar", text=text)])


def names(found: Parted, each: Part) -> set[str]:
    """Return the names of the rules in a part."""
    return {rule.name for text in found.parts[each] for rule in outline(text.text).rules}


def test_every_rule_runs_in_its_part_with_what_it_leans_on() -> None:
    """Rules are parted by name externals and by MZ, and their dependencies come along."""
    found = parted()
    assert names(found, Part.CONTENT) == {"base", "plain", "entropy"}
    assert names(found, Part.CONTENT_OF_PROGRAMS) == {"base", "program"}
    assert names(found, Part.NAMES) == {"base", "named", "leaning", "windows"}
    assert names(found, Part.NAMES_OF_PROGRAMS) == {"renamed"}
    assert names(found, Part.BACKSLASHES) == {"windows"}
    assert Part.BACKSLASHES_OF_PROGRAMS not in found.parts


def test_rules_that_are_meant_by_the_beginning_of_their_names_come_along() -> None:
    """A rule over a set of rules runs with every earlier one that is called so, in each part."""
    found = parted("""
rule hidden_one { strings: $a = "x" condition: $a }
rule hidden_named { condition: filename == "a.exe" }
rule other { condition: filesize < 10 }
rule program { condition: uint16(0) == 0x5A4D and any of (hidden_o *) }
rule set { condition: any of (hidden*) }
""")
    assert names(found, Part.CONTENT) == {"hidden_one", "other"}
    assert names(found, Part.CONTENT_OF_PROGRAMS) == {"hidden_one", "program"}
    assert names(found, Part.NAMES) == {"hidden_one", "hidden_named", "set"}


def test_only_rules_that_a_name_decides_over_are_name_rules() -> None:
    """A rule that leans on a name rule is one; a dependency that needs no name is not."""
    expected = {("p/a.yar", name) for name in ("named", "leaning", "windows", "renamed")}
    assert expected == parted().name_rules


def test_a_part_imports_only_what_it_uses() -> None:
    """Modules cost time on every scan, so a part leaves out those that it does not need."""
    found = parted()
    imports = {
        each: {i.module for text in texts for i in outline(text.text).imports}
        for each, texts in found.parts.items()
    }
    assert imports[Part.CONTENT] == {"math"}
    assert imports[Part.NAMES] == set()
    assert imports[Part.NAMES_OF_PROGRAMS] == {"pe"}


def test_lines_keep_their_numbers() -> None:
    """A rule stands on the same line in its part as in its source, so that errors name it."""
    source = {rule.name: rule.line for rule in outline(SOURCE).rules}
    for texts in parted().parts.values():
        for rule in outline(texts[0].text).rules:
            assert source[rule.name] == rule.line


def test_no_rule_is_lost() -> None:
    """Every rule of a source is in some part."""
    found = parted()
    everywhere = set().union(*(names(found, each) for each in found.parts))
    assert everywhere == {rule.name for rule in outline(SOURCE).rules}


def test_sources_without_rules_have_no_part() -> None:
    """Text without rules gives nothing to compile."""
    assert parted("// nothing here\n").parts == {}
