from pathlib import Path

import pytest

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Scanned
from sanitizers.canaries import EICAR
from sanitizers.engines.registry import ENGINES, engine_named
from sanitizers.policy_file import read_policy
from sanitizers.rules.built_in import FOLDER, built_in_pack, built_in_source
from sanitizers.rules.checking import check
from sanitizers.rules.language import outline
from sanitizers.rules.reading import texts_of
from sanitizers.scanners.yara_rules import YaraRules
from tests.corpus.rule_matter import HARMLESS, NO_NOTES, NOTES, SCRIPTS, SHELLS
from tests.corpus.rule_packs import scanner_of

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def scanner(request: pytest.FixtureRequest) -> YaraRules:
    """The built-in pack in each engine."""
    if request.param == "yara-python":
        pytest.importorskip("yara")
    texts = {source.namespace: source.text for source in texts_of(built_in_source())}
    return scanner_of(engine_named(request.param), texts)


def findings(scanner: YaraRules, content: bytes, name: bytes = b"") -> tuple[Finding, ...]:
    """Return what the pack finds in content, and under a name if there is one."""
    outcome = scanner.scan(content)
    assert isinstance(outcome, Scanned)
    named = scanner.scan_name(content, name, "text/plain") if name else ()
    assert isinstance(named, tuple)
    return (*outcome.findings, *named)


def rules(found: tuple[Finding, ...]) -> set[str]:
    """Return the bare names of the rules."""
    return {finding.rule.rpartition(":")[2] for finding in found}


def encodings(text: str) -> tuple[bytes, ...]:
    """Return a text as the systems of victims write it."""
    return (
        text.encode(),
        text.encode("utf-16"),
        text.encode("latin-1"),
        f"<html><body>{text}</body></html>".encode(),
    )


def test_the_pack_passes_its_own_check() -> None:
    """The built-in pack would be accepted for installation, without a warning."""
    report = check(built_in_source(), engine_named("yara-x"))
    assert (report.refusals, report.warnings) == ((), ())


def test_the_pack_satisfies_the_policies_that_come_with_it() -> None:
    """The rule counts that the policies demand are those of the pack."""
    pack = built_in_pack()
    assert pack.folder == FOLDER
    for name in ("strict", "demo"):
        assert read_policy(name).least_rules <= pack.manifest.rules


def test_every_rule_of_the_pack_has_matter_to_find() -> None:
    """No rule of ours is without a test that it finds what it is for."""
    named = {
        rule.name
        for source in texts_of(built_in_source())
        for rule in outline(source.text).rules
        if "private" not in rule.modifiers
    }
    tested = {*SHELLS, *SCRIPTS, "eicar_test_file", "ransom_note", "ransom_note_by_name"}
    assert named == tested | {"autoclave_canary_content", "autoclave_canary_name"}


def test_eicar_is_malicious(scanner: YaraRules) -> None:
    """The harmless test file is found at its offset, with our name on it."""
    (found,) = findings(scanner, b"> " + EICAR)
    assert found.severity is Severity.MALICIOUS
    assert found.where == "offset 2"
    assert "author: Autoclave" in found.detail


def test_no_file_of_the_project_holds_eicar_whole() -> None:
    """The repository can lie on a machine with a virus scanner."""
    texts = [p for f in ("sanitizers", "tests") for p in (ROOT / f).rglob("*") if p.is_file()]
    assert [path for path in texts if EICAR in path.read_bytes()] == []


@pytest.mark.parametrize("language", sorted(NOTES))
def test_a_classic_note_is_found_in_every_encoding(scanner: YaraRules, language: str) -> None:
    """A ransom note is one in English, French or Dutch, in UTF-8, UTF-16, Latin-1 and HTML."""
    for content in encodings(NOTES[language]):
        (found,) = findings(scanner, content)
        assert found.kind is FindingKind.RANSOM_NOTE
        assert found.severity is Severity.MALICIOUS


@pytest.mark.parametrize("text", sorted(NO_NOTES))
def test_what_speaks_of_ransom_or_keys_is_no_note(scanner: YaraRules, text: str) -> None:
    """Manuals, reports, notices and letters stay without a finding, even under an honest name."""
    for content in encodings(NO_NOTES[text]):
        assert findings(scanner, content, b"docs/report.txt") == ()


def test_a_short_text_is_a_note_under_the_name_of_one(scanner: YaraRules) -> None:
    """The name of a ransom note adds what a short text lacks; another name does not."""
    content = b"Your files are encrypted. Write to nobody@onionmail.example to get them back. " * 2
    assert rules(findings(scanner, content, b"a/HOW_TO_DECRYPT.txt")) == {"ransom_note_by_name"}
    assert findings(scanner, content, b"a/letter.txt") == ()


@pytest.mark.parametrize("rule", sorted(SHELLS | SCRIPTS))
def test_shells_and_droppers_are_found(scanner: YaraRules, rule: str) -> None:
    """Each rule finds its own matter, and nothing else finds it as something else."""
    found = findings(scanner, (SHELLS | SCRIPTS)[rule].encode())
    assert rules(found) == {rule}
    assert found[0].severity in {Severity.SUSPICIOUS, Severity.MALICIOUS}


@pytest.mark.parametrize("rule", sorted(SCRIPTS))
def test_windows_scripts_are_found_in_utf_16(scanner: YaraRules, rule: str) -> None:
    """Scripts of Windows are often UTF-16; shell scripts of Unix are not."""
    expected = set() if rule.startswith("shell_") else {rule}
    assert expected == rules(findings(scanner, SCRIPTS[rule].encode("utf-16-le")))


@pytest.mark.parametrize("text", sorted(HARMLESS))
def test_honest_work_is_left_alone(scanner: YaraRules, text: str) -> None:
    """Pages, backup scripts, manuals and notes of nurses have no finding."""
    assert findings(scanner, HARMLESS[text].encode()) == ()
