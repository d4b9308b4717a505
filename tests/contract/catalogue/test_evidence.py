from catalogue import (
    decisions,
    entries,
    evidence,
    inspections,
    leases,
    lineage,
    name_findings,
    splitting,
)
from catalogue.evidence import DirectoryEvidence
from catalogue.inspections import RecordedInspection
from catalogue.name_findings import RecordedNameFindings
from catalogue.shards import Step
from custody.decision import Decision
from custody.digest import digest_of
from custody.finding import Finding, FindingKind, Severity
from custody.lifecycle import Action, Stage
from custody.outcome import Inspection, Scanned
from custody.verdict import Verdict
from tests.corpus.catalogue_rows import (
    MINUTE,
    NOON,
    PROFILE,
    change,
    complete,
    listed,
    new_entry,
    shard_of,
    shards_of,
)

CONTENT = digest_of(b"content")
NOTE = Finding(
    scanner="notes", rule="note", kind=FindingKind.RANSOM_NOTE, severity=Severity.SUSPICIOUS
)


def decision(number, action):
    """A decision on the content, one minute after the one before."""
    return Decision(
        decision_id=f"decision-{number}",
        subject=CONTENT,
        action=action,
        scope="for good",
        actor="anna",
        reason="r",
        at=NOON + number * MINUTE,
        signature="s",
    )


def test_a_directory_with_encrypted_entries_is_evidence(writing):
    """Encrypted entries are counted by directory, with the time that they were written in."""
    inventory_id = listed(writing)
    new = [new_entry(i, mtime_ns=1000 * i) for i in range(6)]
    shard_id = shard_of(writing, inventory_id, new)
    complete(writing, inventory_id, 6)
    stored = entries.of_shard(writing, shard_id)
    taken = [change(e, Stage.INSPECTED, verdict=Verdict.ENCRYPTED) for e in stored[1:4]]
    entries.update(writing, taken)

    found = evidence.directories(writing, inventory_id, PROFILE)

    first, second = bytes(16), (1).to_bytes(16, "big")
    assert {
        first: DirectoryEvidence(directory_key=first, encrypted=1, first_ns=1000, last_ns=1000),
        second: DirectoryEvidence(directory_key=second, encrypted=2, first_ns=2000, last_ns=3000),
    } == found
    assert {} == evidence.directories(writing, inventory_id + 1, PROFILE)


def test_a_ransom_note_is_evidence_for_its_directory(writing):
    """A note counts once an entry, under the profile that is asked for."""
    shard_id = shards_of(writing, [3])[0]
    entry = entries.of_shard(writing, shard_id)[2]
    entries.update(writing, [change(entry, Stage.INSPECTED, digest=CONTENT)])
    said = Inspection(
        media_type="text/plain",
        outcomes=(Scanned(scanner="notes", version="1", findings=(NOTE, NOTE)),),
    )
    new = RecordedInspection(digest=CONTENT, inspection=said)
    inspections.record(writing, PROFILE, shard_id, NOON, [new])

    found = evidence.directories(writing, 1, PROFILE)

    key = entry.directory_key
    assert {key: DirectoryEvidence(directory_key=key, notes=1)} == found
    assert {} == evidence.directories(writing, 1, digest_of(b"older"))


def test_a_note_by_its_name_counts_for_that_name_only(writing):
    """The same bytes under a harmless name are no note."""
    shard_id = shards_of(writing, [4])[0]
    stored = entries.of_shard(writing, shard_id)
    entries.update(writing, [change(e, Stage.INSPECTED, digest=CONTENT) for e in stored])
    about = RecordedNameFindings(name_key=stored[0].name_key, digest=CONTENT, findings=(NOTE,))
    name_findings.record(writing, PROFILE, shard_id, [about])

    found = evidence.directories(writing, 1, PROFILE)

    assert {stored[0].directory_key: 1} == {key: e.notes for key, e in found.items()}


def test_a_part_of_a_part_knows_where_it_came_from(writing):
    """The shards that a shard was split from are named, nearest first."""
    whole = shards_of(writing, [2])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    claimed = {"run_id": "run-1", "step": Step.INSPECT, "owner": "a", "now": NOON, "ttl": MINUTE}
    part = splitting.split(writing, leases.claim(writing, **claimed), [ids], NOON)[0]
    last = splitting.split(writing, leases.claim(writing, **claimed), [[i] for i in ids], NOON)[1]

    assert [last, part, whole] == lineage.ancestors(writing, last)
    assert [whole] == lineage.ancestors(writing, whole)


def test_the_last_decision_that_took_effect_rejects_or_does_not(writing):
    """A rejection counts once it is effective, and until a later decision says otherwise."""
    decisions.add(writing, decision(1, Action.REJECT))
    assert frozenset() == decisions.rejected(writing, [CONTENT])
    decisions.mark_effective(writing, "decision-1")
    assert {CONTENT} == decisions.rejected(writing, [CONTENT, digest_of(b"other")])

    decisions.add(writing, decision(2, Action.RELEASE), effective=True)

    assert frozenset() == decisions.rejected(writing, [CONTENT])


def test_a_waiver_does_not_take_back_a_rejection(writing):
    """Waiving a rule on a rejected content leaves it rejected: only a release lets it pass."""
    decisions.add(writing, decision(1, Action.REJECT), effective=True)

    decisions.add(writing, decision(2, Action.WAIVE), effective=True)

    assert {CONTENT} == decisions.rejected(writing, [CONTENT])


def test_every_content_that_a_name_ever_had_is_found(writing):
    """A path's contents of all runs are known, those of other paths not among them."""
    for number in (1, 2):
        shard_id = shards_of(writing, [4], run_id=f"run-{number}")[0]
        stored = entries.of_shard(writing, shard_id)
        taken = [
            change(e, Stage.QUARANTINED, digest=digest_of(bytes([number, e.ordinal])))
            for e in stored
        ]
        entries.update(writing, taken)
    name = (stored[3].directory_key, stored[3].name_key)

    assert {digest_of(bytes([1, 3])), digest_of(bytes([2, 3]))} == entries.digests_of(
        writing, [name]
    )
    assert set() == entries.digests_of(writing, [(bytes(16), stored[3].name_key)])
