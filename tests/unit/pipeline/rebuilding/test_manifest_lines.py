import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.entries import EntryUpdate, StoredEntry
from custody.artefact import Location
from custody.digest import digest_of
from custody.entry import EntryKind
from custody.finding import Finding, FindingKind, Severity
from custody.lifecycle import Stage
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Scanned
from custody.records import Counts, ReasonCount, Validation
from pipeline.rebuilding.manifest_lines import inspection_of, location_of, validation_of
from pipeline.steps.lines import inspect_line, inspected_part, records_part

CONTENT = digest_of(b"content")
PROFILE = digest_of(b"profile")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
NAMES = WORDS.filter(str.strip)
FINDINGS = st.builds(
    Finding,
    scanner=NAMES,
    rule=NAMES,
    kind=st.sampled_from(FindingKind),
    severity=st.sampled_from(Severity),
    where=WORDS,
)
OUTCOMES = st.one_of(
    st.builds(
        Scanned,
        scanner=NAMES,
        version=WORDS,
        coverage=st.sampled_from(Coverage),
        findings=st.lists(FINDINGS, max_size=3).map(tuple),
    ),
    st.builds(NotScanned, scanner=NAMES, reason=NAMES, transient=st.booleans()),
    st.builds(Exempt, scanner=NAMES, evidence=NAMES),
)
ENTRY = StoredEntry(
    entry_id=1,
    inventory_id=1,
    shard_id=1,
    ordinal=7,
    name_key=b"n" * 16,
    directory_key=b"d" * 16,
    service="radiology",
    kind=EntryKind.FILE,
    size=12,
    mtime_ns=1,
    mode=0o644,
    inode=1,
    links=1,
    stage=Stage.LISTED,
    digest=None,
    verdict=None,
    reason=None,
)


FOUND = EntryUpdate(entry_id=1, stage=Stage.INSPECTED, digest=CONTENT, verdict=None, reason=None)


def line(inspected, location=None, records=None):
    """An inspect line as it stands in a manifest, read back as JSON."""
    return json.loads(
        inspect_line(
            ENTRY,
            "commitment",
            FOUND,
            location=location,
            inspected=inspected,
            records=records,
        )
    )


@given(
    st.lists(OUTCOMES, max_size=4),
    st.lists(FINDINGS, max_size=2),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=100)
def test_what_a_line_says_of_an_inspection_is_read_back(outcomes, about_name, new, name_new):
    """Outcomes, findings about the name and their places in the details come back the same."""
    inspection = Inspection(media_type="text/plain", outcomes=tuple(outcomes))
    said = [f for o in outcomes if isinstance(o, Scanned) for f in o.findings]
    places = {finding: n for n, finding in enumerate(dict.fromkeys(said))}
    part = inspected_part(
        inspection,
        PROFILE,
        lines=places,
        name_findings=tuple(about_name),
        new=new,
        name_new=name_new,
    )

    read = inspection_of(line(part))

    assert read is not None
    assert inspection == read.inspection
    assert tuple(places[f] for f in said) == read.detail_lines
    assert tuple(about_name) == read.name_findings
    assert (PROFILE, new, name_new) == (read.profile, read.new, read.name_new)


def test_a_detail_is_told_by_its_line_and_never_in_words():
    """Details may hold names: the line that the ledger names does not."""
    finding = Finding(
        scanner="s", rule="r", kind=FindingKind.RULE, severity=Severity.INFO, detail="Dupont.pdf"
    )
    inspection = Inspection(
        media_type="", outcomes=(Scanned(scanner="s", version="1", findings=(finding,)),)
    )
    part = inspected_part(
        inspection, PROFILE, lines={finding: 4}, name_findings=(), new=True, name_new=True
    )

    read = inspection_of(line(part))

    assert "Dupont" not in json.dumps(part)
    assert read is not None
    assert (4,) == read.detail_lines
    assert replace(finding, detail="") == read.inspection.outcomes[0].findings[0]


def test_an_entry_that_nobody_asked_scanners_about_has_no_inspection():
    """No inspection is None, not an empty one."""
    assert None is inspection_of(line(None))


def test_a_place_in_the_vault_is_read_back():
    """Digest, key, version, offset and size come back; an entry without content has no place."""
    location = Location(digest=CONTENT, key="segments/a", version="v", offset=5, size=7)

    assert location == location_of(line(None, location))
    assert None is location_of(line(None))


@given(
    st.lists(
        st.builds(
            ReasonCount,
            code=WORDS,
            refuses=st.booleans(),
            records=st.integers(0, 9),
            whole=st.booleans(),
        ),
        max_size=3,
    ),
    WORDS,
)
@settings(max_examples=50)
def test_what_a_line_says_of_records_is_read_back(reasons, schema):
    """Counts and reasons come back the same, under the content and its contract."""
    counts = Counts(read=9, accepted=7, refused=2, flagged=1)
    said = Validation(schema=schema, counts=counts, reasons=tuple(reasons), unread="")

    found = validation_of(line(None, records=records_part("labo@1", said)))

    assert ((CONTENT, "labo@1"), said) == found
    assert validation_of(line(None)) is None
