"""PDF files that are encrypted and open without a password: streams in clear (ISO 32000-2 7.6).

Many programs restrict printing by encrypting a file under an owner's password; its user password is
empty, so that every reader opens it. Such a file is read as a reader would: the key is derived from
the empty password, proven against the file's own entry, and the streams are deciphered in place.
Strings stay ciphered, so they are blanked. Nothing is guessed: any other password is a closed door.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from formats.faults import ProtectedError
from formats.pdf import Scan, Stream, scan_pdf

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_REFERENCE = re.compile(rb"/Encrypt\s*(?:(\d{1,10})\s+(\d{1,5})\s+R|(<<))")
_KEY = re.compile(rb"/Encrypt(?=[\s<])")
_IDENTITY = re.compile(rb"/ID\s*\[\s*(?=[(<])")
_HEADER = re.compile(rb"(?<!\d)(\d{1,10})\s+(\d{1,5})\s+obj(?![a-zA-Z])")
_METHOD = re.compile(rb"/CFM\s*/(None|V2|AESV2|AESV3)\b")
_STREAM_FILTER = re.compile(rb"/StmF\s*/(\w+)")
_SIGN = re.compile(rb"[()\\]")
_ESCAPES = {110: 10, 114: 13, 116: 9, 98: 8, 102: 12}
_LONGEST_DICTIONARY = 8192
_MOST_HASH_ROUNDS = 4096


class Ciphers(Protocol):
    """The two ciphers of the format; native code, so that the caller brings them."""

    def rc4(self, key: bytes, content: bytes) -> bytes:
        """Return content deciphered by RC4.

        Raises:
            UnsupportedError: no RC4 key has this length.
        """
        ...

    def aes(self, key: bytes, start: bytes, content: bytes, *, sealing: bool = False) -> bytes:
        """Return content through AES in CBC mode, without padding."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lock:
    """The entries of the encryption dictionary that a key is derived from (7.6.4, table 21)."""

    revision: int
    key_size: int
    method: bytes
    owner: bytes
    user: bytes
    user_key: bytes
    permissions: int
    metadata: bool
    identity: bytes


def open_without_password(content: bytes, ciphers: Ciphers) -> bytes:
    """Return the file with its streams in clear, every byte at its place.

    Raises:
        ProtectedError: it needs a password, or is sealed in a way that is not known.
        UnsupportedError: its key has a length that the cipher does not take.
        TruncatedError: a stream has no end.
    """
    lock = _read_lock(content)
    key = _file_key(lock, ciphers)
    plain = bytearray(content)
    scan = scan_pdf(content)
    for stream, number, generation in _numbered(content, scan):
        if _is_plain(stream, lock):
            continue
        ciphered = content[stream.start : stream.end]
        opened = _decipher(ciphered, _object_key(key, lock, number, generation), lock, ciphers)
        plain[stream.start : stream.end] = opened.ljust(len(ciphered), b"\n")
    _blank_strings(plain, content, scan)
    end = content.rfind(b"%%EOF")
    plain[end:] = content[end:] if end >= 0 else plain[end:]  # what was appended is no string
    for found in _KEY.finditer(content):
        plain[found.start() : found.end()] = b"/Decrypt"
    return bytes(plain)


def _read_lock(content: bytes) -> _Lock:
    body = _dictionary(content)
    version, revision = _number(body, b"V"), _number(body, b"R")
    method = {1: b"V2", 2: b"V2", 4: b"", 5: b""}.get(version)
    if method is None or revision not in (2, 3, 4, 5, 6) or b"/Standard" not in body:
        raise ProtectedError("the file is encrypted in a way that is not known")
    if not method:
        found = _METHOD.search(body)
        used = _STREAM_FILTER.search(body)
        is_identity = used is None or used.group(1) == b"Identity"
        method = b"None" if found is None or is_identity else found.group(1)
    size = {1: 5, 2: _number(body, b"Length", 40) // 8, 4: 16, 5: 32}[version]
    identity = _IDENTITY.search(content)
    return _Lock(
        revision=revision,
        key_size=min(max(size, 5), 32),
        method=method,
        owner=_string(body, b"O"),
        user=_string(body, b"U"),
        user_key=_string(body, b"UE"),
        permissions=_number(body, b"P") & 0xFFFFFFFF,
        metadata=re.search(rb"/EncryptMetadata\s+false", body) is None,
        identity=_read_string(content, identity.end()) if identity else b"",
    )


def _dictionary(content: bytes) -> bytes:
    """Return the bytes from the start of the encryption dictionary."""
    references = list(_REFERENCE.finditer(content))
    if not references:
        raise ProtectedError("the file is encrypted, and does not say how")
    number, generation, direct = references[-1].groups()
    if direct:
        start = references[-1].end()
        return content[start : start + _LONGEST_DICTIONARY]
    header = re.compile(rb"(?<!\d)" + number + rb"\s+" + generation + rb"\s+obj")
    places = [found.end() for found in header.finditer(content)]
    if not places:
        raise ProtectedError("the file is encrypted, and does not say how")
    return content[places[-1] : places[-1] + _LONGEST_DICTIONARY].partition(b"endobj")[0]


def _number(body: bytes, name: bytes, default: int = 0) -> int:
    found = re.search(rb"/" + name + rb"\s+(-?\d{1,12})", body)
    return int(found.group(1)) if found else default


def _string(body: bytes, name: bytes) -> bytes:
    found = re.search(rb"/" + name + rb"\s*(?=[(<])", body)
    return _read_string(body, found.end()) if found else b""


def _read_string(text: bytes, at: int) -> bytes:
    """Read a literal or hexadecimal string (7.3.4); what does not end gives what there is."""
    if text[at : at + 1] == b"<":
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", text[at + 1 : text.find(b">", at)])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    body = text[at + 1 : _end_of_literal(text, at, len(text))]
    return re.sub(rb"\\(\r\n|[0-7]{1,3}|.)", _unescaped, body, flags=re.DOTALL)


def _unescaped(found: re.Match[bytes]) -> bytes:
    mark = found.group(1)
    if mark[:1] in b"01234567":
        return bytes([int(mark, 8) & 0xFF])
    if mark in (b"\n", b"\r", b"\r\n"):
        return b""
    return bytes([_ESCAPES.get(mark[0], mark[0])])


def _end_of_literal(text: bytes, at: int, end: int) -> int:
    """Return where the closing bracket of a literal string stands, or the end without one."""
    depth, place = 0, at
    while (found := _SIGN.search(text, place, end)) is not None:
        sign, place = found.group(), found.end()
        if sign == b"\\":
            place += 1
        else:
            depth += 1 if sign == b"(" else -1
            if depth <= 0:
                return found.start()
    return end


def _file_key(lock: _Lock, ciphers: Ciphers) -> bytes:
    """Derive the key from the empty password, and prove it.

    Raises:
        ProtectedError: the empty password is not the user's.
    """
    key = _new_key(lock, ciphers) if lock.revision >= 5 else _old_key(lock, ciphers)
    if key is None:
        raise ProtectedError("the file needs a password")
    return key


def _old_key(lock: _Lock, ciphers: Ciphers) -> bytes | None:
    """Follow algorithms 2, 4 and 5 of 7.6.4."""
    digest = _md5(
        _PADDING
        + lock.owner[:32]
        + lock.permissions.to_bytes(4, "little")
        + lock.identity
        + (b"\xff" * 4 if lock.revision >= 4 and not lock.metadata else b"")
    )
    if lock.revision == 2:
        key = digest[: lock.key_size]
        return key if ciphers.rc4(key, _PADDING) == lock.user[:32] else None
    size = min(lock.key_size, 16)
    for _ in range(50):
        digest = _md5(digest[:size])
    key = digest[:size]
    proof = _md5(_PADDING + lock.identity)
    for turn in range(20):
        proof = ciphers.rc4(bytes(letter ^ turn for letter in key), proof)
    return key if len(lock.user) >= 16 and proof == lock.user[:16] else None


def _new_key(lock: _Lock, ciphers: Ciphers) -> bytes | None:
    """Follow algorithms 2.A and 11 of 7.6.4."""
    if len(lock.user) < 48 or len(lock.user_key) < 32:
        return None
    derive = _hash_of_5 if lock.revision == 5 else _hash_of_6
    if derive(lock.user[32:40], ciphers) != lock.user[:32]:
        return None
    between = derive(lock.user[40:48], ciphers)
    return ciphers.aes(between, bytes(16), lock.user_key[:32])


def _hash_of_5(salt: bytes, _: Ciphers) -> bytes:
    return hashlib.sha256(salt).digest()


def _hash_of_6(salt: bytes, ciphers: Ciphers) -> bytes:
    """Follow algorithm 2.B for the empty password."""
    kinds: tuple[Callable[[bytes], bytes], ...] = (
        lambda given: hashlib.sha256(given).digest(),
        lambda given: hashlib.sha384(given).digest(),
        lambda given: hashlib.sha512(given).digest(),
    )
    key = kinds[0](salt)
    for turn in range(_MOST_HASH_ROUNDS):
        sealed = ciphers.aes(key[:16], key[16:32], key * 64, sealing=True)
        key = kinds[sum(sealed[:16]) % 3](sealed)
        if turn >= 63 and sealed[-1] <= turn - 31:
            break
    return key[:32]


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _numbered(content: bytes, scan: Scan) -> Iterator[tuple[Stream, int, int]]:
    """Yield each stream with the number of its object, which its key is made of."""
    since = 0
    for stream in scan.streams:
        headers = list(_HEADER.finditer(content, since, stream.start))
        if headers:
            yield stream, int(headers[-1].group(1)), int(headers[-1].group(2))
        since = stream.end


def _is_plain(stream: Stream, lock: _Lock) -> bool:
    text = stream.dictionary
    is_metadata = b"/Metadata" in text and not lock.metadata
    return lock.method == b"None" or b"/XRef" in text or b"/Crypt" in text or is_metadata


def _object_key(key: bytes, lock: _Lock, number: int, generation: int) -> bytes:
    if lock.revision >= 5:
        return key
    place = (number & 0xFFFFFF).to_bytes(3, "little") + (generation & 0xFFFF).to_bytes(2, "little")
    salt = b"sAlT" if lock.method == b"AESV2" else b""
    return _md5(key + place + salt)[: min(len(key) + 5, 16)]


def _decipher(ciphered: bytes, key: bytes, lock: _Lock, ciphers: Ciphers) -> bytes:
    """Return what was ciphered; bytes that no such cipher makes stay as they are, and are seen."""
    if lock.method == b"V2":
        return ciphers.rc4(key, ciphered)
    if len(ciphered) < 32 or len(ciphered) % 16:
        return ciphered if ciphered.strip() else b""
    plain = ciphers.aes(key, ciphered[:16], ciphered[16:])
    padding = plain[-1]
    return plain[:-padding] if 1 <= padding <= 16 else plain


def _blank_strings(plain: bytearray, content: bytes, scan: Scan) -> None:
    """Put spaces for the ciphered letters of every string outside of streams."""
    at = 0
    for start, end in [*((s.start, s.end) for s in scan.streams), (len(content), len(content))]:
        while (opened := content.find(b"(", at, start)) >= 0:
            closed = _end_of_literal(content, opened, start)
            plain[opened + 1 : closed] = b" " * (closed - opened - 1)
            at = closed + 1
        at = max(at, end)
