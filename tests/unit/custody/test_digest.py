"""A digest is a SHA-256 in one spelling."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.digest import EMPTY, digest_of, parse_digest

LETTERS = st.sampled_from("0123456789abcdefABCDEFg \n")


@given(st.binary(max_size=100))
def test_a_digest_is_the_sha256_and_parses(content):
    """A digest is written as 64 lower-case hexadecimal characters."""
    digest = digest_of(content)

    assert hashlib.sha256(content).hexdigest() == digest
    assert digest == parse_digest(digest)


@given(st.binary(max_size=100))
def test_a_view_has_the_digest_of_its_bytes(content):
    """Content need not be copied to be named."""
    assert digest_of(content) == digest_of(memoryview(content))


@given(st.text(LETTERS, max_size=70) | st.text(LETTERS, min_size=64, max_size=64))
def test_every_text_is_a_digest_in_the_one_spelling_or_refused(text):
    """What parses is 32 bytes, and is spelled as those bytes are."""
    try:
        digest = parse_digest(text)
    except ValueError:
        assert len(text) != 64 or not set(text) <= set("0123456789abcdef")
    else:
        assert text == bytes.fromhex(digest).hex()
        assert 64 == len(text)


@pytest.mark.parametrize(
    "text", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 63 + "\n", "\u0660" * 64, " " * 64]
)
def test_what_is_no_digest_is_refused(text):
    """Length, case, alphabet: foreign digits and line ends too."""
    with pytest.raises(ValueError, match="64 lower-case"):
        parse_digest(text)


def test_the_empty_digest_is_of_no_bytes():
    """A well-known value."""
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == EMPTY
