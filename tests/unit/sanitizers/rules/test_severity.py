import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.finding import FindingKind, Severity
from sanitizers.engines.interface import Meta
from sanitizers.rules.severity import kind_of, severity_of


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ((), Severity.SUSPICIOUS),
        ((("score", 75),), Severity.MALICIOUS),
        ((("score", 74),), Severity.SUSPICIOUS),
        ((("score", 40),), Severity.SUSPICIOUS),
        ((("score", 39),), Severity.INFO),
        ((("score", "80"),), Severity.MALICIOUS),
        ((("Score", 80),), Severity.MALICIOUS),
        ((("score", "high"),), Severity.MALICIOUS),
        ((("score", "nonsense"),), Severity.SUSPICIOUS),
        ((("score", "nan"),), Severity.SUSPICIOUS),
        ((("score", "inf"),), Severity.SUSPICIOUS),
        ((("severity", 100),), Severity.MALICIOUS),
        ((("severity", "low"),), Severity.SUSPICIOUS),
        ((("severity", "info"),), Severity.INFO),
        ((("score", 60), ("severity", 100)), Severity.SUSPICIOUS),
        ((("tc_detection_factor", 5),), Severity.MALICIOUS),
        ((("tc_detection_factor", 1),), Severity.SUSPICIOUS),
        ((("score", True),), Severity.INFO),
    ],
)
def test_what_authors_say_becomes_one_of_three_severities(meta: Meta, expected: Severity) -> None:
    """Scores, severities and detection factors are normalised; a silent rule holds the file."""
    assert expected is severity_of("rule", meta, {})


def test_an_override_goes_before_what_the_author_says() -> None:
    """A pack's override sets the severity of one rule, or switches it off."""
    meta = (("score", 90),)
    assert severity_of("noisy", meta, {"noisy": "info"}) is Severity.INFO
    assert severity_of("noisy", meta, {"noisy": "off"}) is None
    assert severity_of("other", meta, {"noisy": "off"}) is Severity.MALICIOUS


def test_only_ransom_notes_have_a_kind_of_their_own() -> None:
    """A rule can say that it finds ransom notes, and no other kind of finding."""
    assert kind_of((("kind", "ransom-note"),)) is FindingKind.RANSOM_NOTE
    assert kind_of((("kind", "damage"),)) is FindingKind.RULE
    assert kind_of(()) is FindingKind.RULE


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans()))
def test_no_grade_makes_the_reader_fail(value: str | float) -> None:
    """Whatever an author writes for a score, it becomes a severity."""
    assert severity_of("rule", (("score", value),), {}) in set(Severity)
