"""Keys that follow one another: both sign, and each checkpoint is signed by the key of its time."""

import pytest

from audit.evidence import EvidenceError, signer_of
from audit.note import Ed25519Signer, sign_note
from audit.rotation import (
    Rotations,
    chain_of,
    check_rotations,
    keys_of,
    open_rotation,
    rotation_text,
)

NAME = "hospital.example/autoclave"
FIRST, SECOND, THIRD = (Ed25519Signer(NAME, bytes([n]) * 32) for n in range(3))
STRANGER = Ed25519Signer(NAME, bytes([9]) * 32)


def statement(old, new, *signers):
    """A statement that one key follows another, signed by both unless others are named."""
    return sign_note(rotation_text(old.vkey, new.vkey), *(signers or (old, new)))


BOTH = [statement(FIRST, SECOND), statement(SECOND, THIRD)]


def test_a_key_stands_at_the_end_of_those_that_it_replaced():
    """And in the middle of a rotation that is not finished the old one stands alone."""
    assert (FIRST.vkey, SECOND.vkey) == open_rotation(BOTH[0])
    assert [FIRST.key, SECOND.key, THIRD.key] == keys_of(chain_of(THIRD.vkey, BOTH))
    assert [FIRST.key] == keys_of(chain_of(FIRST.vkey, BOTH[:1]))
    assert [FIRST.key] == keys_of(chain_of(FIRST.vkey, []))


@pytest.mark.parametrize(
    "forged",
    [
        statement(FIRST, STRANGER, STRANGER),
        statement(FIRST, STRANGER, SECOND, STRANGER),
        statement(FIRST, SECOND, FIRST),
        statement(FIRST, FIRST),
        statement(FIRST, Ed25519Signer("another.example/log", bytes(32))),
        statement(FIRST, SECOND).replace("rotation v1", "rotation v2"),
        sign_note("autoclave key rotation v1\nold: a\n", FIRST, SECOND),
    ],
)
def test_a_rotation_that_one_of_both_did_not_sign_is_none(forged):
    """Nor one to itself, to another name, or in other words."""
    with pytest.raises(Exception, match=r".*") as refused:
        open_rotation(forged)
    assert isinstance(refused.value, ValueError) or "Signature" in type(refused.value).__name__


def test_rotations_that_do_not_follow_one_another_are_refused():
    """Nor those that do not lead to the key in use."""
    with pytest.raises(ValueError, match="do not follow"):
        chain_of(THIRD.vkey, [BOTH[0], statement(FIRST, THIRD)])
    with pytest.raises(ValueError, match="do not lead"):
        chain_of(STRANGER.vkey, BOTH)


def test_a_note_is_signed_by_a_key_of_the_chain():
    """The newest one counts, and a stranger's signature is none."""
    key = chain_of(THIRD.vkey, BOTH)
    assert [0, 1, 2, 2] == [
        signer_of(sign_note("x\n", *by).encode(), key)
        for by in ((FIRST,), (SECOND,), (THIRD,), (FIRST, THIRD))
    ]
    with pytest.raises(ValueError, match="not signed"):
        signer_of(sign_note("x\n", STRANGER).encode(), key)


def a_log(signers, changed):
    """A log whose checkpoints were signed by keys 0, 1, 2, which it announced in some entries."""
    log = Rotations(chain_of(THIRD.vkey, BOTH))
    log.signers, log.changed = signers, changed
    return ("log/x/", log)


GOOD = [
    [a_log({1: 0, 5: 0, 6: 1, 8: 1, 9: 2}, {1: 3, 2: 7})],
    # An old key may sign until the new one did.
    [a_log({5: 0, 6: 2}, {1: 1, 2: 3})],
    [a_log({5: 0, 6: 1}, {1: 3, 2: 5}), a_log({1: 2}, {})],
]
BAD_ONES = [
    ([a_log({1: 0, 6: 1, 7: 0, 9: 2}, {1: 3, 2: 7})], "had replaced"),
    ([a_log({3: 1, 9: 2}, {1: 3, 2: 7})], "did not announce"),
    ([a_log({1: 0, 9: 2}, {1: 3})], "did not announce"),
    ([a_log({1: 0, 9: 1}, {1: 3, 2: 7})], "that was replaced"),
    ([a_log({1: 0}, {})], "that was replaced"),
    ([a_log({9: 2}, {1: 3, 2: 7}), a_log({1: 0}, {})], "had replaced"),
]


@pytest.mark.parametrize("logs", GOOD)
def test_each_checkpoint_by_the_key_of_its_time_is_right(logs):
    """From the entry that announces it a key may sign, also in the log that follows."""
    check_rotations(logs)


@pytest.mark.parametrize(("logs", "why"), BAD_ONES)
def test_a_checkpoint_by_a_key_of_another_time_is_named(logs, why):
    """By one that was replaced, by one that was not announced, or a log that an old key ends."""
    with pytest.raises(EvidenceError, match=why):
        check_rotations(logs)
