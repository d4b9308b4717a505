"""Small blobs in one object."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.digest import digest_of
from storage.interface import Spooled
from storage.segments import MOST_BLOB, Placement, SegmentWriter
from storage.spool import Spool


def content_of(spooled: Spooled) -> bytes:
    """Return spooled bytes, wherever they are."""
    return spooled.content if isinstance(spooled.content, bytes) else spooled.content.read_bytes()


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Spool:
    """Return a spool with room."""
    return Spool(tmp_path_factory.mktemp("spool"), 1 << 30)


@settings(deadline=None, max_examples=60)
@given(blobs=st.lists(st.binary(max_size=300), max_size=20))
def test_every_blob_lies_where_its_placement_says(spool: Spool, blobs: list[bytes]) -> None:
    """Cutting the segment at the placements gives the blobs back, and nothing lies between."""
    writer = SegmentWriter(spool)
    placements = [writer.add(blob) for blob in blobs]
    segment = content_of(writer.finish())
    cut = [segment[p.offset : p.offset + p.size] for p in placements]
    assert cut == blobs
    assert [p.digest for p in placements] == [digest_of(blob) for blob in blobs]
    assert len(segment) == sum(len(blob) for blob in set(blobs))


def test_the_same_content_lies_there_once(spool: Spool) -> None:
    """A duplicate has the first one's place."""
    writer = SegmentWriter(spool)
    first = writer.add(b"same")
    writer.add(b"other")
    assert writer.add(b"same", digest_of(b"same")) == first
    assert writer.placements == (first, Placement(digest=digest_of(b"other"), offset=4, size=5))
    assert writer.find(digest_of(b"same")) == first
    assert writer.find(digest_of(b"none")) is None
    spool.discard(writer.finish())


def test_a_full_segment_is_a_file(spool: Spool) -> None:
    """Segments do not pile up in memory."""
    writer = SegmentWriter(spool)
    for number in range(4):
        writer.add(bytes([number]) * MOST_BLOB)
    segment = writer.finish()
    assert isinstance(segment.content, Path)
    assert segment.digest == digest_of(segment.content.read_bytes())
    spool.discard(segment)


def test_a_large_blob_is_refused(spool: Spool) -> None:
    """What belongs in an object of its own does not slip into a segment."""
    with pytest.raises(ValueError, match="small blobs only"):
        SegmentWriter(spool).add(bytes(MOST_BLOB + 1))


def test_an_abandoned_segment_gives_its_room_back(tmp_path: Path) -> None:
    """After a failed shard the spool is as empty as before."""
    spool = Spool(tmp_path, 1 << 20)
    writer = SegmentWriter(spool)
    for number in range(3):
        writer.add(bytes([number]) * MOST_BLOB)
    writer.abandon()
    assert spool.used == 0
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None, max_examples=40)
@given(
    blobs=st.lists(st.binary(max_size=300), unique=True, max_size=12),
    wanted=st.lists(st.booleans(), min_size=12, max_size=12),
    padding=st.sampled_from([0, 1 << 16]),
)
def test_what_is_known_elsewhere_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, blobs: list[bytes], wanted: list[bool], padding: int
) -> None:
    """The blobs that are left lie there whole, and the spool holds nothing else any more."""
    spool = Spool(tmp_path_factory.mktemp("spool"), 1 << 30)
    writer = SegmentWriter(spool)
    writer.add(b"\xff" * padding)  # beyond the memory that a spool file begins in
    digests = [writer.add(blob).digest for blob in blobs]
    kept = [blob for blob, keep in zip(blobs, wanted, strict=False) if keep]
    known = {*digests, digest_of(b"\xff" * padding)} - {digest_of(blob) for blob in kept}
    left = writer.without(known)
    spooled = left.finish()
    segment = content_of(spooled)
    assert {segment[p.offset : p.offset + p.size] for p in left.placements} == set(kept)
    assert spool.used == spooled.size == len(segment)
