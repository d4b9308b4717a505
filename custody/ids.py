"""Identifiers that sort by time, for runs, events and decisions (UUID version 7, RFC 9562 §5.7)."""

import uuid
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RANDOM_BYTES = 10
VERSION_AND_VARIANT = 7 << 76 | 0b10 << 62
RANDOM_BITS = (1 << 12) - 1 << 64 | (1 << 62) - 1


def new_id(at: datetime, random: bytes) -> str:
    """Return a UUIDv7 for a moment and ten random bytes.

    Raises:
        ValueError: fewer or more random bytes, or a moment before 1970.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an identifier takes {RANDOM_BYTES} random bytes")
    milliseconds = (at - EPOCH) // timedelta(milliseconds=1)
    tail = int.from_bytes(random, "big") & RANDOM_BITS
    return str(uuid.UUID(int=milliseconds << 80 | VERSION_AND_VARIANT | tail))
