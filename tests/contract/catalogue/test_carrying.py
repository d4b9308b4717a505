"""What was said under one profile is carried over to the next: whole, once, and nothing else."""

from datetime import UTC, datetime

from catalogue import carrying, inspections, name_findings
from catalogue.carrying import Between
from catalogue.inspections import RecordedInspection
from catalogue.name_findings import RecordedNameFindings
from custody.digest import digest_of
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Inspection, NotScanned, Scanned

AT = datetime(2026, 11, 29, tzinfo=UTC)
OLD, NEW = digest_of(b"old profile"), digest_of(b"new profile")
FIRST, SECOND = digest_of(b"first"), digest_of(b"second")
KEY = b"k" * 16
FINDING = Finding(
    scanner="yara", rule="p:a:shown", kind=FindingKind.RULE, severity=Severity.INFO, where="0x0"
)
SAID = Inspection(
    media_type="text/plain",
    outcomes=(
        Scanned(scanner="yara", version="1", coverage=Coverage.WINDOWED, findings=(FINDING,)),
        NotScanned(scanner="other", reason="too deep"),
    ),
)
BETWEEN = Between(old=OLD, new=NEW, shard_id=7, at=AT)


def judged(connection):
    """Keep what the old profile said of two contents and of one name."""
    recorded = [
        RecordedInspection(digest=d, inspection=SAID, detail_lines=(None,)) for d in (FIRST, SECOND)
    ]
    inspections.record(connection, OLD, 3, AT, recorded)
    about = RecordedNameFindings(name_key=KEY, digest=FIRST, findings=(FINDING,))
    name_findings.record(connection, OLD, 3, [about])


def test_outcomes_and_findings_are_the_same_under_the_next_profile(catalogue):
    """Coverage, silence and findings come along; a content that was not named does not."""
    with catalogue.write() as connection:
        judged(connection)
        carrying.contents(connection, [FIRST], BETWEEN)
        found = inspections.known(connection, [FIRST, SECOND], NEW)
        names = name_findings.known(connection, [(KEY, FIRST)], NEW)

    assert ({FIRST: SAID}, {}) == (found, names)


def test_names_are_carried_by_themselves(catalogue):
    """What was said of a name holds under the next profile once it is carried."""
    with catalogue.write() as connection:
        judged(connection)
        carrying.names(connection, [(KEY, FIRST)], BETWEEN)
        found = name_findings.known(connection, [(KEY, FIRST)], NEW)

    assert {(KEY, FIRST): (FINDING,)} == found


def test_what_the_next_profile_said_already_stays(catalogue):
    """Carried twice, or judged in between, a content keeps what was said first."""
    clean = Inspection(media_type="text/plain", outcomes=(Scanned(scanner="yara", version="2"),))
    own = RecordedInspection(digest=SECOND, inspection=clean, detail_lines=())
    with catalogue.write() as connection:
        judged(connection)
        inspections.record(connection, NEW, 5, AT, [own])
        for _ in range(2):
            carrying.contents(connection, [FIRST, SECOND], BETWEEN)
            carrying.names(connection, [(KEY, FIRST)], BETWEEN)
        found = inspections.known(connection, [FIRST, SECOND], NEW)
        names = name_findings.known(connection, [(KEY, FIRST)], NEW)

    assert {FIRST: SAID, SECOND: clean} == found
    assert {(KEY, FIRST): (FINDING,)} == names
