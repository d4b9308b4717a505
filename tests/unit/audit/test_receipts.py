from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.event import envelope, subject_of_manifest, timestamp
from audit.evidence import Checkpoint, leaf_hash
from audit.merkle import Tree, inclusion
from audit.note import checkpoint_text, sign_note
from audit.receipts import LedgerReceiptVerifier, Proof, manifest_of, parse_proof
from custody.decision import Receipt
from custody.errors import NotInLedgerError
from tests.corpus.ledgers import SIGNER, START, STRANGER, an_event

MANIFEST = "ab" * 32
OTHER = "cd" * 32


def a_receipt(signer=SIGNER, subject=None, index=3, size=7):
    """A receipt for one of seven events."""
    subject = subject_of_manifest(MANIFEST, "promote", 1, 2) if subject is None else subject
    entries = [
        envelope(an_event(n, subject=subject).encode(), timestamp(START), n) for n in range(size)
    ]
    tree = Tree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    note = sign_note(checkpoint_text(Checkpoint("origin", size, tree.root())), signer)
    proof = Proof(index=index, path=tuple(inclusion(tree, index, size)), note=note)
    return Receipt(event=entries[index], proof=proof.encode(), manifest_root=MANIFEST)


VERIFIER = LedgerReceiptVerifier(SIGNER.vkey)
RECEIPT = a_receipt()


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (6, 7), (3, 8)])
def test_a_genuine_receipt_is_accepted(index, size):
    """An event in a signed checkpoint that names the manifest is enough."""
    assert VERIFIER.verify(a_receipt(index=index, size=size)) is None


def test_a_proof_is_the_text_of_the_specification():
    """A proof is title, index, hashes, an empty line and the signed checkpoint."""
    proof = Proof(index=5, path=(bytes(32),), note="note\n")
    expected = "c2sp.org/tlog-proof@v1\nindex 5\n" + "A" * 43 + "=\n\nnote\n"

    assert expected == proof.encode()
    assert proof == parse_proof(expected)


def test_a_proof_without_hashes_comes_back():
    """The only entry of a log has an empty path."""
    proof = Proof(index=0, path=(), note="note\n")

    assert proof == parse_proof(proof.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex one\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1\nno base64\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + "AAAA\n" * 65 + "\nnote\n",
    ],
)
def test_other_texts_are_no_proofs(text):
    """Another version, extra data, other spellings and endless paths are refused."""
    with pytest.raises(ValueError):  # noqa: PT011  any reason will do
        parse_proof(text)


@pytest.mark.parametrize(
    "receipt",
    [
        a_receipt(STRANGER),
        a_receipt(subject={}),
        a_receipt(subject={"manifest": OTHER}),
        a_receipt(subject={"manifest": 5}),
        replace(RECEIPT, manifest_root=OTHER),
        replace(RECEIPT, event=a_receipt(index=2).event),
        replace(RECEIPT, proof=a_receipt(index=2).proof),
        replace(RECEIPT, event=b"{}"),
        replace(RECEIPT, event=b"[]"),
        replace(RECEIPT, event=b"no json"),
        replace(RECEIPT, event=b'{"event":{"subject":[]}}'),
    ],
    ids=[
        "another key",
        "no manifest",
        "another manifest",
        "no text",
        "asked for another",
        "another event",
        "another proof",
        "no event",
        "a list",
        "no json",
        "subject is a list",
    ],
)
def test_a_receipt_that_does_not_fit_is_refused(receipt):
    """Nothing is promoted on a receipt of another ledger, event or manifest."""
    with pytest.raises(NotInLedgerError):
        VERIFIER.verify(receipt)


@pytest.mark.parametrize(
    "entry", [b"no json", b"{}", b"[]", b"\xff", b'{"event":{"subject":[]}}', b'{"event":5}']
)
def test_an_entry_that_cannot_be_read_names_no_manifest(entry):
    """Even a genuine entry, when it is no event, is a refusal and not a crash."""
    note = sign_note(checkpoint_text(Checkpoint("origin", 1, leaf_hash(entry))), SIGNER)
    proof = Proof(index=0, path=(), note=note).encode()
    with pytest.raises(NotInLedgerError):
        VERIFIER.verify(Receipt(event=entry, proof=proof, manifest_root=MANIFEST))


def test_every_changed_byte_of_a_proof_is_found():
    """There is no byte in the text of a proof that can be changed unnoticed."""
    accepted = []
    for position in range(len(RECEIPT.proof)):
        other = "B" if RECEIPT.proof[position] != "B" else "C"
        text = RECEIPT.proof[:position] + other + RECEIPT.proof[position + 1 :]
        try:
            VERIFIER.verify(replace(RECEIPT, proof=text))
        except NotInLedgerError:
            continue
        accepted.append(position)

    assert [] == accepted


def test_every_changed_bit_of_an_event_is_found():
    """There is no bit in an event that can be changed unnoticed."""
    accepted = []
    for bit in range(8 * len(RECEIPT.event)):
        changed = bytearray(RECEIPT.event)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            VERIFIER.verify(replace(RECEIPT, event=bytes(changed)))
        except NotInLedgerError:
            continue
        accepted.append(bit)

    assert [] == accepted


@given(st.text(max_size=80), st.binary(max_size=80))
@settings(max_examples=80)
def test_any_receipt_is_genuine_or_refused(proof, event):
    """Whatever is handed over as a receipt, the answer is a refusal and not a crash."""
    with pytest.raises(NotInLedgerError):
        VERIFIER.verify(Receipt(event=event, proof=proof, manifest_root=MANIFEST))


def test_the_manifest_of_an_entry():
    """An entry names one manifest or none."""
    assert MANIFEST == manifest_of(RECEIPT.event)
    assert manifest_of(a_receipt(subject={}).event) is None
