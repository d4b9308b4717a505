from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from custody.box import Answer, Failure, FailureCode
from custody.errors import CanaryMissedError
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Inspection, NotScanned, Scanned
from custody.wire import encode_finding, encode_inspection
from sanitizers.replies import (
    MOST_NAME_FINDINGS,
    MOST_NAMES,
    Report,
    keep,
    not_scanned,
    read_inspection,
    read_report,
)

FINDING = Finding(scanner="s", rule="r", kind=FindingKind.RULE, severity=Severity.INFO)
SCANNED = Scanned(scanner="s", version="1", findings=(FINDING,))
INSPECTION = Inspection(media_type="text/plain", outcomes=(SCANNED,))
FORGED = Failure(code=FailureCode.FORGED)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def reported(**changed: Any) -> Answer:
    """Return a good reply about one name, with something changed."""
    value = {
        "inspection": encode_inspection(INSPECTION),
        "names": [[encode_finding(FINDING)]],
        "forked": False,
    }
    return Answer(untrusted_value={**value, **changed})


def test_a_good_report_is_read_whole() -> None:
    """Outcomes, findings of names and the lane arrive as they were said."""
    expected = Report(inspection=INSPECTION, names=((FINDING,),), forked=False)
    assert expected == read_report(reported(), 1)
    assert INSPECTION == read_inspection(Answer(untrusted_value=encode_inspection(INSPECTION)))


def test_a_failure_stays_what_it_is() -> None:
    """The box's own failures pass through unchanged."""
    failure = Failure(code=FailureCode.TIMED_OUT, detail="30 s")
    assert read_report(failure, 1) is failure
    assert read_inspection(failure) is failure


@pytest.mark.parametrize("names", [0, 2, 16])
def test_findings_for_another_number_of_names_are_forged(names: int) -> None:
    """A worker cannot drop or add a name."""
    assert read_report(reported(), names) == FORGED


def test_lists_beyond_their_bounds_are_forged() -> None:
    """No reply is larger than a sane program's."""
    many = [encode_finding(FINDING)] * (MOST_NAME_FINDINGS + 1)
    assert read_report(reported(names=[many]), 1) == FORGED
    assert read_report(reported(names=[[]] * (MOST_NAMES + 1)), MOST_NAMES + 1) == FORGED


@pytest.mark.parametrize("lane", [1, "true", None, []])
def test_only_true_asks_for_the_other_lane(lane: Any) -> None:
    """What is not exactly true leaves the built-in scanners to answer here, or be missed."""
    report = read_report(reported(forked=lane), 1)
    assert isinstance(report, Report)
    assert report.forked is False


@pytest.mark.parametrize("scanner", ["yara_rules", "", 7, None])
def test_a_missed_canary_is_an_error_whatever_it_names(scanner: Any) -> None:
    """A worker that calls itself blind has answered nothing, whatever else it says."""
    with pytest.raises(CanaryMissedError, match="canary"):
        read_report(Answer(untrusted_value={"missed": scanner}), 1)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_no_value_makes_the_reader_fail(value: Any) -> None:
    """Whatever a taken-over worker answers, it is forged or has exactly the right shape."""
    answer = Answer(untrusted_value=value)
    assert read_inspection(answer) == FORGED
    assert read_report(answer, 0) == FORGED


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["inspection", "names"]))
def test_no_part_of_a_value_makes_the_reader_fail(value: Any, key: str) -> None:
    """One hostile field in an otherwise good reply is noticed too."""
    assume(value != [[]])  # one name without findings is a good answer
    report = read_report(reported(**{key: value}), 1)
    assert report == FORGED


def test_scanners_of_the_lane_are_kept_and_the_silent_are_named() -> None:
    """A foreign outcome is dropped, and a scanner without one has not scanned."""
    assert keep((SCANNED,), ("s", "t")) == (
        SCANNED,
        NotScanned(scanner="t", reason="gave no outcome"),
    )
    assert keep((SCANNED,), ("t",)) == (NotScanned(scanner="t", reason="gave no outcome"),)


@pytest.mark.parametrize("code", list(FailureCode))
def test_a_failure_is_not_scanned_for_each_scanner(code: FailureCode) -> None:
    """Every scanner of the lane says why; only the machine's own trouble is tried again."""
    outcomes = not_scanned(Failure(code=code), ("a", "b"))
    transient = code is FailureCode.MACHINE
    assert outcomes == tuple(
        NotScanned(scanner=name, reason=code.value, transient=transient) for name in ("a", "b")
    )
