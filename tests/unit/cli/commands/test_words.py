"""What commands say in the end: every number that matters is in it, and nothing that is zero."""

from pathlib import Path

import pytest

from cli.commands import audit, catalogue, decide, erase, restore, rules
from custody.decision import Decision
from custody.digest import Digest
from custody.ids import EPOCH
from custody.lifecycle import Action
from pipeline.deciding.two_people import Decided
from pipeline.delivering.deliver import Delivered
from pipeline.erase import Erased
from pipeline.proving.faults import Fault
from pipeline.proving.intents import OpenIntent
from pipeline.proving.verify import Verified
from pipeline.rebuilding.rebuild import Rebuilt

DIGEST = Digest("ab" * 32)


def texts(parts):
    """The plain lines among what is shown."""
    return [part for part in parts if isinstance(part, str)]


def delivered(**changed):
    """A delivery of two files."""
    said = {"files": 2, "size": 2048, "renamed": 0, "unnamed": 0} | changed
    said = {"withheld": 0, "proposed": 0} | said
    return Delivered(delivery_id="d", destination=Path("/mnt/back"), manifest=DIGEST, **said)


def decided(*, effective):
    """A release by claire."""
    made = Decision(
        decision_id="1",
        subject=DIGEST,
        action=Action.RELEASE,
        scope="until 2026-12-24",
        actor="claire",
        reason="needed",
        at=EPOCH,
        signature="",
    )
    return Decided(decision=made, effective=effective, entries=1)


def test_a_delivery_that_is_whole_is_one_line():
    """Files, bytes and the place are said; what did not happen is not."""
    assert ["2 files, 2.0 KiB, delivered to /mnt/back"] == restore._lines(delivered())


def test_a_delivery_names_what_is_not_as_it_was():
    """Renamed files and files without names are each counted."""
    lines = restore._lines(delivered(renamed=1, unnamed=3, withheld=2, proposed=1))

    assert lines[1].startswith("1 file lies under a code; renamed.jsonl")
    assert lines[2].startswith("3 files are left out")
    assert "2 files are left out: rejected, recalled or called malicious since" == lines[3]
    assert "1 file is left out: their recall waits" in lines[4]


@pytest.mark.parametrize(("scrubbed", "count"), [(True, 1), (False, 2)])
def test_an_erasure_that_left_codes_says_so(scrubbed, count):
    """Who erases knows when the database has to be visited again."""
    lines = erase._lines(Erased(entries=5, objects=1, scrubbed=scrubbed))

    assert "the names of 5 entries in 1 names object are erased" == lines[0]
    assert count == len(lines)


def test_a_rebuilt_catalogue_says_what_it_could_not_make():
    """Ended runs and unreadable names are each counted, when there are any."""
    quiet = Rebuilt(catalogue=Path("/c"), events=1, entries=2, unfinished=0, unnamed=0)
    loud = Rebuilt(catalogue=Path("/c"), events=9, entries=2, unfinished=1, unnamed=2)

    assert ["made again from 1 event: 2 entries in /c"] == catalogue._lines(quiet)
    assert [True, True] == [
        "1 run was under way" in catalogue._lines(loud)[1],
        "2 names objects could not be opened" in catalogue._lines(loud)[2],
    ]


def test_a_first_signature_says_what_the_second_person_types():
    """The command for another person stands there with the whole digest."""
    waits = "\n".join(decide._lines(decided(effective=False), "release"))
    done = decide._lines(decided(effective=True), "release")

    assert f"autoclave release {DIGEST} --as NAME --key FILE --reason TEXT" in waits
    assert [f"release of {DIGEST} by claire is in effect on 1 entry"] == done


def test_a_verification_without_faults_is_plain():
    """Verified stands first, then what was counted."""
    found = Verified(deep=True, faults=(), counts={"entries": 1200, "checkpoints": 2})

    assert ["VERIFIED (deep)", "checked: checkpoints 2, entries 1,200"] == audit._verified(found)


def test_a_shallow_verification_says_that_it_is_one():
    """Nobody takes the ledger alone for a check of the stores."""
    assert "--deep looks at the stores too" in audit._verified(Verified(deep=False, faults=()))[0]


def test_faults_are_shown_and_the_rest_is_counted():
    """Many faults do not scroll the first ones away."""
    faults = tuple(Fault(where=f"row {n}", what="changed") for n in range(60))
    parts = audit._verified(Verified(deep=True, faults=faults))

    assert parts[0].startswith("NOT VERIFIED")
    assert "and 10 more faults; see --json" == texts(parts)[-1]


def test_what_a_crash_left_is_named_as_no_fault():
    """Open intents and unnamed objects are said beside a good end."""
    intent = OpenIntent(event_id="e", shard_id=1, run_id="r", decision=DIGEST)
    found = Verified(deep=True, faults=(), intents=(intent,), uncommitted=("a", "b"))
    lines = texts(audit._verified(found))

    assert "VERIFIED (deep)" == lines[0]
    assert any("1 promotion begun and not ended" in line for line in lines)
    assert any("2 objects that no transaction names" in line for line in lines)


def test_long_lists_of_refusals_end_in_a_count():
    """A pack with a thousand broken files stays readable."""
    lines = rules._some("refused", tuple(str(n) for n in range(1020)))

    assert (21, "refused: 0", "refused: and 1,000 more; see --json") == (
        len(lines),
        lines[0],
        lines[-1],
    )
