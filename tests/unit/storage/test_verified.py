"""Reads are proven against the digest that the caller names."""

import errno
import io
from typing import BinaryIO

import pytest

from custody.digest import EMPTY, digest_of
from custody.errors import ObjectDamagedError, ObjectMissingError, StoreError
from storage.memory import MemoryStore
from storage.verified import VerifiedStore
from tests.corpus.spooled import spooled

LARGE = bytes(range(256)) * 20_000


@pytest.fixture
def store() -> VerifiedStore:
    """Return a verified store with a segment of two blobs and one large blob."""
    memory = MemoryStore()
    memory.put("segment", spooled(b"firstsecond"))
    memory.put("large", spooled(LARGE))
    return VerifiedStore(memory)


def test_a_genuine_blob_is_returned(store: VerifiedStore) -> None:
    """A blob is cut from its segment and proven."""
    assert store.read("segment", None, 5, 6, digest_of(b"second")) == b"second"


def test_an_empty_blob_is_proven_too(store: VerifiedStore) -> None:
    """Nothing, at any offset, is the empty artefact."""
    assert store.read("segment", None, 11, 0, EMPTY) == b""


@pytest.mark.parametrize(
    ("offset", "size", "content"),
    [
        (5, 6, b"forged"),
        (4, 6, b"second"),
        (5, 5, b"second"),
        (5, 7, b"second"),
        (50, 6, b"second"),
    ],
)
def test_other_bytes_are_damage_named_by_digest(
    store: VerifiedStore, offset: int, size: int, content: bytes
) -> None:
    """Forged, shifted, cut, overlong or missing bytes never come back as the blob."""
    with pytest.raises(ObjectDamagedError, match=digest_of(content)):
        store.read("segment", None, offset, size, digest_of(content))


def test_a_missing_object_is_missing(store: VerifiedStore) -> None:
    """Missing is not damaged."""
    with pytest.raises(ObjectMissingError):
        store.read("none", None, 0, 1, EMPTY)


def test_a_genuine_stream_is_read_to_its_end(store: VerifiedStore) -> None:
    """A large blob is streamed in pieces of any size."""
    with store.open("large", None, 0, len(LARGE), digest_of(LARGE)) as stream:
        content = b"".join(iter(lambda: stream.read(70_001), b""))
    assert content == LARGE


@pytest.mark.parametrize("size", [len(LARGE), len(LARGE) - 1, len(LARGE) + 1])
def test_a_forged_stream_raises_at_its_end(store: VerifiedStore, size: int) -> None:
    """The last read of a stream that is not the digest's raises instead of returning nothing."""
    digest = digest_of(LARGE) if size != len(LARGE) else digest_of(b"other")
    with (
        store.open("large", None, 0, size, digest) as stream,
        pytest.raises(ObjectDamagedError, match=digest),
    ):
        stream.read()


def test_a_fault_while_reading_is_the_stores_fault() -> None:
    """A disk that fails in the middle of a read is an unavailable store, not a traceback."""

    class BreakingStream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "broken")

    class BreakingStore(MemoryStore):
        def open(
            self,
            key: str,
            version: str | None = None,
            *,
            offset: int = 0,
            length: int | None = None,
        ) -> BinaryIO:
            return BreakingStream()

    store = VerifiedStore(BreakingStore())
    with pytest.raises(StoreError, match="input/output"):
        store.read("a", None, 0, 1, EMPTY)
    with store.open("a", None, 0, 1, EMPTY) as stream, pytest.raises(StoreError):
        stream.read()
