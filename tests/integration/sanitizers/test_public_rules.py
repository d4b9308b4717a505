import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from custody.outcome import Scanned
from sanitizers.engines.interface import NO_EXTERNALS, Match, Rules, RuleText
from sanitizers.engines.registry import engine_named
from sanitizers.rules.built_in import built_in_pack
from sanitizers.rules.installing import install, installed_packs, load_pack
from sanitizers.rules.language import outline
from sanitizers.rules.loading import load
from sanitizers.rules.pack import InstalledPack
from sanitizers.rules.reading import read_pack, texts_of
from sanitizers.scanners.yara_rules import YaraRules, externals_of
from tests.corpus.rule_matter import HARMLESS, NOTES, SCRIPTS, SHELLS
from tests.corpus.rule_packs import TODAY

ROOT = Path(__file__).parents[3]
RULES = Path(os.environ.get("AUTOCLAVE_RULES", ROOT.parent / "shared" / "rules"))
PACKS = ("bartblaze", "reversinglabs", "signature-base")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not RULES.is_dir(), reason="the public rule sets are not here"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the three public packs are installed."""
    folder = tmp_path_factory.mktemp("home")
    for name in PACKS:
        install(read_pack(RULES / name, today=TODAY), folder / "rules", engine_named("yara-x"))
    return folder


@pytest.fixture(scope="module")
def packs(home: Path) -> tuple[InstalledPack, ...]:
    """The built-in pack and the public ones."""
    return (built_in_pack(), *installed_packs(home / "rules"))


@pytest.fixture(scope="module")
def sources(home: Path) -> tuple[RuleText, ...]:
    """All public sources."""
    installed = installed_packs(home / "rules")
    return tuple(text for p in installed for text in texts_of(load_pack(p.folder, p.digest)))


@pytest.fixture(scope="module")
def whole(sources: tuple[RuleText, ...]) -> Rules:
    """All public rules in one piece."""
    return engine_named("yara-x").compile(sources)


@pytest.fixture(scope="module")
def scanner(home: Path, packs: tuple[InstalledPack, ...]) -> YaraRules:
    """A scanner over all packs, through the cache."""
    named = [(pack.folder, pack.digest) for pack in packs]
    return YaraRules(load(named, home / "cache", "yara-x"))


def contents() -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents: our matter, programs of this machine, and pieces of both."""
    for name, text in {**NOTES, **SHELLS, **SCRIPTS, **HARMLESS}.items():
        yield f"folder/{name}.txt".encode(), text.encode()
        yield f"folder/{name}.exe".encode(), b"MZ" + bytes(62) + text.encode()
    for path in sorted(Path("/usr/bin").iterdir())[::90]:
        if path.is_file():
            content = path.read_bytes()[:50_000]
            yield b"x/svchost.exe", content
            yield b"x/passwords.xlsx", b"MZ" + content[2:]
    # Rule sources hold the very texts that their rules look for.
    for path in sorted(RULES.rglob("*.yar"))[::40]:
        yield b"Users/a/" + path.name.encode(), path.read_bytes()
        yield b"x/" + path.stem.encode() + b".exe", b"MZ" + path.read_bytes()


def keys(found: object) -> set[tuple[str, str]]:
    """Return what identifies matches."""
    assert isinstance(found, tuple)
    return {(match.namespace, match.rule) for match in found if isinstance(match, Match)}


def test_public_packs_install_whole(packs: tuple[InstalledPack, ...]) -> None:
    """All three compile without a refusal, with their licences and more than 7,000 rules."""
    assert [pack.name for pack in packs] == ["autoclave", *PACKS]
    assert sum(pack.manifest.rules for pack in packs) > 7000
    assert [pack.manifest.licence for pack in packs[1:]] == ["MIT", "MIT", "DRL-1.1"]


def test_the_reader_sees_every_rule_that_the_engine_sees(sources: tuple[RuleText, ...]) -> None:
    """Our reader of sources finds exactly the rules that a second reader compiles, file by file."""
    yara = pytest.importorskip("yara")
    for source in sources:
        compiled = yara.compile(source=source.text, externals=dict(NO_EXTERNALS), includes=False)
        expected = sorted(rule.identifier for rule in compiled)
        assert expected == sorted(span.name for span in outline(source.text).rules)


def test_parting_the_rules_changes_no_match(scanner: YaraRules, whole: Rules) -> None:
    """Rules in parts, with gates, find what the same rules find in one piece."""
    asked = 0
    for name, content in contents():
        content_rules = _rules(scanner, content)
        plain = keys(whole.scan(content))
        name_rules = scanner._compiled.name_rules
        expected = {f"{space}:{rule}" for space, rule in plain - name_rules}
        assert expected == {r for r in content_rules if not r.startswith("autoclave/")}
        named = keys(whole.scan(content, externals_of(name, ""))) & name_rules
        given = scanner.scan_name(content, name, "")
        assert isinstance(given, tuple)
        found = {finding.rule for finding in given}
        assert {f"{space}:{rule}" for space, rule in named} <= found or len(found) == 16
        asked += len(plain) + len(named)
    assert asked > 40


def test_both_engines_agree_on_public_rules(whole: Rules, sources: tuple[RuleText, ...]) -> None:
    """The default engine and the reference find the same in everything that is tried."""
    pytest.importorskip("yara")
    theirs = engine_named("yara-python").compile(sources)
    for name, content in contents():
        externals = externals_of(name, "")
        assert keys(whole.scan(content, externals)) == keys(theirs.scan(content, externals))


def test_thousands_of_rules_load_from_the_cache_at_once(
    home: Path, packs: tuple[InstalledPack, ...], scanner: YaraRules
) -> None:
    """From the cache the rules cost a few seconds of one processor, well below compiling them."""
    assert scanner.version.startswith("1 yara-x")
    started = time.process_time()
    load([(pack.folder, pack.digest) for pack in packs], home / "cache", "yara-x")
    assert time.process_time() - started < 8


def _rules(scanner: YaraRules, content: bytes) -> set[str]:
    outcome = scanner.scan(content)
    assert isinstance(outcome, Scanned)
    return {finding.rule for finding in outcome.findings}
