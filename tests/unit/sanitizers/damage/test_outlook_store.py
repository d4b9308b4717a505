"""Stores of Outlook: a header that fits, one that does not, and files that are cut."""

import pytest

from sanitizers.damage.fault import Nature
from sanitizers.damage.outlook_store import check_store
from sanitizers.sniffing import open_sample
from tests.corpus.mails import spoiled_store, store


def natures(content: bytes) -> list[Nature]:
    """What is found wrong."""
    return [fault.nature for fault in check_store(open_sample(content))]


@pytest.mark.parametrize("version", [14, 15, 23, 36])
def test_a_header_that_fits_is_whole(version: int) -> None:
    """Of narrow and of wide stores, and of those with large pages."""
    assert [] == natures(store(version=version))


@pytest.mark.parametrize("version", [14, 23])
def test_a_store_that_is_shorter_than_it_says_is_cut(version: int) -> None:
    """The header tells the length of the file."""
    assert [Nature.CUT] == natures(store(version=version, size=5000))
    assert [Nature.CUT] == natures(store(version=version)[:-100])
    assert [Nature.CUT] == natures(store(version=version)[:100])


def test_a_header_that_was_changed_is_damage() -> None:
    """Its checksum does not fit any more."""
    assert [Nature.CHANGED] == natures(spoiled_store())
