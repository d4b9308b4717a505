"""A job made ready to be sent: parameters as JSON, a read-only descriptor that is ours to close."""

import json
import os
from dataclasses import dataclass

from custody.box import Job, OpenFile
from sandbox import wire
from sandbox.wire import Request, RequestKind

PARAMETERS = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedJob:
    """A job that can be sent, and sent again when another job broke the process it waited in."""

    parameters: bytes
    content: bytes
    descriptor: int | None
    offset: int
    length: int
    seconds: float
    produce_limit: int

    def request(self, token: bytes) -> bytes:
        """Return the whole request under this token."""
        inline = self.descriptor is None
        head = Request(
            kind=RequestKind.INLINE if inline else RequestKind.DESCRIPTOR,
            token=token,
            parameters=self.parameters,
            offset=self.offset,
            length=self.length,
            produce_limit=self.produce_limit,
        )
        return wire.encode_request(head) + self.content

    @property
    def weight(self) -> int:
        """Bytes that it may occupy or produce: what is sent ahead is bounded by it."""
        return self.length + self.produce_limit

    def close(self) -> None:
        """Close its descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)


def seal_job(job: Job) -> SealedJob:
    """Make a job ready.

    Raises:
        OSError: its descriptor cannot be opened again for reading, or its content ends too early.
    """
    content, descriptor, offset, length = _content_of(job)
    return SealedJob(
        parameters=PARAMETERS.encode({"program": job.program, "params": dict(job.params)}).encode(),
        content=content,
        descriptor=descriptor,
        offset=offset,
        length=length,
        seconds=job.seconds,
        produce_limit=job.produce_limit,
    )


def _content_of(job: Job) -> tuple[bytes, int | None, int, int]:
    match job.content:
        case OpenFile(descriptor=descriptor, offset=offset, length=length):
            if length <= wire.MOST_INLINE:
                return _read_part(descriptor, offset, length), None, 0, length
            return b"", reopen_read_only(descriptor, offset + length), offset, length
        case content if len(content) > wire.MOST_INLINE:
            return b"", spill(content), 0, len(content)
        case content:
            return content, None, 0, len(content)


def _read_part(descriptor: int, offset: int, length: int) -> bytes:
    content = b""
    while len(content) < length:
        part = os.pread(descriptor, length - len(content), offset + len(content))
        if not part:
            raise OSError("the content ends before its stated length")
        content += part
    return content


def reopen_read_only(descriptor: int, end: int) -> int:
    """Return a new descriptor of the same file that can only read.

    A descriptor that came from an O_RDWR open would let hostile code change the vault's copy.

    Raises:
        OSError: the file cannot be opened for reading, or is shorter than `end`.
    """
    if os.fstat(descriptor).st_size < end:
        raise OSError("the content ends before its stated length")
    return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)


def spill(content: bytes) -> int:
    """Return a read-only descriptor of memory that holds the content."""
    writable = os.memfd_create("sample", os.MFD_CLOEXEC)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(writable, view) :]
        return reopen_read_only(writable, len(content))
    finally:
        os.close(writable)
