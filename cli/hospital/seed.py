"""Bytes and choices that look arbitrary and are the same on every machine."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def stream(seed: str, length: int) -> bytes:
    """Return so many random-looking bytes: SHA-256 in counter mode over the seed."""
    blocks = (
        hashlib.sha256(f"{seed}/{counter}".encode()).digest() for counter in range(length // 32 + 1)
    )
    return b"".join(blocks)[:length]


def number(seed: str, least: int, most: int) -> int:
    """Return a number from least to most, both included."""
    return least + int.from_bytes(stream(seed, 8), "big") % (most - least + 1)


def pick(seed: str, choices: Sequence[T]) -> T:
    """Return one of the choices."""
    return choices[number(seed, 0, len(choices) - 1)]


def uid(seed: str) -> str:
    """Return a DICOM identifier under the root for UUIDs (PS3.5 annex B.2)."""
    return f"2.25.{int.from_bytes(stream(seed, 15), 'big')}"
