"""Reading ahead changes how often a store is asked, and nothing else."""

from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import ObjectMissingError
from storage.memory import MemoryStore
from storage.read_ahead import ReadAheadStore
from tests.corpus.spooled import read, spooled

CONTENT = bytes(range(100))


class CountingStore(MemoryStore):
    """Counts what is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Count, and open."""
        self.opened += 1
        return super().open(key, version, offset=offset, length=length)


@pytest.fixture
def below() -> CountingStore:
    """A store that holds one object of a hundred bytes."""
    store = CountingStore()
    store.put("a", spooled(CONTENT))
    return store


VERSION = "000000000001"


@given(offset=st.integers(0, 120), length=st.none() | st.integers(0, 120))
def test_every_part_is_the_one_that_the_store_has(offset, length) -> None:
    """Whatever part is asked for, with blocks of any place, comes back exactly."""
    below = MemoryStore()
    below.put("a", spooled(CONTENT))
    ahead = ReadAheadStore(below, block=16, blocks=3)

    for _ in range(2):
        with ahead.open("a", VERSION, offset=offset, length=length) as stream:
            found = stream.read()
        with below.open("a", VERSION, offset=offset, length=length) as stream:
            assert stream.read() == found


def test_neighbours_are_read_with_one_request(below) -> None:
    """Small parts one after another cost one request for each block."""
    ahead = ReadAheadStore(below, block=50, blocks=2)

    for offset in range(0, 100, 10):
        assert 10 == len(ahead.open("a", VERSION, offset=offset, length=10).read())

    assert 2 == below.opened


def test_no_more_blocks_are_kept_than_was_said(below) -> None:
    """The block that was used least recently goes first."""
    ahead = ReadAheadStore(below, block=10, blocks=2)

    for offset in (0, 10, 0, 20, 0, 10):
        ahead.open("a", VERSION, offset=offset, length=1)

    assert 4 == below.opened


def test_the_newest_is_always_asked_for(below) -> None:
    """Without a version nothing is kept: another may be the newest by now."""
    ahead = ReadAheadStore(below)
    assert CONTENT == read(ahead, "a")
    below.put("a", spooled(b"newer"))

    assert b"newer" == read(ahead, "a")


def test_what_is_missing_is_missing(below) -> None:
    """Reading ahead of nothing is an error, not an empty part."""
    with pytest.raises(ObjectMissingError):
        ReadAheadStore(below).open("b", VERSION, offset=0, length=1)


def test_listing_is_the_store_s(below) -> None:
    """Versions are listed as they are."""
    assert list(below.versions("")) == list(ReadAheadStore(below).versions(""))
