"""Exceptions loosen what they name, while they hold, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.digest import digest_of
from custody.exception import (
    AnyException,
    Derogation,
    Exceptions,
    Granted,
    NameWaiver,
    Subject,
    UnscannedWaiver,
    Waiver,
    in_force,
)
from custody.finding import Finding, FindingKind, Severity

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=7)
DURING = START + timedelta(days=1)
GRANTED = Granted(people=("Aline", "Bruno"), reason="known form", start=START, end=END)

SUBJECT = Subject(
    digest=digest_of(b"form"),
    name_key="00ff",
    path=b"forms/2025/entry.pdf",
    service="radiology",
    media_type="application/pdf",
)
WAIVER = Waiver(digest=SUBJECT.digest, scanner="yara_rules", rule="r1", granted=GRANTED)
UNSCANNED = UnscannedWaiver(digest=SUBJECT.digest, scanner="integrity", granted=GRANTED)
NAME_WAIVER = NameWaiver(name_key="00ff", rule="double-extension", granted=GRANTED)
DEROGATION = Derogation(
    media_type="application/pdf",
    path_prefix=b"forms",
    service="radiology",
    scanner="active_content",
    rule="pdf-javascript",
    granted=GRANTED,
)
EACH: tuple[AnyException, ...] = (WAIVER, UNSCANNED, NAME_WAIVER, DEROGATION)
NOTHING = Exceptions()


def finding(scanner: str, rule: str, severity: Severity = Severity.SUSPICIOUS) -> Finding:
    """A finding by its names."""
    return Finding(scanner=scanner, rule=rule, kind=FindingKind.RULE, severity=severity)


@pytest.mark.parametrize(
    ("people", "reason", "end"),
    [
        (("Aline", "Aline"), "known form", END),
        (("Aline", " aline "), "known form", END),
        (("Aline", ""), "known form", END),
        (("Aline", "  "), "known form", END),
        (("Aline", "Bruno"), "", END),
        (("Aline", "Bruno"), " \n", END),
        (("Aline", "Bruno"), "known form", START),
        (("Aline", "Bruno"), "known form", START - timedelta(seconds=1)),
    ],
)
def test_an_exception_needs_two_people_a_reason_and_an_end(people, reason, end):
    """One person under two spellings, no reason or no end grants nothing."""
    with pytest.raises(ValueError, match="an exception needs"):
        Granted(people=people, reason=reason, start=START, end=end)


def test_an_exception_holds_from_its_start_to_before_its_end():
    """The start is inside, the end is outside."""
    moments = (START - timedelta(microseconds=1), START, END - timedelta(microseconds=1), END)

    assert [False, True, True, False] == [GRANTED.holds_at(m) for m in moments]


@pytest.mark.parametrize("moment", [START - timedelta(seconds=1), END, END + timedelta(days=900)])
def test_an_exception_that_is_not_in_force_loosens_nothing(moment):
    """What has ended or not begun is as if it had never been granted."""
    assert NOTHING == in_force(EACH, SUBJECT, moment)


def test_each_exception_loosens_what_it_names():
    """Together the four kinds waive, derogate and excuse exactly their own."""
    expected = Exceptions(
        waived=frozenset({("yara_rules", "r1"), ("names", "double-extension")}),
        derogated=frozenset({("active_content", "pdf-javascript")}),
        excused=frozenset({"integrity"}),
    )

    assert expected == in_force(EACH, SUBJECT, DURING)


@pytest.mark.parametrize("exception", [WAIVER, UNSCANNED], ids=["waiver", "unscanned"])
def test_an_exception_for_one_artefact_covers_no_other(exception):
    """A changed byte is another artefact."""
    other = replace(SUBJECT, digest=digest_of(b"form!"))

    assert NOTHING == in_force([exception], other, DURING)


def test_a_name_waiver_covers_no_other_name():
    """The same content under another name is judged by that name."""
    assert NOTHING == in_force([NAME_WAIVER], replace(SUBJECT, name_key="00fe"), DURING)


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "application/msword"},
        {"media_type": ""},
        {"service": "biology"},
        {"path": b"letters/entry.pdf"},
        {"path": b"forms-of-someone-else/entry.pdf"},
        {"path": b"forms.pdf"},
        {"path": b"old/forms/entry.pdf"},
    ],
    ids=str,
)
def test_a_derogation_covers_its_class_only(changes):
    """Another type, service or folder, even one whose name begins alike, is outside."""
    assert NOTHING == in_force([DEROGATION], replace(SUBJECT, **changes), DURING)


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        (b"forms", b"forms/a.pdf"),
        (b"forms/", b"forms/a.pdf"),
        (b"forms/2025", b"forms/2025/q1/a.pdf"),
        (b"forms/a.pdf", b"forms/a.pdf"),
        (b"", b"anywhere/a.pdf"),
    ],
)
def test_a_derogation_covers_everything_under_its_folder(prefix, path):
    """A folder, one entry, or the whole service."""
    granted = replace(DEROGATION, path_prefix=prefix)

    assert in_force([granted], replace(SUBJECT, path=path), DURING).derogated


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_a_derogation_never_ends_inside_a_folder_name(folder, rest):
    """What is covered under a folder continues with a slash, or is the folder itself."""
    prefix = b"f" + folder.replace(b"/", b"")
    covered = in_force(
        [replace(DEROGATION, path_prefix=prefix)], replace(SUBJECT, path=prefix + rest), DURING
    ).derogated

    assert (rest == b"" or rest.startswith(b"/")) == bool(covered)


def test_a_derogation_is_never_for_malicious_findings():
    """A class of entries is never excused from malice."""
    allowed = in_force([DEROGATION], SUBJECT, DURING)

    assert allowed.waive(finding("active_content", "pdf-javascript"))
    assert not allowed.waive(finding("active_content", "pdf-javascript", Severity.MALICIOUS))


@given(
    scanner=st.sampled_from(["yara_rules", "integrity", "names", "active_content"]),
    rule=st.sampled_from(["r1", "r2", "double-extension", "pdf-javascript"]),
    severity=st.sampled_from(Severity),
)
def test_nothing_but_the_named_rule_is_waived(scanner, rule, severity):
    """With every kind of exception in force, exactly three pairs of names are waived."""
    named = {("yara_rules", "r1"), ("names", "double-extension")}
    derogated = (scanner, rule) == ("active_content", "pdf-javascript")
    expected = (scanner, rule) in named or (derogated and severity is not Severity.MALICIOUS)

    assert expected == in_force(EACH, SUBJECT, DURING).waive(finding(scanner, rule, severity))


def test_an_unscanned_waiver_excuses_its_scanner_only():
    """The missing outcome of one scanner is accepted, no finding and no other scanner."""
    allowed = in_force([UNSCANNED], SUBJECT, DURING)

    assert allowed.excuse("integrity")
    assert not allowed.excuse("yara_rules")
    assert not allowed.waive(finding("integrity", "r1"))


def test_what_has_ended_falls_away_alone():
    """An ended exception does not take its neighbours along."""
    ended = replace(WAIVER, granted=replace(GRANTED, end=DURING))

    assert in_force([UNSCANNED], SUBJECT, DURING) == in_force([ended, UNSCANNED], SUBJECT, DURING)
