"""The two ciphers of ZIP: the old one of PKWARE (APPNOTE 6.1), and AES of WinZip (AE-1, AE-2)."""

import hashlib
import hmac
import zlib
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from formats.faults import MalformedError
from formats.zip import Member

AES_METHOD = 99
_HEADER, _CODE, _CHECK = 12, 10, 2
_ROUNDS = 1000
_KEY_BYTES = {1: 16, 2: 24, 3: 32}
_BLOCKS_AT_ONCE = 1 << 12
_WORD = 0xFFFFFFFF
_TABLE = tuple(zlib.crc32(bytes([n])) ^ zlib.crc32(b"\0") for n in range(256))


def decipher(
    packed: bytes, member: Member, password: str, fits: Callable[[bytes], bool]
) -> bytes | None:
    """Return a member's packed bytes, None when the password is not the one.

    `fits` tells whether bytes are what the member's checksum speaks of; the old cipher has no other
    check that is worth the name.

    Raises:
        MalformedError: there are fewer bytes than a cipher needs, or they were changed.
    """
    secret = password.encode()
    if member.method == AES_METHOD:
        return _aes(packed, member.strength, secret)
    if len(packed) < _HEADER:
        raise MalformedError("an encrypted member that is too short")
    plain = _old(packed, secret)[_HEADER:]
    return plain if fits(plain) else None


def _old(packed: bytes, secret: bytes) -> bytes:
    first, second, third = 0x12345678, 0x23456789, 0x34567890
    table, given = _TABLE, bytearray()

    def update(byte: int) -> None:
        nonlocal first, second, third
        first = first >> 8 ^ table[(first ^ byte) & 0xFF]
        second = ((second + (first & 0xFF)) * 134775813 + 1) & _WORD
        third = third >> 8 ^ table[(third ^ second >> 24) & 0xFF]

    for byte in secret:
        update(byte)
    for byte in packed:
        mask = third | 2
        plain = byte ^ (mask * (mask ^ 1) >> 8 & 0xFF)
        given.append(plain)
        update(plain)
    return bytes(given)


def _aes(packed: bytes, strength: int, secret: bytes) -> bytes | None:
    if strength not in _KEY_BYTES:
        raise MalformedError("a key of an unknown strength")
    size = _KEY_BYTES[strength]
    salt_end = size // 2
    body_end = len(packed) - _CODE
    if body_end < salt_end + _CHECK:
        raise MalformedError("an encrypted member that is too short")
    made = hashlib.pbkdf2_hmac("sha1", secret, packed[:salt_end], _ROUNDS, 2 * size + _CHECK)
    if made[2 * size :] != packed[salt_end : salt_end + _CHECK]:
        return None
    body = packed[salt_end + _CHECK : body_end]
    code = hmac.new(made[size : 2 * size], body, "sha1").digest()[:_CODE]
    if not hmac.compare_digest(code, packed[body_end:]):
        return None
    return _counted(body, made[:size])


def _counted(body: bytes, key: bytes) -> bytes:
    """Return bytes under AES in counter mode; WinZip's counter is little-endian, from one."""
    context = Cipher(AES(key), ECB()).encryptor()  # noqa: S305  the blocks of a counter
    given = bytearray()
    step = 16 * _BLOCKS_AT_ONCE
    for at in range(0, len(body), step):
        part = body[at : at + step]
        first = at // 16 + 1
        blocks = (n.to_bytes(16, "little") for n in range(first, first + (len(part) + 15) // 16))
        stream = context.update(b"".join(blocks))[: len(part)]
        mixed = int.from_bytes(part, "little") ^ int.from_bytes(stream, "little")
        given += mixed.to_bytes(len(part), "little")
    return bytes(given)
