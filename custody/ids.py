"""Identifiers that sort by time, for runs, events and decisions (UUID version 7, RFC 9562 §5.7)."""

import uuid
from datetime import datetime

VERSION_AND_VARIANT = 7 << 76 | 0b10 << 62
RANDOM_BITS = (1 << 12) - 1 << 64 | (1 << 62) - 1


def new_id(at: datetime, random: bytes) -> str:
    """Return a UUIDv7 for a moment and ten random bytes."""
    milliseconds = int(at.timestamp() * 1000)
    tail = int.from_bytes(random[:10], "big") & RANDOM_BITS
    return str(uuid.UUID(int=milliseconds << 80 | VERSION_AND_VARIANT | tail))
