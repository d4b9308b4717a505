import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import inspections, name_findings
from catalogue.inspections import RecordedInspection
from catalogue.name_findings import RecordedNameFindings
from custody.digest import digest_of
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Scanned
from tests.corpus.catalogue_rows import NOON, PROFILE

CONTENT = digest_of(b"content")
OTHER = digest_of(b"other")
NAME = b"n" * 16

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
words = texts.filter(str.strip)


def finding(scanner="yara", rule="LockBit", **changes):
    """A malicious observation."""
    facts = {
        "scanner": scanner,
        "rule": rule,
        "kind": FindingKind.RULE,
        "severity": Severity.MALICIOUS,
        "where": "offset 12",
    }
    return Finding(**(facts | changes))


def inspection(*outcomes, media_type="application/pdf"):
    """An inspection of a PDF."""
    return Inspection(media_type=media_type, outcomes=outcomes)


def record(connection, said, *, digest=CONTENT, lines=None, profile=PROFILE, shard_id=1):
    """Keep one inspection."""
    new = RecordedInspection(digest=digest, inspection=said, detail_lines=lines)
    inspections.record(connection, profile, shard_id, NOON, [new])


def known(connection, digest=CONTENT, profile=PROFILE):
    """What is known of one content."""
    return inspections.known(connection, [digest], profile).get(digest)


@st.composite
def outcome(draw, scanner):
    """Any outcome of a scanner that is kept."""
    findings = st.builds(
        Finding,
        scanner=st.just(scanner),
        rule=texts,
        kind=st.sampled_from(FindingKind),
        severity=st.sampled_from(Severity),
        where=texts,
    )
    return draw(
        st.one_of(
            st.builds(
                Scanned,
                scanner=st.just(scanner),
                version=texts,
                coverage=st.sampled_from(Coverage),
                findings=st.lists(findings, max_size=3).map(tuple),
            ),
            st.builds(NotScanned, scanner=st.just(scanner), reason=words),
            st.builds(Exempt, scanner=st.just(scanner), evidence=words),
        )
    )


@st.composite
def any_inspection(draw):
    """Any inspection that is kept."""
    scanners = draw(st.lists(words, unique=True, min_size=1, max_size=4))
    return inspection(*[draw(outcome(name)) for name in scanners], media_type=draw(texts))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=any_inspection(), salt=st.binary(min_size=16, max_size=16))
def test_every_inspection_comes_back_as_it_was(catalogue, said, salt):
    """Outcomes, their order, versions, coverage and findings survive; nothing is added."""
    digest = digest_of(salt)
    with catalogue.write() as connection:
        connection.exec_driver_sql("DELETE FROM inspections")
        connection.exec_driver_sql("DELETE FROM outcomes")
        connection.exec_driver_sql("DELETE FROM findings")
        record(connection, said, digest=digest)
        assert said == known(connection, digest)


def test_a_clean_scan_costs_one_row(writing):
    """Scanners that saw everything and found nothing have no rows of their own."""
    said = inspection(Scanned(scanner="yara", version="1"), Scanned(scanner="types", version="2"))
    record(writing, said)

    assert said == known(writing)
    assert 0 == writing.exec_driver_sql("SELECT count(*) FROM outcomes").scalar_one()
    assert 0 == writing.exec_driver_sql("SELECT count(*) FROM findings").scalar_one()


def test_an_inspection_without_outcomes_is_never_kept(writing):
    """Silence is not remembered as a scan."""
    record(writing, inspection())

    assert known(writing) is None


def test_another_profile_and_another_content_are_not_known(writing):
    """What one profile said of one content says nothing about others."""
    record(writing, inspection(Scanned(scanner="yara", version="1")))

    assert known(writing, OTHER) is None
    assert known(writing, profile=digest_of(b"newer rules")) is None


def test_recording_again_keeps_what_was_said_first(writing):
    """A repeated shard neither doubles findings nor changes them."""
    said = inspection(Scanned(scanner="yara", version="1", findings=(finding(),)))
    record(writing, said)
    record(writing, said, shard_id=2)
    record(writing, inspection(Scanned(scanner="yara", version="1")), shard_id=3)

    assert said == known(writing)


def test_one_content_twice_in_a_shard_is_recorded_once(writing):
    """Two entries with one content make one inspection."""
    said = inspection(Scanned(scanner="yara", version="1", findings=(finding(),)))
    twice = [RecordedInspection(digest=CONTENT, inspection=said)] * 2
    inspections.record(writing, PROFILE, 1, NOON, twice)

    assert said == known(writing)


def test_machine_trouble_is_never_kept(writing):
    """What failed for our reasons is tried again."""
    record(writing, inspection(NotScanned(scanner="yara", reason="no worker", transient=True)))

    assert known(writing) is None


def test_two_outcomes_of_one_scanner_are_refused(writing):
    """A reply that answers twice for one scanner cannot hide one answer behind the other."""
    scan = Scanned(scanner="yara", version="1")
    said = inspection(NotScanned(scanner="yara", reason="depth limit 6"), scan)

    with pytest.raises(ValueError, match="two outcomes"):
        record(writing, said)


def test_details_stay_out_and_their_lines_are_known(writing):
    """A detail is not in the catalogue; its line in the shard's details object is."""
    first, second = finding(detail="Mme Secret.docx"), finding(rule="Note", detail="x")
    said = inspection(
        Scanned(scanner="types", version="1", findings=(finding(scanner="types"),)),
        Scanned(scanner="yara", version="1", findings=(first, second)),
    )
    record(writing, said, lines=(None, 4, 5), shard_id=9)

    places = inspections.details_of(writing, CONTENT, PROFILE)

    assert [("LockBit", 9, 4), ("Note", 9, 5)] == [
        (place.finding.rule, place.shard_id, place.line) for place in places
    ]
    assert all(place.finding.detail == "" for place in places)
    assert ["", ""] == [f.detail for f in known(writing).outcomes[1].findings]


def test_lines_that_do_not_fit_the_findings_are_refused(writing):
    """A line too few would point every later detail at somebody else's name."""
    said = inspection(Scanned(scanner="yara", version="1", findings=(finding(),)))

    with pytest.raises(ValueError, match="zip"):
        record(writing, said, lines=(1, 2))


def test_a_rule_finds_its_contents_again(writing):
    """Recall asks which contents a rule ever condemned."""
    record(writing, inspection(Scanned(scanner="yara", version="1", findings=(finding(),))))
    record(writing, inspection(Scanned(scanner="yara", version="1")), digest=OTHER)

    assert {CONTENT} == inspections.by_rule(writing, "LockBit")
    assert set() == inspections.by_rule(writing, "Akira")


def names_known(connection, *names):
    """What is known of some names."""
    return name_findings.known(connection, names, PROFILE)


def test_a_name_is_judged_once_for_a_content(writing):
    """Findings about a name come back for exactly that name and content."""
    said = finding(kind=FindingKind.NAME, detail="facture.pdf.exe")
    new = RecordedNameFindings(name_key=NAME, digest=CONTENT, findings=(said,), detail_lines=(3,))
    for _ in range(2):
        name_findings.record(writing, PROFILE, 1, [new])

    found = names_known(writing, (NAME, CONTENT), (NAME, OTHER), (b"m" * 16, CONTENT))

    assert {(NAME, CONTENT): (finding(kind=FindingKind.NAME),)} == found
    assert [3] == [p.line for p in inspections.details_of(writing, CONTENT, PROFILE)]


def test_a_harmless_name_is_known_to_be_harmless(writing):
    """Nothing found is told apart from never looked at."""
    harmless = RecordedNameFindings(name_key=NAME, digest=CONTENT, findings=())
    name_findings.record(writing, PROFILE, 1, [harmless])

    assert {(NAME, CONTENT): ()} == names_known(writing, (NAME, CONTENT), (NAME, OTHER))


def test_findings_about_names_are_not_findings_about_content(writing):
    """A hostile name does not spoil the same content under another name."""
    said = inspection(Scanned(scanner="yara", version="1"))
    record(writing, said)
    about = RecordedNameFindings(name_key=NAME, digest=CONTENT, findings=(finding(),))
    name_findings.record(writing, PROFILE, 1, [about])

    assert said == known(writing)
