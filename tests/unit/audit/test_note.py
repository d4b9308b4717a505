import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.evidence import Checkpoint, open_note, parse_checkpoint, parse_key
from audit.note import Ed25519Signer, checkpoint_text, open_checkpoint, sign_note, text_of
from custody.errors import SignatureError

# The test vector of Go's package sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SAYS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_SIGNED = (
    PETER_SAYS
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
SIGNER = Ed25519Signer("hospital.example/autoclave", bytes(range(32)))
STRANGER = Ed25519Signer("hospital.example/autoclave", bytes(32))
KEY = parse_key(SIGNER.vkey)
ROOT = bytes(range(32))
NOTE = sign_note(checkpoint_text(Checkpoint("origin", 5, ROOT)), SIGNER)


def test_a_note_of_the_go_library_opens():
    """The published note verifies with the published key."""
    assert PETER_SAYS == open_note(PETER_SIGNED.encode(), parse_key(PETER))


def test_our_notes_are_those_of_the_go_library():
    """Signing the published text with the published private key gives the published note."""
    peter = Ed25519Signer("PeterNeumann", PETER_SEED)

    assert PETER == peter.vkey
    assert PETER_SIGNED == sign_note(PETER_SAYS, peter)


def test_a_checkpoint_comes_back():
    """Origin, size and root survive writing, signing, opening and reading."""
    assert Checkpoint("origin", 5, ROOT) == open_checkpoint(NOTE.encode(), KEY)


def test_the_text_of_our_own_note_is_read_without_a_key():
    """The text of a note is everything above its signatures."""
    assert checkpoint_text(Checkpoint("origin", 5, ROOT)) == text_of(NOTE)


def test_every_changed_bit_is_found():
    """There is no bit in a signed checkpoint that can be changed unnoticed."""
    content = NOTE.encode()
    accepted = []
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            open_checkpoint(bytes(changed), KEY)
        except SignatureError:
            continue
        accepted.append(bit)

    assert [] == accepted


def test_every_truncation_is_found():
    """No beginning of a signed checkpoint is a signed checkpoint."""
    content = NOTE.encode()
    for length in range(len(content)):
        with pytest.raises(SignatureError):
            open_checkpoint(content[:length], KEY)


def test_a_stranger_with_our_name_is_unknown():
    """A signature under the right name by another key counts for nothing."""
    with pytest.raises(SignatureError):
        open_checkpoint(sign_note(text_of(NOTE), STRANGER).encode(), KEY)


def test_signatures_of_others_are_ignored():
    """A witness may add a line; the ledger's own signature still counts."""
    witness = Ed25519Signer("witness.example", bytes(32))
    added = sign_note(text_of(NOTE), witness).rpartition("\n\n")[2]

    assert 5 == open_checkpoint((NOTE + added).encode(), KEY).size


def test_a_wrong_signature_of_a_known_key_refuses_the_note():
    """A second, false line under our own key is not ignored."""
    other = sign_note(checkpoint_text(Checkpoint("origin", 6, ROOT)), SIGNER)
    with pytest.raises(SignatureError):
        open_checkpoint((NOTE + other.rpartition("\n\n")[2]).encode(), KEY)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n5\n",
        "origin\n05\nAAAA\n",
        "origin\n-1\nAAAA\n",
        "\n5\nAAAA\n",
        "origin\n5\nAAAA\nextension\n",
        "origin\n5\nAAB\n",
        "origin\nfive\nAAAA\n",
    ],
)
def test_other_texts_are_no_checkpoints(text):
    """Extensions, other spellings of numbers and missing lines are refused."""
    with pytest.raises(ValueError):  # noqa: PT011  any reason will do
        parse_checkpoint(text)


@pytest.mark.parametrize("text", ["", "no end", "an empty\n\nline\n"])
def test_a_text_that_would_read_differently_is_not_signed(text):
    """A text without whole lines, or with an empty one, could be cut in two ways."""
    with pytest.raises(ValueError, match="whole lines"):
        sign_note(text, SIGNER)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\n"])
def test_a_name_that_would_break_the_note_is_refused(name):
    """A key's name stands between spaces in a note and before a plus in a key."""
    with pytest.raises(ValueError, match="name"):
        Ed25519Signer(name, bytes(32))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000+AAAA",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Peter"),
        PETER[:-1],
        PETER + "=",
    ],
)
def test_a_damaged_key_is_refused(vkey):
    """The hash inside a key guards its name and its bytes."""
    with pytest.raises(ValueError):  # noqa: PT011  any reason will do
        parse_key(vkey)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_note_or_a_signature_error(content):
    """Whatever bytes lie where a note should be, the answer is an error of ours."""
    with pytest.raises(SignatureError):
        open_checkpoint(content, KEY)
