"""Keyed codes and commitments tell nothing to who lacks the key or the salt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.naming import SALT_BYTES, commitment, directory_key, name_key

KEY, OTHER_KEY = b"k" * 32, b"l" * 32
salts = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)
paths = st.binary(max_size=60)


@given(paths, paths)
def test_codes_are_the_same_for_the_same_path_only(first, second):
    """The catalogue finds a path again and confuses no two."""
    assert (first == second) == (name_key(KEY, first) == name_key(KEY, second))
    assert (first == second) == (directory_key(KEY, first) == directory_key(KEY, second))


@given(paths)
def test_codes_depend_on_the_key_and_on_what_is_named(path):
    """Another host's key gives another code, and a directory's code is no path's."""
    codes = {name_key(KEY, path), name_key(OTHER_KEY, path), directory_key(KEY, path)}

    assert 3 == len(codes)
    assert {16} == {len(code) for code in codes}


@given(salts, salts, paths, paths)
def test_a_commitment_binds_salt_and_name(first_salt, second_salt, first, second):
    """Commitments are equal only for the same salt and the same name."""
    same = (first_salt, first) == (second_salt, second)

    assert same == (commitment(first_salt, first) == commitment(second_salt, second))


@given(salts, paths)
def test_a_commitment_is_a_fixed_text_that_depends_on_the_salt(salt, path):
    """64 hexadecimal characters, and other ones under another salt."""
    other = bytes([salt[0] ^ 1]) + salt[1:]
    text = commitment(salt, path)

    assert (64, text.lower()) == (len(text), text)
    assert bytes.fromhex(text)
    assert text != commitment(other, path)


@pytest.mark.parametrize("length", [0, SALT_BYTES - 1, SALT_BYTES + 1, 64])
def test_a_salt_has_its_one_length(length):
    """A short salt could be guessed, a long one could run into the name."""
    with pytest.raises(ValueError, match="salt"):
        commitment(b"s" * length, b"name")


def test_commitments_do_not_change_between_versions():
    """Ledgers hold commitments for years, so this known answer is fixed."""
    expected = "e73ef87a794c796815b3707d711f9b3414e24d68212e5060ea91806abbc06a33"

    assert expected == commitment(bytes(SALT_BYTES), b"forms/a.pdf")
