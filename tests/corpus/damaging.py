"""Simulated damage: what ransomware and power failures do to the bytes of a file, repeatably.

Encryption is an exclusive-or with bytes drawn from a key, as a stream cipher does it; nothing here
is a cipher, and everything is undone by doing it again.
"""

import random
from collections.abc import Callable, Iterable, Iterator

KIBI, MEBI = 1 << 10, 1 << 20
Damage = Callable[[bytes], bytes]
Span = tuple[int, int]


def noise(size: int, key: int = 1) -> bytes:
    """Return bytes that look random and are the same for the same key."""
    return random.Random(key).randbytes(size)


def overwrite(content: bytes, spans: Iterable[Span], key: int = 1) -> bytes:
    """Encrypt the spans of a content."""
    stream = noise(len(content), key)
    changed = bytearray(content)
    for start, end in spans:
        held = content[start:end]
        mixed = int.from_bytes(held, "big") ^ int.from_bytes(
            stream[start : start + len(held)], "big"
        )
        changed[start : start + len(held)] = mixed.to_bytes(len(held), "big")
    return bytes(changed)


def stripes(size: int, on: int, off: int, first: int = 0) -> Iterator[Span]:
    """Yield the spans of `on` bytes that are followed by `off` untouched ones."""
    return ((at, min(at + on, size)) for at in range(first, size, on + off))


def _striped(on: int, off: int, first: int = 0) -> Damage:
    return lambda content: overwrite(content, stripes(len(content), on, off, first))


def _head(size: int) -> Damage:
    return lambda content: overwrite(content, [(0, min(size, len(content)))])


def _tail(content: bytes) -> bytes:
    return overwrite(content, [(max(0, len(content) - 4 * KIBI), len(content))])


ENCRYPTIONS: dict[str, Damage] = {
    "full": lambda content: overwrite(content, [(0, len(content))]),
    "head 1 KiB": _head(KIBI),
    "head 4 KiB": _head(4 * KIBI),
    "first MiB": _head(MEBI),
    "16 of 32": _striped(16, 16),
    "64 of 192": _striped(64, 128),
    "64 of 256": _striped(64, 192),
    "4 of 16 KiB": _striped(4 * KIBI, 12 * KIBI),
    "1 of 4 MiB": _striped(MEBI, 3 * MEBI),
    "tail 4 KiB": _tail,
    "footer 512 B": lambda content: content + noise(512, 2),
    "every second sector": _striped(512, 512),
}
# Attackers who spare the first bytes, so that the type is still seen.
SPARING: dict[str, Damage] = {
    "16 of 32 from 32": _striped(16, 16, 32),
    "64 of 192 from 64": _striped(64, 128, 64),
    "4 of 16 KiB from 4": _striped(4 * KIBI, 12 * KIBI, 4 * KIBI),
    "sectors from 512": _striped(512, 512, 512),
    "one block": lambda content: overwrite(
        content, [(len(content) // 2 // 4096 * 4096, len(content) // 2 // 4096 * 4096 + 4096)]
    ),
}


def _zeroed(first: float, last: float) -> Damage:
    def damage(content: bytes) -> bytes:
        start, end = int(len(content) * first), int(len(content) * last)
        return content[:start] + bytes(end - start) + content[end:]

    return damage


def _zero_block(content: bytes) -> bytes:
    at = len(content) // 2 // 4096 * 4096
    return content[:at] + bytes(len(content[at : at + 4096])) + content[at + 4096 :]


CUTS: dict[str, Damage] = {
    "cut at 30 %": lambda content: content[: len(content) * 3 // 10],
    "cut at 60 %": lambda content: content[: len(content) * 6 // 10],
    "cut at 95 %": lambda content: content[: len(content) * 95 // 100],
    "last 100 bytes": lambda content: content[:-100],
}
ZEROS: dict[str, Damage] = {
    "zeros from 60 %": _zeroed(0.6, 1),
    "zeros 40 to 60 %": _zeroed(0.4, 0.6),
    "zeros to 30 %": _zeroed(0, 0.3),
    "zero block": _zero_block,
    "all zeros": lambda content: bytes(len(content)),
}
FLIPS: dict[str, Damage] = {
    "one bit": lambda content: (
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 16])
        + content[len(content) // 2 + 1 :]
    ),
}
