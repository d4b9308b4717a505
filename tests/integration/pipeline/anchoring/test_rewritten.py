"""Who has the true key can write another history; what was anchored outside finds it."""

import pytest

from audit.anchors import parse_witness
from audit.export import export
from audit.verify import Outside, fingerprint
from audit.verify import verify as verify_export
from custody.errors import LedgerError
from pipeline.anchoring.anchor import anchor_over_network, newest
from pipeline.proving.verify import verify
from pipeline.wiring import open_runtime
from tests.corpus.named_bytes import NamedBytes
from tests.integration.pipeline.anchoring.conftest import grow, rewrite


@pytest.fixture
def kept(settings, tmp_path):
    """The anchors of a ledger, copied to somebody outside."""
    folder = tmp_path / "kept"
    folder.mkdir()
    with open_runtime(settings) as runtime:
        grow(runtime)
        (folder / "lines.txt").write_text(newest(runtime).note.partition("\n\n")[0] + "\n")
        for anchor in anchor_over_network(runtime, "anna"):
            with runtime.audit.open(anchor.key) as file:
                (folder / anchor.kind).write_bytes(file.read())
    return sorted(folder.iterdir())


def test_anchors_kept_outside_are_of_the_ledger_as_it_is(settings, kept):
    """As long as nobody rewrote it they agree, in the home and in an export."""
    with open_runtime(settings) as runtime:
        grow(runtime)
        assert () == verify(runtime, kept_outside=kept).faults


def test_another_history_with_the_true_key_is_found(settings, kept):
    """The home alone verifies; each of the three anchors names what happened."""
    rewrite(settings)
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
        faults = verify(runtime, kept_outside=kept).faults

    assert ["lines.txt", "timestamp", "witness"] == [fault.where for fault in faults]


def test_an_outsider_finds_it_in_an_export(settings, kept, witness, tmp_path):
    """The verifier that goes with an export holds the same files against it."""
    known = {witness.name: parse_witness(witness.vkey)}
    outside = Outside(NamedBytes.of(kept[0].parent), [path.name for path in kept], known)
    genuine = exported(settings, tmp_path / "genuine")
    rewrite(settings)
    forged = exported(settings, tmp_path / "forged")

    assert [] == genuine(outside).faults
    assert {"timestamp", "witness"} == {a.said.kind for a in genuine(outside).anchors}
    assert [] == forged(None).faults
    assert ["lines.txt"] == [fault.where for fault in forged(outside).faults]


def test_a_witness_cosigns_no_other_history(settings, kept):
    """It saw the old one, and the new one does not go on from it."""
    rewrite(settings)
    with open_runtime(settings) as runtime, pytest.raises(LedgerError, match="another history"):
        anchor_over_network(runtime, "anna")


def test_anchors_of_the_old_history_beside_the_new_one_are_faults(settings, kept):
    """Who leaves them in the store is found without anything from outside."""
    old = [path for path in (settings.home / "audit").rglob("*") if "anchors" in path.parts]
    contents = {path: path.read_bytes() for path in old if path.is_file()}
    rewrite(settings)
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with open_runtime(settings) as runtime:
        found = verify(runtime).faults

    assert contents
    assert len(contents) == len(found)


def test_an_anchor_that_is_gone_is_a_fault(settings, kept):
    """The ledger says that it was made."""
    for path in (settings.home / "audit").rglob("*"):
        if "anchors" in path.parts and path.is_file():
            path.unlink()
    with open_runtime(settings) as runtime:
        what = {fault.what for fault in verify(runtime).faults}

    assert {"the ledger says that this anchor was made, and it is gone"} == what


def test_a_database_behind_an_anchor_is_refused(settings, kept):
    """An older database must not go on writing where somebody outside has seen more."""
    for path in (settings.home / "audit").rglob("*"):
        if path.is_file() and "anchors" not in path.parts:
            path.unlink()
    for path in settings.home.glob("catalogue.sqlite*"):
        path.unlink()
    with pytest.raises(LedgerError, match="has an anchor of"), open_runtime(settings):
        pass


def exported(settings, folder):
    """Export a home; return what verifies the export."""
    with open_runtime(settings) as runtime:
        runtime.ledger.publish()
        export(runtime.audit, runtime.signer, folder, lock=runtime.ledger.paused())
        on_paper = fingerprint(runtime.ledger.vkey)
    files = NamedBytes.of(folder)
    return lambda outside: verify_export(files, on_paper, outside)
