"""Keys that are safe everywhere."""

import string
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.interface import MOST_KEY, MOST_PART, check_key, is_key

PARTS = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=20)


@given(st.lists(PARTS.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=8))
def test_a_key_of_plain_parts_is_kept(parts: list[str]) -> None:
    """Letters, digits, dots, underscores and hyphens are all that a key needs."""
    assert check_key("/".join(parts)) == "/".join(parts)


@given(st.text(max_size=40))
def test_an_accepted_key_stays_below_its_folder(text: str) -> None:
    """No text that passes the check climbs, starts at the root, or hides a character."""
    if not is_key(text):
        return
    key = check_key(text)
    path = PurePosixPath(key)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert str(path) == key
    assert key.isascii()


@pytest.mark.parametrize("key", ["x" * (MOST_PART + 1), "/".join(["x"] * MOST_KEY)])
def test_a_key_too_long_for_a_store_is_refused(key: str) -> None:
    """S3 refuses keys above 1,024 bytes, file systems names above 255."""
    with pytest.raises(ValueError, match="a key is made of"):
        check_key(key)
