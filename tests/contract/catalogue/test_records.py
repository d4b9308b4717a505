from dataclasses import replace

from catalogue import entries, records, tallies
from custody.digest import digest_of
from custody.lifecycle import Stage
from custody.records import Counts, ReasonCount, Validation
from tests.corpus.catalogue_rows import PROFILE, change, shards_of

CONTENT = digest_of(b"content")
OTHER = digest_of(b"another content")
COUNTS = Counts(read=10, accepted=7, refused=3, flagged=2)
SAID = Validation(
    schema="hl7v2",
    counts=COUNTS,
    reasons=(
        ReasonCount(code="GEN-008", refuses=True, records=3),
        ReasonCount(code="HL7-008", refuses=True, records=0, whole=True),
        ReasonCount(code="HL7-020", refuses=False, records=2),
    ),
)


def test_validations_are_known_by_content_contract_and_profile(writing):
    """What one profile said is known for it alone, and what was said first stays."""
    other = replace(SAID, schema="labo", unread="timed out", reasons=())
    records.add(writing, PROFILE, {(CONTENT, ""): SAID, (CONTENT, "labo@1"): other})
    records.add(writing, PROFILE, {(CONTENT, ""): other})

    known = records.known(writing, [CONTENT, OTHER], PROFILE)

    assert {(CONTENT, ""): SAID, (CONTENT, "labo@1"): other} == known
    assert {} == records.known(writing, [CONTENT], digest_of(b"newer"))


def taken(writing, count, **changes):
    """Entries of one run that hold the content."""
    shard_id = shards_of(writing, [count])[0]
    stored = entries.of_shard(writing, shard_id)
    updates = [change(e, Stage.QUARANTINED, digest=CONTENT) for e in stored]
    entries.update(writing, [replace(u, **changes) for u in updates])
    return stored


def test_the_records_of_a_run_are_added_up_over_its_entries(writing):
    """One extract under two names counts twice, as its entries do."""
    taken(writing, 2)
    records.add(writing, PROFILE, {(CONTENT, ""): SAID, (OTHER, ""): SAID})
    records.add(writing, digest_of(b"older"), {(CONTENT, ""): SAID})

    assert {"hl7v2": Counts(read=20, accepted=14, refused=6, flagged=4)} == records.totals(
        writing, "run-1"
    )
    assert {} == records.totals(writing, "run-2")


def test_an_entry_counts_under_the_contract_that_was_declared_for_it(writing):
    """What the same content comes to by itself counts for nothing where a contract was declared."""
    taken(writing, 1, contract="labo@1")
    by_contract = replace(SAID, schema="labo")
    records.add(writing, PROFILE, {(CONTENT, ""): SAID, (CONTENT, "labo@1"): by_contract})

    assert {"labo": COUNTS} == records.totals(writing, "run-1")


def test_what_no_schema_knows_counts_nowhere(writing):
    """A table that no contract describes has no records."""
    taken(writing, 1)
    nothing = Counts(read=0, accepted=0, refused=0, flagged=0)
    records.add(writing, PROFILE, {(CONTENT, ""): Validation(schema="", counts=nothing)})

    assert {} == records.totals(writing, "run-1")


def test_reasons_are_added_up_by_host_service_schema_and_code(writing):
    """Each line of the report counts files and records; refusing and flagging are apart."""
    taken(writing, 2)
    records.add(writing, PROFILE, {(CONTENT, ""): SAID})

    found = list(records.reasons_of(writing, [1]))

    assert [("GEN-008", 2, 6), ("HL7-008", 2, 0), ("HL7-020", 2, 4)] == [
        (line.code, line.files, line.records) for line in found
    ]
    assert [True, True, False] == [line.refuses for line in found]


def test_what_supersedes_is_counted_once(writing):
    """Two entries may be superseded by the same records; one that still waits does not count."""
    shard_id = shards_of(writing, [3])[0]
    first, second, third = entries.of_shard(writing, shard_id)
    updates = [change(e, Stage.SUPERSEDED, digest=CONTENT) for e in (first, second)]
    updates.append(change(third, Stage.ASSESSED, digest=CONTENT))
    entries.update(writing, [replace(u, superseded_by=OTHER) for u in updates])

    assert 1 == tallies.superseded(writing, "run-1")
    assert OTHER == entries.of_shard(writing, shard_id)[0].superseded_by
