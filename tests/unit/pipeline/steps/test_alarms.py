"""Directory alarms: which evidence raises one, and which neighbours it covers."""

import pytest

from catalogue.evidence import DirectoryEvidence
from custody.finding import FindingKind, Severity
from custody.outcome import Coverage, Scanned
from custody.verdict import Required, Verdict, judge
from pipeline.steps.alarms import ENCRYPTED_RULE, HOUR_NS, NOTE_RULE, SCANNER, alarm_of
from sanitizers.policy import Alarms

DEMANDS = Alarms(encrypted_files=3, encrypted_percent=10, ransom_notes=1, window_hours=48)
FIRST, LAST = 1000 * HOUR_NS, 1010 * HOUR_NS


def signs(**changes):
    """What stands against a directory: nothing, unless changed."""
    facts = {
        "directory_key": b"k" * 16,
        "encrypted": 0,
        "notes": 0,
        "first_ns": FIRST,
        "last_ns": LAST,
    }
    return DirectoryEvidence(**(facts | changes))


@pytest.mark.parametrize("encrypted", [0, 1, 2])
def test_too_little_evidence_raises_nothing(encrypted):
    """Fewer encrypted entries than the policy asks for are no attack."""
    assert None is alarm_of(signs(encrypted=encrypted), DEMANDS, None)


def test_one_note_covers_everything_beside_it():
    """A ransom note holds entries of every time, with or without anything encrypted."""
    alarm = alarm_of(signs(notes=1, first_ns=0, last_ns=0), DEMANDS, None)

    assert alarm is not None
    assert (NOTE_RULE, 0, 1) == (alarm.rule, alarm.encrypted, alarm.notes)
    assert all(alarm.covers(at) for at in (-(2**62), 0, FIRST, 2**63 - 1))


def test_a_note_is_stronger_than_encrypted_entries():
    """With both, nothing beside them is left out by its time."""
    alarm = alarm_of(signs(encrypted=5, notes=2), DEMANDS, FIRST)

    assert alarm is not None
    assert (NOTE_RULE, None, None) == (alarm.rule, alarm.from_ns, alarm.until_ns)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (FIRST - 48 * HOUR_NS - 1, False),
        (FIRST - 48 * HOUR_NS, True),
        (FIRST, True),
        (LAST, True),
        (LAST + 48 * HOUR_NS, True),
        (LAST + 48 * HOUR_NS + 1, False),
    ],
)
def test_encrypted_entries_cover_their_time_window(at, covered):
    """What changed within the policy's hours of the encrypted ones is held, bounds included."""
    alarm = alarm_of(signs(encrypted=3), DEMANDS, None)

    assert alarm is not None
    assert ENCRYPTED_RULE == alarm.rule
    assert covered is alarm.covers(at)


@pytest.mark.parametrize(
    ("intrusion", "begins"), [(FIRST - 500 * HOUR_NS, FIRST - 500 * HOUR_NS), (LAST, FIRST)]
)
def test_a_declared_intrusion_opens_the_window(intrusion, begins):
    """Since the intrusion everything counts; a date after the damage does not hide the damage."""
    alarm = alarm_of(signs(encrypted=3), DEMANDS, intrusion)

    assert alarm is not None
    assert (begins, None) == (alarm.from_ns, alarm.until_ns)
    assert alarm.covers(2**63 - 1)
    assert not alarm.covers(begins - 1)


def test_an_alarm_holds_what_was_clean():
    """As an outcome it makes a clean entry suspicious, and names numbers, not names."""
    alarm = alarm_of(signs(encrypted=4, notes=1), DEMANDS, None)
    assert alarm is not None
    clean = Scanned(scanner="file_type", version="1")
    required = Required(scanners=frozenset({"file_type"}), coverages=frozenset({Coverage.WHOLE}))

    outcome = alarm.outcome()
    (finding,) = outcome.findings

    assert Verdict.CLEAN is judge([clean], required).verdict
    assert Verdict.SUSPICIOUS is judge([clean, outcome], required).verdict
    assert (SCANNER, FindingKind.ALARM, Severity.SUSPICIOUS, "") == (
        finding.scanner,
        finding.kind,
        finding.severity,
        finding.detail,
    )
    assert "4 encrypted and 1 ransom notes" in finding.where


def test_an_alarm_is_stored_with_its_evidence():
    """The catalogue keeps the directory's code, the rule and the counts."""
    alarm = alarm_of(signs(encrypted=3), DEMANDS, None)
    assert alarm is not None

    stored = alarm.stored(b"k" * 16)

    assert ("directory", b"k" * 16, ENCRYPTED_RULE) == (stored.kind, stored.key, stored.alarm)
    assert {"encrypted": 3, "notes": 0} == stored.evidence
