"""7z archives made by hand, honest or crafted: stored or packed, encrypted, with a packed list."""

import hashlib
import lzma
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

COPY, LZMA2, CIPHER = b"\x00", b"\x21", b"\x06\xf1\x07\x01"
_FILTER = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}
_ROUNDS, _START = 10, b"sixteen bytes..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A member to be written; attributes are those of Windows, or of Unix in the upper half."""

    name: str
    content: bytes = b""
    attributes: int = 0x20
    crc: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """A packed stream and the folder that says how it is unpacked."""

    stream: bytes
    folder: bytes
    sizes: tuple[int, ...]


def unix(mode: int) -> int:
    """Return the attributes of a file with a mode of Unix."""
    return 0x8000 | mode << 16


def sevenzip(
    *items: Item,
    method: bytes = LZMA2,
    password: str = "",
    hide_names: bool = False,
    pack_list: bool = False,
    gap: bytes = b"",
    leftover: bytes = b"",
) -> bytes:
    """Return an archive with all contents in one folder.

    `gap` lies where nobody looks, `leftover` in the packed stream, behind its end.
    """
    filled = [item for item in items if item.content]
    packed = _pack(b"".join(i.content for i in filled), method, password)
    packed = replace(packed, stream=packed.stream + leftover)
    streams = b""
    if filled:
        streams = b"\x04" + _streams([packed], [[i.content for i in filled]], items=filled)
    told = b"\x01" + streams + _files(items) + b"\x00"
    body = packed.stream if filled else b""
    if pack_list or hide_names:
        head = _pack(told, LZMA2, password if hide_names else "")
        at = len(body) + len(gap)
        listed = b"\x17" + _streams([head], [[told]], at=at)
        body += gap + head.stream
        gap, told = b"", listed
    body += gap
    return _start(len(body), told) + body + told


def signature_only() -> bytes:
    """Return the start of an archive whose list lies beyond its end, as a first volume has it."""
    return sevenzip(Item(name="a.txt", content=b"x" * 99))[:60]


def with_list(content: bytes, change: tuple[bytes, bytes]) -> bytes:
    """Return an archive whose plain list is changed, with the checksums made right again."""
    offset, size = struct.unpack_from("<QQ", content, 12)
    body, told = content[32 : 32 + offset], content[32 + offset : 32 + offset + size]
    return _start(len(body), told.replace(*change)) + body + told.replace(*change)


def of(members: dict[str, bytes], **settings: object) -> bytes:
    """Return an archive of names and contents."""
    return sevenzip(*(Item(name=n, content=c) for n, c in members.items()), **settings)  # type: ignore[arg-type]


def _start(offset: int, told: bytes) -> bytes:
    where = struct.pack("<QQI", offset, len(told), zlib.crc32(told))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(where)) + where


def _pack(content: bytes, method: bytes, password: str) -> _Packed:
    """Pack a content; with a password another step follows, whose output is the first one's."""
    stream, properties = content, b""
    if method == LZMA2:
        properties = bytes([8])
        stream = lzma.compress(content, lzma.FORMAT_RAW, filters=[_FILTER])
    coder = bytes([len(method) | (0x20 if properties else 0)]) + method
    coder += bytes([len(properties)]) + properties if properties else b""
    plain = _Packed(stream=stream, folder=b"\x01" + coder, sizes=(len(content),))
    return _encrypt(plain, coder, password) if password else plain


def _encrypt(packed: _Packed, coder: bytes, password: str) -> _Packed:
    padded = packed.stream.ljust(-(-len(packed.stream) // 16) * 16, b"\0")
    context = Cipher(AES(_key(password)), CBC(_START)).encryptor()
    properties = bytes([0x40 | _ROUNDS, 0x0F]) + _START
    cipher = bytes([len(CIPHER) | 0x20]) + CIPHER + bytes([len(properties)]) + properties
    # Coder 0 decrypts, coder 1 unpacks; input 1 takes output 0.
    folder = b"\x02" + cipher + coder + b"\x01\x00"
    sizes = (len(packed.stream), *packed.sizes)
    return replace(packed, stream=context.update(padded), folder=folder, sizes=sizes)


def _key(password: str) -> bytes:
    secret = password.encode("utf-16-le")
    rounds = b"".join(secret + n.to_bytes(8, "little") for n in range(1 << _ROUNDS))
    return hashlib.sha256(rounds).digest()


def _streams(
    packed: Sequence[_Packed],
    contents: Sequence[Sequence[bytes]],
    *,
    at: int = 0,
    items: Sequence[Item] = (),
) -> bytes:
    told = b"\x06" + number(at) + number(len(packed)) + b"\x09"
    told += b"".join(number(len(p.stream)) for p in packed) + b"\x00"
    told += b"\x07\x0b" + number(len(packed)) + b"\x00" + b"".join(p.folder for p in packed)
    told += b"\x0c" + b"".join(number(size) for p in packed for size in p.sizes)
    if not items:
        told += b"\x0a\x01" + b"".join(struct.pack("<I", zlib.crc32(c[0])) for c in contents)
        return told + b"\x00\x00"
    told += b"\x00\x08\x0d" + b"".join(number(len(own)) for own in contents) + b"\x09"
    told += b"".join(number(len(c)) for own in contents for c in own[:-1])
    crcs = [zlib.crc32(i.content) if i.crc is None else i.crc for i in items]
    return told + b"\x0a\x01" + b"".join(struct.pack("<I", crc) for crc in crcs) + b"\x00\x00"


def _files(items: Sequence[Item]) -> bytes:
    empty = [not item.content for item in items]
    told = b"\x05" + number(len(items))
    if any(empty):
        told += _property(0x0E, _bits(empty)) + _property(0x0F, _bits([True] * sum(empty)))
    names = b"".join(item.name.encode("utf-16-le") + b"\0\0" for item in items)
    told += _property(0x11, b"\0" + names)
    attributes = b"".join(struct.pack("<I", item.attributes) for item in items)
    return told + _property(0x15, b"\x01\x00" + attributes) + b"\x00"


def _property(mark: int, content: bytes) -> bytes:
    return bytes([mark]) + number(len(content)) + content


def _bits(flags: Sequence[bool]) -> bytes:
    packed = bytearray((len(flags) + 7) // 8)
    for n, flag in enumerate(flags):
        packed[n // 8] |= 0x80 >> n % 8 if flag else 0
    return bytes(packed)


def number(value: int) -> bytes:
    """Return a number as 7z writes it: the leading ones of the first byte count the others."""
    for follow in range(8):
        if value < 1 << 7 * (follow + 1):
            first = (0xFF << (8 - follow) & 0xFF) | value >> 8 * follow
            return bytes([first]) + (value & ((1 << 8 * follow) - 1)).to_bytes(follow, "little")
    return b"\xff" + value.to_bytes(8, "little")
