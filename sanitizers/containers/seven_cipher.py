"""The cipher of 7z: AES-256 in CBC mode under a key that many rounds of SHA-256 make.

7zAES of the LZMA SDK. The format has no check of the password: only the contents' CRC tells.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher as NativeCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from formats.faults import MalformedError, ProtectedError, UnsupportedError

CIPHER = b"\x06\xf1\x07\x01"
BLOCK = 16
_PLAIN_KEY = 0x3F
_MOST_ROUNDS = 22  # as a power of two; 7-Zip writes 19
_ROUNDS_AT_ONCE = 1 << 12


class Cipher:
    """Opens encrypted streams under one password."""

    def __init__(self, password: str) -> None:
        self._password = password.encode("utf-16-le", "surrogatepass")

    @staticmethod
    def deciphered(
        cipher: "Cipher | None", flow: Iterator[bytes], properties: bytes
    ) -> Iterator[bytes]:
        """Yield a stream's bytes, padded to whole blocks as they were.

        Raises:
            ProtectedError: there is no password.
            FormatError: the properties cannot be read.
        """
        if cipher is None:
            raise ProtectedError("it needs a password")
        rounds, salt, start = _read_properties(properties)
        return cipher._opened(flow, rounds, salt, start)  # noqa: SLF001  its own method

    def _opened(
        self, flow: Iterator[bytes], rounds: int, salt: bytes, start: bytes
    ) -> Iterator[bytes]:
        key = _key(self._password, salt, rounds)
        context = NativeCipher(AES(key), CBC(start)).decryptor()
        for piece in flow:
            yield context.update(piece)


def _read_properties(properties: bytes) -> tuple[int, bytes, bytes]:
    """Return the rounds as a power of two, the salt and the first block."""
    if not properties:
        raise MalformedError("properties of a cipher that cannot be")
    first = properties[0]
    second = properties[1] if len(properties) > 1 and first & 0xC0 else 0
    salt_size = (first >> 7 & 1) + (second >> 4)
    start_size = (first >> 6 & 1) + (second & 0x0F)
    salt = properties[2 : 2 + salt_size]
    start = properties[2 + salt_size : 2 + salt_size + start_size]
    if len(salt) != salt_size or len(start) != start_size:
        raise MalformedError("properties of a cipher that cannot be")
    rounds = first & 0x3F
    if rounds > _MOST_ROUNDS and rounds != _PLAIN_KEY:
        raise UnsupportedError("a key of too many rounds")
    return rounds, salt, start.ljust(BLOCK, b"\0")


@lru_cache(maxsize=256)
def _key(password: bytes, salt: bytes, rounds: int) -> bytes:
    if rounds == _PLAIN_KEY:
        return (salt + password)[:32].ljust(32, b"\0")
    made = hashlib.sha256()
    head = salt + password
    for first in range(0, 1 << rounds, _ROUNDS_AT_ONCE):
        last = min(first + _ROUNDS_AT_ONCE, 1 << rounds)
        made.update(b"".join(head + n.to_bytes(8, "little") for n in range(first, last)))
    return made.digest()
