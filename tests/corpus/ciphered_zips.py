"""ZIP archives under a password, by hand: the old cipher, and AES of WinZip."""

import hashlib
import hmac
import struct
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_SALT = b"sixteen of salt!"
_MULTIPLIER = 134775813


def ciphered_zip(name: str, content: bytes, password: str, *, aes: bool = False) -> bytes:
    """Return an archive of one deflated member."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    crc = 0 if aes else zlib.crc32(content)
    method, extra = (99, _AES_EXTRA) if aes else (8, b"")
    body = _aes(packed, password.encode()) if aes else _old(packed, password.encode(), crc)
    told = (1, method, 0, 33, crc, len(body), len(content), len(name), len(extra))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, *told) + name.encode() + extra
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *told, 0, 0, 0, 0, 0)
    central += name.encode() + extra
    at = len(local) + len(body)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), at, 0)
    return local + body + central + end


# Tag, size, version AE-2, vendor, 256 bits, Deflate.
_AES_EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 8)


def _aes(packed: bytes, secret: bytes) -> bytes:
    made = hashlib.pbkdf2_hmac("sha1", secret, _SALT, 1000, 66)
    context = Cipher(AES(made[:32]), ECB()).encryptor()
    blocks = b"".join(n.to_bytes(16, "little") for n in range(1, len(packed) // 16 + 2))
    stream = context.update(blocks)
    body = bytes(a ^ b for a, b in zip(packed, stream, strict=False))
    return _SALT + made[64:] + body + hmac.new(made[32:64], body, "sha1").digest()[:10]


def _old(packed: bytes, secret: bytes, crc: int) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * _MULTIPLIER + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    for byte in secret:
        update(byte)
    given = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + packed:
        mask = keys[2] | 2
        given.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
        update(byte)
    return bytes(given)


def _crc(before: int, byte: int) -> int:
    value = (before ^ byte) & 0xFF
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return before >> 8 ^ value
