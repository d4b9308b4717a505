from pathlib import Path

import pytest

from custody.box import Json
from custody.errors import RulesError
from custody.finding import FindingKind
from custody.names import to_base64
from custody.outcome import NotScanned, Scanned
from custody.verdict import Verdict, verdict_of
from custody.wire import decode_finding, decode_inspection
from sanitizers.canaries import EICAR
from sanitizers.engines.interface import Incomplete
from sanitizers.engines.registry import engine_named
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.programs import SAMPLES_BETWEEN_CANARIES, Examine, Inspect, forked
from sanitizers.registry import BUILT_IN
from sanitizers.rules.built_in import built_in_source
from sanitizers.rules.reading import texts_of
from sanitizers.scanners.yara_rules import YaraRules
from tests.corpus.boxes import HeldSample, nothing
from tests.corpus.rule_packs import scanner_of


def built_in_scanner() -> YaraRules:
    """Return a scanner over the built-in pack."""
    texts = {source.namespace: source.text for source in texts_of(built_in_source())}
    return scanner_of(engine_named("yara-x"), texts)


@pytest.fixture(scope="module")
def program() -> Inspect:
    """The resident program with the built-in rules."""
    return Inspect(built_in_scanner(), DEFAULT_LIMITS)


def ask(program: Inspect, content: bytes, *names: bytes, only_names: bool = False) -> Json:
    """Return the program's reply about content and names."""
    params = {"names": [to_base64(name) for name in names], "only_names": only_names}
    return program(HeldSample(content), params, nothing)


def test_text_is_looked_at_whole_in_the_resident_lane(program: Inspect) -> None:
    """Text needs no native parser: all scanners answer at once."""
    reply = ask(program, b"a plain text\n", b"a.txt")
    inspection = decode_inspection(reply["inspection"])
    assert inspection.media_type == "text/plain"
    expected = {"yara_rules", *(scanner.name for scanner in BUILT_IN)}
    assert {outcome.scanner for outcome in inspection.outcomes} == expected
    assert (reply["names"], reply["forked"]) == ([[]], False)


def test_a_pdf_is_left_to_the_forked_lane(program: Inspect) -> None:
    """A type that native parsers read has only the rules' outcome from the resident lane."""
    reply = ask(program, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    inspection = decode_inspection(reply["inspection"])
    assert [outcome.scanner for outcome in inspection.outcomes] == ["yara_rules"]
    assert reply["forked"] is True


def test_names_are_judged_each_for_itself(program: Inspect) -> None:
    """Two names of one content have findings of their own, in their order."""
    reply = ask(program, b"text\n", b"note.txt", b"scan\xe2\x80\xaefdp.exe")
    honest, hostile = reply["names"]
    assert honest == []
    assert {finding["scanner"] for finding in hostile} == {"names"}


def test_a_job_for_names_alone_says_nothing_of_content(program: Inspect) -> None:
    """Names are judged without judging the content a second time."""
    reply = ask(program, EICAR, b"a.txt", only_names=True)
    assert decode_inspection(reply["inspection"]).outcomes == ()
    assert reply["forked"] is False


def test_rules_that_broke_off_under_a_name_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name under which the rules did not end is not clean; the content has one answer."""
    scanner = built_in_scanner()
    program = Inspect(scanner, DEFAULT_LIMITS)
    monkeypatch.setattr(YaraRules, "scan_name", lambda *_: Incomplete(reason="ran too long"))
    reply = ask(program, b"text", b"a.txt", b"b.txt")
    outcomes = decode_inspection(reply["inspection"]).outcomes
    assert not [o for o in outcomes if isinstance(o, NotScanned)]
    assert len({o.scanner for o in outcomes}) == len(outcomes)
    for (finding,) in reply["names"]:
        said = decode_finding(finding)
        assert (said.rule, said.detail) == ("name-not-judged", "ran too long")
        assert verdict_of(said) is Verdict.INDETERMINATE


def test_a_scanner_without_the_marker_rules_does_not_start() -> None:
    """Rules that find no canary are no rules: the worker refuses to start."""
    blind = scanner_of(engine_named("yara-x"), {"p/a.yar": "rule a { condition: false }"})
    with pytest.raises(RulesError, match="canary not found"):
        Inspect(blind, DEFAULT_LIMITS)


def test_a_worker_that_goes_blind_says_so_and_never_recovers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The canary is looked for again every thousand samples, and a miss voids all that follows."""
    program = Inspect(built_in_scanner(), DEFAULT_LIMITS)
    blind = Scanned(scanner="yara_rules", version="1")
    with monkeypatch.context() as patched:
        patched.setattr(YaraRules, "scan", lambda *_: blind)
        replies = [ask(program, b"text") for _ in range(SAMPLES_BETWEEN_CANARIES)]
    assert "inspection" in replies[-2]
    assert replies[-1] == {"missed": "yara_rules"}
    assert ask(program, b"text") == {"missed": "yara_rules"}


def test_the_forked_program_finds_its_canaries_and_answers() -> None:
    """The native lane starts only when its scanners see, and gives all three outcomes."""
    program = forked({"limits": dict(DEFAULT_LIMITS.encode())})
    assert isinstance(program, Examine)
    inspection = decode_inspection(program(HeldSample(b"MZ" + bytes(70)), {}, nothing))
    kinds = {f.kind for o in inspection.outcomes if isinstance(o, Scanned) for f in o.findings}
    assert {o.scanner for o in inspection.outcomes} == {scanner.name for scanner in BUILT_IN}
    assert FindingKind.PROHIBITED in kinds


def test_no_compiled_file_holds_eicar_whole() -> None:
    """The canary is joined at run time only: a compiled module never holds the whole text."""
    folder = Path(__file__).parents[3] / "sanitizers"
    assert [path for path in folder.rglob("*.pyc") if EICAR in path.read_bytes()] == []
