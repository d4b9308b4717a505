"""The run manifest says in signed lines what a run promoted and that it adds up."""

from audit.evidence import open_note, parse_key
from audit.note import Ed25519Signer, sign_note
from cleanzone.run_manifest import TITLE, RunManifest
from custody.digest import digest_of
from custody.fate import equation
from custody.lifecycle import Stage

POLICY, PROFILE, ROOT = digest_of(b"policy"), digest_of(b"profile"), digest_of(b"root")


def page() -> RunManifest:
    """The page of a run of three entries, of which two were promoted."""
    return RunManifest(
        run_id="run-1",
        case="case",
        policy=POLICY,
        profile=PROFILE,
        equation=equation(3, {Stage.PROMOTED: 2, Stage.HELD: 1}),
        promoted=[(ROOT, 2)],
    )


def test_it_says_every_fact_in_a_line():
    """Run, case, instruments, each fate, the unexplained, and each promote manifest."""
    expected = [
        TITLE,
        "run: run-1",
        "case: case",
        f"policy: {POLICY}",
        f"profile: {PROFILE}",
        "listed: 3",
        "promoted: 2",
        "superseded: 0",
        "held: 1",
        "set_aside: 0",
        "refused: 0",
        "rejected: 0",
        "not_taken: 0",
        "excluded: 0",
        "unexplained: 0",
        f"manifest: {ROOT} 2",
    ]

    assert expected == page().text.splitlines()


def test_it_can_be_signed_and_opened_as_a_note():
    """The page is a C2SP signed note under the ledger's key."""
    signer = Ed25519Signer("ledger.example", bytes(32))

    opened = open_note(sign_note(page().text, signer).encode(), parse_key(signer.vkey))

    assert page().text == opened


def test_its_place_is_named_by_the_run():
    """Each run has one page."""
    assert "runs/run-1.note" == page().key
