"""The gate: nothing enters the clean zone without a genuine receipt for exactly that."""

import json
from dataclasses import replace

import pytest

from audit import manifest
from cleanzone.promotion import key_of
from custody.decision import Receipt
from custody.errors import NotInLedgerError, ObjectDamagedError
from storage.interface import Version
from tests.corpus.gates import CONTENTS, DIGESTS, Zone, candidate, decided, refused
from tests.corpus.ledgers import STRANGER
from tests.corpus.spooled import read, spooled


def test_what_a_published_decision_calls_clean_enters(ledger):
    """Each artefact lies under its digest, byte for byte, and its copy is given back."""
    proven, zone = ledger([decided(c) for c in CONTENTS]), Zone()

    promoted = zone.promote(proven, map(candidate, CONTENTS))

    assert DIGESTS == [each.digest for each in promoted]
    assert all(each.new for each in promoted)
    assert CONTENTS == [read(zone.store, each.key, each.version) for each in promoted]
    assert [key_of(digest) for digest in DIGESTS] == [each.key for each in promoted]
    assert DIGESTS == zone.discarded


def test_nothing_asked_for_is_nothing_done_but_the_receipt_is_checked(ledger):
    """An empty promotion needs a genuine receipt, too."""
    lines = [decided(CONTENTS[0])]
    zone = Zone()

    assert [] == zone.promote(ledger(lines), [])
    refused(zone, ledger(lines, signer=STRANGER), [])


def test_a_receipt_of_a_stranger_is_refused(ledger):
    """A ledger that another key signed proves nothing here, whatever it holds."""
    zone = Zone()

    why = refused(zone, ledger([decided(CONTENTS[0])], signer=STRANGER), [candidate(CONTENTS[0])])

    assert "receipt" in why


@pytest.mark.parametrize(
    "forge",
    [
        lambda r: replace(r, proof=r.proof.replace("index 1", "index 0")),
        lambda r: replace(r, proof=""),
        lambda r: replace(r, proof=r.proof[:-10]),
        lambda r: replace(r, event=r.event.replace(b"pipeline", b"somebody")),
        lambda r: replace(r, event=b"{}"),
        lambda r: replace(r, manifest_root="0" * 64),
        lambda _: Receipt(event=b"", proof="", manifest_root=""),
    ],
)
def test_a_changed_receipt_is_refused(ledger, forge):
    """Event, proof and root hold together or are worth nothing."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    proven.receipt = forge(proven.receipt)

    refused(zone, proven, [candidate(CONTENTS[0])])


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[::-1],
        lambda lines: [*lines, lines[0]],
        lambda lines: [
            lines[0],
            lines[1].replace(b"malicious", b"clean").replace(b"held", b"assessed"),
        ],
        lambda _: [],
    ],
)
def test_changed_lines_are_refused(ledger, change):
    """The lines at hand are the manifest of the receipt, each and in order."""
    bad = decided(CONTENTS[1], verdict="malicious", stage="held")
    proven, zone = ledger([decided(CONTENTS[0]), bad]), Zone()
    proven.lines = change(proven.lines)

    refused(zone, proven, [candidate(CONTENTS[0])])


def test_the_receipt_of_another_manifest_is_refused(ledger):
    """A genuine receipt for other lines opens nothing for these."""
    ours, other = ledger([decided(CONTENTS[0])]), ledger([decided(CONTENTS[1])])
    ours.receipt = other.receipt

    refused(Zone(), ours, [candidate(CONTENTS[0])])


def test_a_receipt_cannot_borrow_another_root(ledger):
    """A receipt that claims the root of our lines and proves another event is refused."""
    ours, other = ledger([decided(CONTENTS[0])]), ledger([decided(CONTENTS[1])])
    ours.receipt = replace(other.receipt, manifest_root=ours.receipt.manifest_root)

    refused(Zone(), ours, [candidate(CONTENTS[0])])


@pytest.mark.parametrize("verdict", ["malicious", "suspicious", "indeterminate", "", None])
def test_a_line_that_is_not_clean_promotes_nothing(ledger, verdict):
    """Whatever its stage says, only the verdict clean enters."""
    proven = ledger([decided(CONTENTS[0], verdict=verdict)])

    refused(Zone(), proven, [candidate(CONTENTS[0])])


@pytest.mark.parametrize("stage", ["held", "inspected", "quarantined", "rejected", "promoted", ""])
def test_a_line_at_another_stage_promotes_nothing(ledger, stage):
    """A clean verdict that was held for another reason does not enter."""
    refused(Zone(), ledger([decided(CONTENTS[0], stage=stage)]), [candidate(CONTENTS[0])])


def test_an_artefact_without_a_line_does_not_enter(ledger):
    """What no decision names stays outside, and its bytes are not even read."""
    asked = []
    stranger = candidate(CONTENTS[1], spool=lambda: asked.append(1))

    why = refused(Zone(), ledger([decided(CONTENTS[0])]), [stranger])

    assert DIGESTS[1] in why
    assert [] == asked


def test_an_inspect_manifest_is_no_decision(ledger):
    """A clean first verdict of the inspect step promotes nothing: neighbours were not asked."""
    line = decided(CONTENTS[0], stage="inspected")

    refused(Zone(), ledger([line], step="inspect"), [candidate(CONTENTS[0])])


def test_one_stranger_among_others_gives_their_copies_back(ledger):
    """A refusal in the middle of a batch puts nothing of it, and frees what was copied."""
    proven, zone = ledger([decided(c) for c in CONTENTS[:2]]), Zone()

    refused(zone, proven, map(candidate, CONTENTS[:3]))

    assert DIGESTS[:2] == zone.discarded


def test_damaged_bytes_in_the_vault_do_not_enter(ledger):
    """What cannot be read back genuine from the vault stops the batch; copies are given back."""

    def damaged():
        raise ObjectDamagedError("the stored bytes are damaged", next_step="look")

    proven, zone = ledger([decided(c) for c in CONTENTS[:2]]), Zone()
    candidates = [candidate(CONTENTS[0]), candidate(CONTENTS[1], spool=damaged)]

    refused(zone, proven, candidates, ObjectDamagedError)

    assert DIGESTS[:1] == zone.discarded


def test_a_vault_that_gives_another_artefact_is_not_believed(ledger):
    """Genuine bytes of something else are not what was approved."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    exchanged = candidate(CONTENTS[0], spool=lambda: spooled(CONTENTS[1]))

    refused(zone, proven, [exchanged], ObjectDamagedError)

    assert DIGESTS[1:2] == zone.discarded


def test_a_copy_that_lies_about_its_digest_is_found_when_read_back(ledger):
    """Bytes under a wrong digest are hashed in the clean zone, and never called promoted."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    false = replace(spooled(CONTENTS[1]), digest=DIGESTS[0])

    with pytest.raises(ObjectDamagedError):
        zone.promote(proven, [candidate(CONTENTS[0], spool=lambda: false)])


def test_what_is_there_already_is_proven_and_kept(ledger):
    """A second promotion reads the object back, puts nothing and asks the vault for nothing."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    (first,) = zone.promote(proven, [candidate(CONTENTS[0])])
    there = Version(key=first.key, version=first.version, size=first.size)

    (second,) = zone.promote(proven, [candidate(CONTENTS[0], present=there, spool=None)])

    assert replace(first, new=False) == second
    assert [first.key] == zone.keys


def test_what_is_there_already_is_not_believed(ledger):
    """A present object with other bytes is not promoted again on its name."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    forged = zone.store.put(key_of(DIGESTS[0]), spooled(CONTENTS[1]))

    with pytest.raises(ObjectDamagedError):
        zone.promote(proven, [candidate(CONTENTS[0], present=forged)])


def test_what_is_there_already_needs_a_decision_too(ledger):
    """An object that once came in is no reason to call its content promoted again."""
    zone = Zone()
    there = zone.store.put(key_of(DIGESTS[1]), spooled(CONTENTS[1]))

    with pytest.raises(NotInLedgerError):
        zone.promote(ledger([decided(CONTENTS[0])]), [candidate(CONTENTS[1], present=there)])


def test_a_line_of_the_manifest_is_canonical_json():
    """The builders above write lines as the pipeline does."""
    line = manifest.encode_line(decided(CONTENTS[0]))

    assert decided(CONTENTS[0]) == json.loads(line)
