"""Content is named by its SHA-256, written as 64 lower-case hexadecimal characters."""

import hashlib
from typing import NewType

Digest = NewType("Digest", str)

EMPTY = Digest(hashlib.sha256(b"").hexdigest())


def digest_of(content: bytes | memoryview) -> Digest:
    """Return the digest of bytes held in memory."""
    return Digest(hashlib.sha256(content).hexdigest())


def parse_digest(untrusted_text: str) -> Digest:
    """Check that a text is a digest.

    Raises:
        ValueError: it is not 64 lower-case hexadecimal characters.
    """
    if len(untrusted_text) == 64 and set(untrusted_text) <= set("0123456789abcdef"):
        return Digest(untrusted_text)
    raise ValueError("a digest is 64 lower-case hexadecimal characters")
