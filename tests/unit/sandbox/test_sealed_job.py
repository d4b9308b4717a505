import fcntl
import json
import os
from collections.abc import Iterator

import pytest

from custody.box import Job, OpenFile
from sandbox import wire
from sandbox.sealed_job import seal_job, spill
from sandbox.wire import RequestKind

TOKEN = b"12345678"
LARGE = wire.MOST_INLINE + 1


@pytest.fixture
def writable() -> Iterator[int]:
    """Open memory for reading and writing, as a careless caller may open a file."""
    descriptor = os.memfd_create("test")
    os.write(descriptor, b"".join(bytes([place]) * 4096 for place in range(200)))
    yield descriptor
    os.close(descriptor)


def test_small_content_travels_inline() -> None:
    """The request holds the parameters and then the content."""
    job = seal_job(Job(program="p", content=b"abc", params={"n": 1}, produce_limit=5))
    packed = job.request(TOKEN)
    kind, token, size, offset, length, limit = wire.REQUEST.unpack_from(packed)
    assert (RequestKind.INLINE, TOKEN, 0, 3, 5) == (kind, token, offset, length, limit)
    parameters = packed[wire.REQUEST.size : wire.REQUEST.size + size]
    assert {"program": "p", "params": {"n": 1}} == json.loads(parameters)
    assert b"abc" == packed[wire.REQUEST.size + size :]
    assert job.descriptor is None


def test_large_content_travels_as_a_read_only_descriptor() -> None:
    """Bytes beyond the inline limit are held in memory that the receiver cannot change."""
    job = seal_job(Job(program="p", content=b"x" * LARGE))
    try:
        assert job.descriptor is not None
        assert os.O_RDONLY == fcntl.fcntl(job.descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        assert b"x" * LARGE == os.pread(job.descriptor, LARGE + 1, 0)
        assert (RequestKind.DESCRIPTOR, LARGE) == (job.request(TOKEN)[0], job.length)
    finally:
        job.close()


def test_a_descriptor_is_opened_anew_without_the_right_to_write(writable: int) -> None:
    """The caller's descriptor stays the caller's, and its right to write stays there."""
    content = OpenFile(descriptor=writable, offset=8192, length=600_000)
    job = seal_job(Job(program="p", content=content))
    try:
        assert job.descriptor not in (None, writable)
        assert job.descriptor is not None
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(job.descriptor, b"changed")
        assert (8192, 600_000) == (job.offset, job.length)
    finally:
        job.close()


def test_a_small_part_of_a_file_is_read_at_once(writable: int) -> None:
    """A part within the inline limit needs no descriptor; neither offset nor position matters."""
    content = OpenFile(descriptor=writable, offset=4095, length=2)
    job = seal_job(Job(program="p", content=content))
    assert (b"\x00\x01", None, 0) == (job.content, job.descriptor, job.offset)


@pytest.mark.parametrize(("offset", "length"), [(0, 819_201), (819_200, 1), (600_000, 300_000)])
def test_a_part_beyond_the_end_is_refused(writable: int, offset: int, length: int) -> None:
    """A sample is what its job says, or there is no job."""
    content = OpenFile(descriptor=writable, offset=offset, length=length)
    with pytest.raises(OSError, match="ends before its stated length"):
        seal_job(Job(program="p", content=content))


def test_a_closed_descriptor_is_refused() -> None:
    """What cannot be opened is an OSError, not a wrong sample."""
    content = OpenFile(descriptor=999_999, offset=0, length=LARGE)
    with pytest.raises(OSError, match="Bad file descriptor"):
        seal_job(Job(program="p", content=content))


def test_weight_counts_what_comes_back() -> None:
    """A job that may produce much is not sent ahead with many others."""
    job = seal_job(Job(program="p", content=b"abc", produce_limit=1000))
    assert 1003 == job.weight


def test_spilled_memory_is_whole() -> None:
    """More than one write may be needed; all bytes arrive."""
    content = os.urandom(3_000_000)
    descriptor = spill(content)
    try:
        assert content == os.pread(descriptor, 4_000_000, 0)
    finally:
        os.close(descriptor)
