"""Access databases of Jet 4: a header, and pages of rows."""

import struct

_SIZE = 4096
# What the mask of all databases leaves of a header of zeros, up to the key of a password.
_MASK_AT_KEY = 0x3E - 0x18


def rc4(key: bytes, size: int) -> bytes:
    """Return the key stream of a key."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for _ in range(size):
        i, j = (i + 1) % 256, (j + state[(i + 1) % 256]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(state[(state[i] + state[j]) % 256])
    return bytes(out)


def page(number: int, rows: int = 90) -> bytes:
    """Return a page of rows of words."""
    words = f"PATIENT {number:05} ROW %03d LIEGE 1962-03-%02d"
    texts = [(words % (row, row % 28 + 1)).encode() for row in range(rows)]
    at, offsets = _SIZE, []
    for text in texts:
        at -= len(text)
        offsets.append(at)
    head = struct.pack("<BBHIIH", 1, 1, 0, 7, 0, rows) + struct.pack(f"<{rows}H", *offsets)
    return head + bytes(at - len(head)) + b"".join(reversed(texts))


def jet(pages: int = 12, *, key: bytes = bytes(4), unused: int = 0) -> bytes:
    """Return a database; a `key` that is not zero says that its pages are encrypted."""
    masked = bytearray(rc4(b"\xc7\xda\x39\x6b", 128))
    for place, byte in enumerate(key):
        masked[_MASK_AT_KEY + place] ^= byte
    head = b"\x00\x01\x00\x00Standard Jet DB\x00\x01\x00\x00\x00" + bytes(masked)
    start = head.ljust(_SIZE, b"\x00")
    return start + b"".join(page(number) for number in range(pages)) + bytes(unused * _SIZE)
