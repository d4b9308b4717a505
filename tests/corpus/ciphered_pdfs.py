"""PDF files encrypted by their owner, for each revision of the format; the user password is given.

The key schedule is written here a second time, from the side of the writer (ISO 32000-2 7.6.4).
"""

import hashlib
import zlib
from dataclasses import dataclass

from sanitizers.deciphering import NativeCiphers

PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
IDENTITY = b"0123456789abcdef"
OWNER = bytes(range(32))
PERMISSIONS = -44
CIPHERS = NativeCiphers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A revision with its version, the bytes of its key, and the cipher of its streams."""

    version: int
    revision: int
    size: int
    name: bytes


METHODS: dict[str, Method] = {
    "RC4, 40 bits": Method(version=1, revision=2, size=5, name=b"V2"),
    "RC4, 128 bits": Method(version=2, revision=3, size=16, name=b"V2"),
    "RC4 by filter": Method(version=4, revision=4, size=16, name=b"V2"),
    "AES, 128 bits": Method(version=4, revision=4, size=16, name=b"AESV2"),
    "AES, 256 bits, first form": Method(version=5, revision=5, size=32, name=b"AESV3"),
}


def ciphered_pdf(method: Method, content: bytes, *, password: bytes = b"") -> bytes:
    """Return a file whose object 3 is an object stream with the given dictionary, ciphered."""
    key, entries = _new_lock(password) if method.revision == 5 else _old_lock(method, password)
    object_key = key
    if method.revision < 5:
        salt = b"sAlT" if method.name == b"AESV2" else b""
        object_key = _md5(key + b"\x03\x00\x00\x00\x00" + salt)[: min(method.size + 5, 16)]
    packed = zlib.compress(b"9 0 " + content)
    sealed = _seal(method, object_key, packed)
    return _file(method, sealed, entries)


def _old_lock(method: Method, password: bytes) -> tuple[bytes, bytes]:
    padded = (password + PADDING)[:32]
    permissions = (PERMISSIONS & 0xFFFFFFFF).to_bytes(4, "little")
    digest = _md5(padded + OWNER + permissions + IDENTITY)
    if method.revision == 2:
        key = digest[: method.size]
        user = CIPHERS.rc4(key, PADDING)
    else:
        for _ in range(50):
            digest = _md5(digest[: method.size])
        key = digest[: method.size]
        user = _md5(PADDING + IDENTITY)
        for turn in range(20):
            user = CIPHERS.rc4(bytes(letter ^ turn for letter in key), user)
        user = user.ljust(32, b"\x00")
    return key, b"/O<%s>/U<%s>" % (OWNER.hex().encode(), user.hex().encode())


def _new_lock(password: bytes) -> tuple[bytes, bytes]:
    key, check, salt = bytes(range(32, 64)), b"checksal", b"key salt"
    user = hashlib.sha256(password + check).digest() + check + salt
    between = hashlib.sha256(password + salt).digest()
    sealed = CIPHERS.aes(between, bytes(16), key, sealing=True)
    parts = (bytes(48).hex(), user.hex(), bytes(32).hex(), sealed.hex())
    return key, b"/O<%s>/U<%s>/OE<%s>/UE<%s>" % tuple(part.encode() for part in parts)


def _seal(method: Method, key: bytes, plain: bytes) -> bytes:
    if method.name == b"V2":
        return CIPHERS.rc4(key, plain)
    padding = 16 - len(plain) % 16
    start = b"initial vector.."
    return start + CIPHERS.aes(key, start, plain + bytes([padding]) * padding, sealing=True)


def _file(method: Method, sealed: bytes, entries: bytes) -> bytes:
    filters = b""
    if method.version >= 4:
        filters = b"/CF<</StdCF<</CFM/%s>>>>/StmF/StdCF/StrF/StdCF" % method.name
    numbers = (method.version, method.revision, method.size * 8, PERMISSIONS)
    lock = b"<</Filter/Standard/V %d/R %d/Length %d/P %d" % numbers
    title = b"(\x80\x9f\\)\xff(\x81)\xfe)" * 9
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0/Title%s>>" % title,
        b"<</Length %d/Type/ObjStm/N 1/First 4/Filter/FlateDecode>>\nstream\n%s\nendstream"
        % (len(sealed), sealed),
        lock + filters + entries + b">>",
    ]
    written = b"%PDF-1.7\n"
    for number, body in enumerate(bodies, start=1):
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    trailer = b"trailer\n<</Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>\n"
    identity = IDENTITY.hex().encode()
    end = b"startxref\n%d\n%%%%EOF\n" % len(written)
    return written + trailer % (identity, identity) + end


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()
