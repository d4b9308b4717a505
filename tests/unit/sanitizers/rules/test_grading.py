"""A pack's own scale: what it says of scores, words and silence, and when it loosens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import RulesError
from custody.finding import Severity
from sanitizers.rules.changing import change
from sanitizers.rules.grading import STANDARD, Grades, decode_grades, read_grades
from sanitizers.rules.installing import read_manifest, write_pack
from sanitizers.rules.severity import severity_of
from tests.corpus.rule_packs import PLAIN, pack_of

OWN = read_grades(
    b'malicious_from = 90\nsuspicious_from = 60\nunmarked = "info"\n'
    b'[words]\nmedium = "suspicious"\nHigh = "suspicious"\n'
)


@pytest.mark.parametrize(
    ("meta", "standard", "own"),
    [
        ((("score", 80),), Severity.MALICIOUS, Severity.SUSPICIOUS),
        ((("score", 50),), Severity.SUSPICIOUS, Severity.INFO),
        ((("severity", "HIGH"),), Severity.MALICIOUS, Severity.SUSPICIOUS),
        ((("severity", "medium"),), Severity.SUSPICIOUS, Severity.SUSPICIOUS),
        ((("severity", "critical"),), Severity.MALICIOUS, Severity.MALICIOUS),
        ((), Severity.SUSPICIOUS, Severity.INFO),
        ((("tc_detection_factor", 5),), Severity.MALICIOUS, Severity.MALICIOUS),
    ],
)
def test_a_scale_of_its_own_says_how_severe_a_match_is(meta, standard, own) -> None:
    """What it leaves out is as on the standard scale; an override still goes before it."""
    assert (standard, own) == (severity_of("r", meta, {}), severity_of("r", meta, {}, OWN))
    assert severity_of("r", meta, {"r": "malicious"}, OWN) is Severity.MALICIOUS


@pytest.mark.parametrize(
    ("other", "loosens"),
    [
        (STANDARD, False),
        (replace(STANDARD, malicious_from=76), True),
        (replace(STANDARD, malicious_from=50), False),
        (replace(STANDARD, suspicious_from=41), True),
        (replace(STANDARD, unmarked=Severity.INFO), True),
        (replace(STANDARD, unmarked=Severity.MALICIOUS), False),
        (replace(STANDARD, words={**STANDARD.words, "low": Severity.INFO}), True),
        (replace(STANDARD, words={**STANDARD.words, "low": Severity.MALICIOUS}), False),
        (replace(STANDARD, words={}), True),
        (replace(STANDARD, malicious_from=50, suspicious_from=50), True),
    ],
)
def test_a_scale_loosens_when_anything_is_less_severe(other: Grades, loosens: bool) -> None:  # noqa: FBT001
    """That it is stricter elsewhere does not make up for it."""
    assert loosens is other.loosens(STANDARD)


@pytest.mark.parametrize(
    "text",
    [
        b"malicious_from = 101",
        b"malicious_from = -1",
        b"malicious_from = true",
        b"malicious_from = nan",
        b"suspicious_from = 80",
        b'unmarked = "clean"',
        b'[words]\nhigh = "off"',
        b"words = 3",
        b"ignore = 1",
        b"\xff",
    ],
)
def test_what_is_no_scale_is_refused(text: bytes) -> None:
    """Nothing that cannot be meant comes in force."""
    with pytest.raises(RulesError, match="scale of severities cannot be read"):
        read_grades(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_scale_or_refused(text: bytes) -> None:
    """No file makes the reader fail otherwise."""
    try:
        grades = read_grades(text)
    except RulesError:
        return
    assert grades == decode_grades(grades.encode())


def test_a_scale_is_part_of_the_pack_and_of_each_rule(tmp_path) -> None:
    """It is written, read back, pinned by the digest, and another one runs every rule again."""
    plain = pack_of(tmp_path / "p", {"a.yar": PLAIN})
    graded = replace(plain, manifest=replace(plain.manifest, grades=OWN))

    installed = write_pack(graded, tmp_path / "home")

    assert OWN == read_manifest(installed.folder, graded.digest).grades
    assert plain.digest != graded.digest
    assert {("trial/a.yar", "plain")} == change([plain], [graded]).run
    assert not change([graded], [graded]).run
