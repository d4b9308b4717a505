"""Lines of custody manifests: complete, canonical, and silent about names."""

import json
from dataclasses import replace

import pytest

from catalogue.entries import EntryUpdate, StoredEntry
from cleanzone.promotion import Promoted
from custody.artefact import Location
from custody.digest import digest_of
from custody.entry import EntryKind
from custody.lifecycle import Stage
from custody.records import Counts, ReasonCount, Validation
from custody.verdict import Judgement, Verdict
from pipeline.steps.lines import (
    assess_line,
    inspect_line,
    promote_line,
    records_part,
    supersedes_line,
)

DIGEST = digest_of(b"content")
COMMITMENT = digest_of(b"commitment")
ENTRY = StoredEntry(
    entry_id=900,
    inventory_id=800,
    shard_id=700,
    ordinal=3,
    name_key=b"N" * 16,
    directory_key=b"D" * 16,
    service="radiology",
    kind=EntryKind.FILE,
    size=10,
    mtime_ns=2**62,
    mode=0o100644,
    inode=2**64 + 5,
    links=1,
    stage=Stage.INSPECTED,
    digest=DIGEST,
    verdict=Verdict.CLEAN,
    reason=None,
)
FOUND = EntryUpdate(
    entry_id=900, stage=Stage.INSPECTED, digest=None, verdict=None, reason=None, contract="labo@1"
)
VALIDATION = Validation(
    schema="labo",
    counts=Counts(read=3, accepted=2, refused=1, flagged=1),
    reasons=(ReasonCount(code="TAB-006", refuses=True, records=1),),
)


def written(location=None, **changes):
    """The inspect line of the entry."""
    found = replace(FOUND, **changes)
    return inspect_line(ENTRY, COMMITMENT, found, location=location, inspected=None, records=None)


def inspected(location=None, **changes):
    """What the inspect step says of the entry."""
    return json.loads(written(location, **changes))


def test_an_inspect_line_says_what_was_listed_and_what_was_found():
    """Everything that a catalogue needs to be made again is in it."""
    at = Location(digest=DIGEST, key="segments/a", version="v", offset=5, size=10)

    line = inspected(verdict=Verdict.CLEAN, digest=DIGEST, location=at)

    assert {
        "n": 3,
        "name": COMMITMENT,
        "service": "radiology",
        "kind": "file",
        "listed": 10,
        "size": 10,
        "mtime_ns": str(2**62),
        "mode": 0o100644,
        "inode": str(2**64 + 5),
        "links": 1,
        "stage": "inspected",
        "verdict": "clean",
        "reason": None,
        "digest": DIGEST,
        "vault": {"key": "segments/a", "version": "v", "offset": 5},
        "inspected": None,
        "contract": "labo@1",
        "records": None,
    } == line


def test_what_was_not_taken_has_a_reason_and_no_digest():
    """An entry without content is a line, too."""
    line = inspected(stage=Stage.NOT_TAKEN, reason="vanished")

    assert ("not-taken", "vanished", None, None) == (
        line["stage"],
        line["reason"],
        line["digest"],
        line["vault"],
    )


@pytest.mark.parametrize("stage", [Stage.ASSESSED, Stage.HELD, Stage.SET_ASIDE])
def test_an_assess_line_says_verdict_reasons_and_stage(stage):
    """The gate reads exactly these."""
    judgement = Judgement(verdict=Verdict.SUSPICIOUS, reasons=("one", "two"))

    line = json.loads(assess_line(ENTRY, COMMITMENT, judgement, stage))

    assert {
        "n": 3,
        "name": COMMITMENT,
        "digest": DIGEST,
        "verdict": "suspicious",
        "reasons": ["one", "two"],
        "stage": stage.value,
        "superseded_by": None,
    } == line


def test_the_accepted_records_of_an_extract_are_decided_in_a_line_of_their_own():
    """The gate reads it like any other decision; the entry's line names it."""
    split = digest_of(b"accepted")

    entry = json.loads(assess_line(ENTRY, COMMITMENT, None, Stage.ASSESSED, split))
    line = json.loads(supersedes_line(DIGEST, split))

    assert split == entry["superseded_by"] == line["digest"]
    assert (DIGEST, "clean", "assessed") == (line["of"], line["verdict"], line["stage"])
    assert "n" not in line


def test_records_are_told_by_counts_and_codes():
    """What a schema said is in the line, and no value of any record."""
    assert {
        "contract": "labo@1",
        "schema": "labo",
        "counts": [3, 2, 1, 1],
        "reasons": [["TAB-006", True, 1, False]],
        "unread": "",
    } == records_part("labo@1", VALIDATION)
    assert records_part("", None) is None


def test_what_was_not_judged_has_no_verdict():
    """An entry that was never taken is not called anything."""
    line = json.loads(assess_line(ENTRY, COMMITMENT, None, Stage.NOT_TAKEN))

    assert (None, []) == (line["verdict"], line["reasons"])


def test_a_promote_line_says_where_the_content_stands():
    """Digest, key and version name one object of the clean zone."""
    promoted = Promoted(digest=DIGEST, size=10, key="sha256/x", version="v", new=True)

    line = json.loads(promote_line(ENTRY, COMMITMENT, promoted))

    assert ("sha256/x", "v", 10, DIGEST, True) == (
        line["key"],
        line["version"],
        line["size"],
        line["digest"],
        line["new"],
    )


def test_no_line_holds_a_code_of_a_name_or_a_number_of_the_database():
    """Codes go when names are erased; lines stay for ever."""
    secrets = (b"N" * 16, b"D" * 16, b"4e" * 16, b"44" * 16, b":900", b":800", b":700")
    promoted = Promoted(digest=DIGEST, size=10, key="sha256/x", version="v", new=True)
    lines = [
        written(),
        assess_line(ENTRY, COMMITMENT, None, Stage.NOT_TAKEN),
        promote_line(ENTRY, COMMITMENT, promoted),
    ]

    for line in lines:
        assert [] == [secret for secret in secrets if secret in line]


def test_a_line_is_one_line():
    """Whatever a reason holds, a manifest has one line an entry."""
    line = written(stage=Stage.HELD, reason="a\nb\u2028c")

    assert 1 == len(line.splitlines())
    assert b"\n" not in line
