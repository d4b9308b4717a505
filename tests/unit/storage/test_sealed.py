"""Sealed objects open with their key, in their context, unchanged, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import ObjectDamagedError, RefusedError
from storage.sealed import OVERHEAD, key_id, seal, sealed_with, unseal

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


@given(st.binary(max_size=2000), st.binary(max_size=100))
def test_what_was_sealed_opens(plaintext: bytes, context: bytes) -> None:
    """Sealing loses nothing, for a fixed price in bytes."""
    sealed = seal(KEY, plaintext, context)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert unseal(KEY, sealed, context) == plaintext


def test_the_same_names_sealed_twice_look_different() -> None:
    """Equal plaintexts cannot be recognised from outside."""
    assert seal(KEY, b"names", b"case") != seal(KEY, b"names", b"case")


@given(st.integers(min_value=0, max_value=OVERHEAD + 4), st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_noticed(position: int, change: int) -> None:
    """Header, nonce, content and tag are all authenticated."""
    sealed = bytearray(seal(KEY, b"names", b"case"))
    sealed[position] ^= change
    with pytest.raises((ObjectDamagedError, RefusedError)):
        unseal(KEY, bytes(sealed), b"case")


@given(st.integers(min_value=0, max_value=OVERHEAD + 4))
def test_a_cut_object_is_noticed(length: int) -> None:
    """Every shorter object is refused."""
    with pytest.raises(ObjectDamagedError):
        unseal(KEY, seal(KEY, b"names", b"case")[:length], b"case")


def test_another_context_does_not_open_it() -> None:
    """The names of one shard cannot be passed off as those of another."""
    with pytest.raises(ObjectDamagedError, match="belongs elsewhere"):
        unseal(KEY, seal(KEY, b"names", b"shard 1"), b"shard 2")


def test_another_key_is_named_by_its_id() -> None:
    """The operator learns which key to bring from its backup."""
    with pytest.raises(RefusedError, match=key_id(KEY).hex()) as caught:
        unseal(OTHER, seal(KEY, b"names", b"case"), b"case")
    assert caught.value.next_step


def test_the_needed_key_is_read_from_the_object() -> None:
    """After a key change, each object tells which key it needs."""
    assert sealed_with(seal(KEY, b"names", b"case")) == key_id(KEY)
    assert key_id(KEY) != key_id(OTHER)


def test_what_was_never_sealed_is_no_sealed_object() -> None:
    """Plain bytes are not taken for a sealed object."""
    with pytest.raises(ObjectDamagedError, match="no sealed object"):
        sealed_with(b"x" * 100)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_a_bug(size: int) -> None:
    """A shorter key is never accepted silently."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal(bytes(size), b"", b"")
