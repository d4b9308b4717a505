import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.finding import FindingKind, Severity
from custody.outcome import Coverage, NotScanned, Scanned
from sanitizers.engines.interface import Incomplete
from sanitizers.engines.registry import engine_named
from sanitizers.engines.yara_x import YaraXRules
from sanitizers.scanners import yara_rules
from sanitizers.scanners.yara_rules import YaraRules, detail_of, externals_of, windows
from tests.corpus.rule_packs import scanner_of

NAMESPACE = "trial/folder/a.yar"
SOURCE = """import "pe"
rule needle { meta: author = "A. Author" description = "finds it" score = 80
  strings: $a = "needle" condition: $a }
rule weak { meta: score = 10 strings: $a = "needle" condition: $a }
rule program { strings: $a = "needle" condition: uint16(0) == 0x5A4D and $a }
rule named { condition: filename == "a.txt" and extension == ".txt" and filepath == "/x/y" }
rule slashed { condition: filepath contains "\\\\x\\\\y" }
rule typed { condition: filetype == "EXE" and uint16(0) == 0x5A4D }
"""


@pytest.fixture(scope="module")
def scanner() -> YaraRules:
    """A scanner over the rules above."""
    return scanner_of(engine_named("yara-x"), {NAMESPACE: SOURCE})


def rules(outcome: object) -> list[str]:
    """Return the bare names of the rules that were found, in their order."""
    assert isinstance(outcome, Scanned)
    return [finding.rule.rpartition(":")[2] for finding in outcome.findings]


def named(scanner: YaraRules, content: bytes, name: bytes, media_type: str = "") -> set[str]:
    """Return the bare names of the rules that were found under a name."""
    found = scanner.scan_name(content, name, media_type)
    assert isinstance(found, tuple)
    return {finding.rule.rpartition(":")[2] for finding in found}


def test_a_match_is_a_finding_with_place_severity_and_author(scanner: YaraRules) -> None:
    """The rule is named by pack, path and name; the worst comes first; the author is shown."""
    outcome = scanner.scan(b"a needle")
    assert isinstance(outcome, Scanned)
    first, second = outcome.findings
    assert first.rule == f"{NAMESPACE}:needle"
    assert (first.kind, first.severity) == (FindingKind.RULE, Severity.MALICIOUS)
    assert first.where == "offset 2"
    assert first.detail == "author: A. Author; finds it"
    assert (second.severity, second.detail) == (Severity.INFO, "author: not named")
    assert (outcome.coverage, outcome.version) == (Coverage.WHOLE, "1 yara-x 0")


def test_rules_for_programs_run_on_programs(scanner: YaraRules) -> None:
    """A rule that asks for MZ is run, and matches, where MZ is."""
    assert rules(scanner.scan(b"MZ needle")) == ["needle", "program", "weak"]
    assert rules(scanner.scan(b"ZM needle")) == ["needle", "weak"]


def test_rules_about_names_need_a_name(scanner: YaraRules) -> None:
    """Without a name they are not run on content; with one they see its parts."""
    assert rules(scanner.scan(b"content")) == []
    assert named(scanner, b"content", b"x/y/a.txt") == {"named", "slashed"}
    assert named(scanner, b"content", b"a.txt") == set()
    assert named(scanner, b"needle", b"other/a.txt") == set()


def test_rules_see_the_type_in_their_authors_words(scanner: YaraRules) -> None:
    """The external filetype is the authors' word for the media type."""
    media_type = "application/vnd.microsoft.portable-executable"
    assert named(scanner, b"MZ", b"a", media_type) == {"typed"}
    assert named(scanner, b"MZ", b"a", "text/plain") == set()


def test_an_override_of_the_pack_changes_or_silences_a_rule() -> None:
    """Overrides belong to a pack: the same rule in another pack keeps its severity."""
    texts = {"one/a.yar": SOURCE, "two/a.yar": SOURCE}
    overrides = {"one": {"needle": "off", "weak": "malicious"}}
    scanner = scanner_of(engine_named("yara-x"), texts, overrides)
    outcome = scanner.scan(b"needle")
    assert isinstance(outcome, Scanned)
    assert [(f.rule, f.severity) for f in outcome.findings] == [
        ("one/a.yar:weak", Severity.MALICIOUS),
        ("two/a.yar:needle", Severity.MALICIOUS),
        ("two/a.yar:weak", Severity.INFO),
    ]


def test_large_content_goes_through_windows(
    scanner: YaraRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A match across a window's edge is found once, at its true offset, and coverage says so."""
    monkeypatch.setattr(yara_rules, "WINDOW", 64)
    monkeypatch.setattr(yara_rules.windows, "__defaults__", (64, 16))
    content = b"." * 60 + b"needle" + b"." * 200
    outcome = scanner.scan(content)
    assert isinstance(outcome, Scanned)
    assert outcome.coverage is Coverage.WINDOWED
    assert [finding.where for finding in outcome.findings] == ["offset 60", "offset 60"]


def test_rules_that_break_off_have_not_scanned(
    scanner: YaraRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout of the engine is a reason, for content and for names, and never silence."""
    late = Incomplete(reason="rules ran longer than 20 s")
    monkeypatch.setattr(YaraXRules, "scan", lambda *_: late)
    assert scanner.scan(b"x") == NotScanned(scanner="yara_rules", reason=late.reason)
    assert scanner.scan_name(b"x", b"a.txt", "") == late


@given(st.integers(0, 400), st.integers(20, 60), st.integers(1, 19))
def test_windows_cover_every_stretch_up_to_the_overlap(
    length: int, size: int, overlap: int
) -> None:
    """Every stretch as long as the overlap lies whole inside some window, at the right offset."""
    content = bytes(n % 251 for n in range(length))
    parts = list(windows(content, size, overlap))
    assert all(content[start : start + len(part)] == part for start, part in parts)
    assert all(len(part) <= size for _, part in parts)
    for at in range(max(length - overlap, 0) + 1):
        stretch = range(at, min(at + overlap, length))
        assert any(start <= at and stretch.stop <= start + len(part) for start, part in parts)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"a.TXT", ("a.TXT", "/", ".txt")),
        (b"x/y/a.b.c", ("a.b.c", "/x/y", ".c")),
        (b"x/none", ("none", "/x", "")),
        (b"x/\xff\n.exe", ("\\xff\\u000a.exe", "/x", ".exe")),
    ],
)
def test_externals_are_the_parts_of_a_name(name: bytes, expected: tuple[str, str, str]) -> None:
    """File name, folder and extension are text, escaped where they are no plain text."""
    found = externals_of(name, "")
    assert (found["filename"], found["filepath"], found["extension"]) == expected


@given(st.binary(max_size=60))
def test_any_name_makes_plain_externals(name: bytes) -> None:
    """Whatever a hostile disk calls a file, the engine is given printable text."""
    for value in externals_of(name, "").values():
        assert value.isprintable()


def test_details_can_be_shown() -> None:
    """A rule cannot write terminal commands or turned text into our reports."""
    meta = (("author", "A\x1b[31m\u202eB"), ("description", "two\nlines"))
    assert detail_of(meta) == "author: A?[31m?B; two lines"


def test_details_are_bounded() -> None:
    """A rule with endless words about itself cannot fill a reply."""
    meta = (("author", "a" * 5000), ("description", "d" * 5000), ("reference", "r\n" * 900))
    detail = detail_of(meta)
    assert len(detail) <= yara_rules.LONGEST_DETAIL
    assert "\n" not in detail
