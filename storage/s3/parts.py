"""Spooled bytes cut into the parts of an upload, each read whole when it is its turn."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from custody.errors import ObjectDamagedError
from storage.faults import store_faults
from storage.interface import Spooled

# Bounds the memory of an upload, together with the number of uploads at once.
PART = 16 * 1024**2
# S3 numbers parts from 1 to 10,000.
MOST_PARTS = 10_000
_STEP = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A numbered piece of spooled bytes."""

    number: int
    offset: int
    size: int


def parts_of(size: int) -> Iterator[Part]:
    """Yield the parts of an object, equal ones and a rest; they grow before they get too many."""
    least = -(-size // MOST_PARTS)
    each = max(PART, -(-least // _STEP) * _STEP)
    for number, offset in enumerate(range(0, size, each), start=1):
        yield Part(number=number, offset=offset, size=min(each, size - offset))


def read_part(spooled: Spooled, offset: int, size: int) -> bytes:
    """Return a piece of spooled bytes.

    Raises:
        ObjectDamagedError: the spool file is shorter or longer than what was spooled.
    """
    content = spooled.content
    if isinstance(content, bytes):
        found, total = content[offset : offset + size], len(content)
    else:
        with store_faults("read the spool"), content.open("rb", buffering=0) as file:
            total = file.seek(0, 2)
            file.seek(offset)
            found = file.read(size)
    if total != spooled.size or len(found) != size:
        raise ObjectDamagedError(
            f"the spooled bytes of {spooled.digest} are not whole", next_step="spool them again"
        )
    return found


def md5_of(content: bytes) -> str:
    """Return the Content-MD5 of a put (RFC 1864), which S3 demands where a lock is."""
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
