"""What evidence is made of: Merkle trees, tiles and signed notes; needs only `cryptography`.

An export carries this module and `audit.verify` as one file, for an outsider who has neither
Autoclave nor a new Python: 3.8 is enough, so nothing newer is used here.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TILE_WIDTH = 256
ED25519 = 1
DASH = "\u2014"
BAD = (
    *(ValueError, TypeError, IndexError, OverflowError, RecursionError, OSError, EOFError),
    *(zlib.error, InvalidSignature),
)


class EvidenceError(Exception):
    """Something in the evidence is missing, changed or contradicts the rest; `where` names it."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where + ": " + what)
        self.where = where
        self.what = what


@contextmanager
def about(where: str) -> Iterator[None]:
    """Turn whatever goes wrong while reading one thing into a fault of that thing."""
    try:
        yield
    except KeyError as error:
        raise EvidenceError(where, "missing " + str(error)) from error
    except BAD as error:
        raise EvidenceError(where, str(error) or type(error).__name__) from error


class Files(Protocol):
    """Named bytes: an export on disk, or the live store."""

    def names(self) -> Iterable[str]:
        """List every name."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a name; KeyError when there is none."""
        ...


class Folder:
    """The files below a folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def names(self) -> list[str]:
        """List everything that is no folder, '/' between the parts, whatever the system.

        A link to a folder is listed and not followed; a folder that cannot be read is a fault.
        """
        found = []
        with about(self.root):
            for folder, folders, names in os.walk(self.root, onerror=_raise):
                below = os.path.relpath(folder, self.root).replace(os.sep, "/")
                links = [n for n in folders if os.path.islink(os.path.join(folder, n))]  # noqa: PTH114, PTH118  bytes
                found += [n if below == "." else below + "/" + n for n in names + links]
        return sorted(found)

    def is_plain(self, name: str) -> bool:
        """Tell whether a name is that of a file itself: no link, pipe or device."""
        return stat.S_ISREG(os.lstat(os.path.join(self.root, name)).st_mode)  # noqa: PTH118  bytes

    def read(self, name: str) -> bytes:
        """Return the content of one file."""
        try:
            return Path(self.root, name).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(name) from error


def _raise(error: OSError) -> None:
    raise error


# --- Merkle trees (RFC 6962 section 2.1, RFC 9162 section 2.1)


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """What appending needs of a tree: the roots of the perfect subtrees at its right edge."""

    def __init__(self, size: int = 0, stack: Iterable[bytes] = ()) -> None:
        self.size = size
        self.stack = list(stack)
        if len(self.stack) != bin(size).count("1"):  # noqa: FURB161  Python 3.8 has no bit_count
            raise ValueError("a frontier has one hash for each bit of its size")

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more entry."""
        size, value = self.size, leaf
        while size & 1:
            value = node_hash(self.stack.pop(), value)
            size >>= 1
        self.stack.append(value)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of everything appended so far."""
        if not self.stack:
            return hashlib.sha256(b"").digest()
        root = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over hashes of entries."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Tell whether a leaf is at an index of the tree with this root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            value = node_hash(sibling, value)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(
    sizes: tuple[int, int], proof: list[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Tell whether one tree is the beginning of another (RFC 9162 section 2.1.4.2)."""
    old, new = sizes
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if old > new or not proof:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    small = large = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            large = node_hash(large, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and small == old_root and large == new_root


# --- Tiles (C2SP tlog-tiles)


def tile_path(level: str, index: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile lies; `level` is a number or "entries"."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "tile/" + level + "/" + "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return path if width == TILE_WIDTH else path + ".p/" + str(width)


class Edge:
    """The right edge of the tiles: what the last tile of each level holds so far."""

    def __init__(self, size: int = 0, levels: Iterable[Iterable[bytes]] = ((),)) -> None:
        self.size = size
        self.levels = [list(hashes) for hashes in levels]

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf and return the tiles that it completes: level, index, content."""
        self.size += 1
        done: list[tuple[int, int, bytes]] = []
        level, value = 0, leaf
        while True:
            if level == len(self.levels):
                self.levels.append([])
            hashes = self.levels[level]
            hashes.append(value)
            if len(hashes) < TILE_WIDTH:
                return done
            done.append((level, (self.size >> 8 * (level + 1)) - 1, b"".join(hashes)))
            value, self.levels[level] = root_of(hashes), []
            level += 1

    def partial(self) -> list[tuple[int, int, bytes]]:
        """Return the tiles that are not complete: level, index, content."""
        return [
            (level, self.size >> 8 * (level + 1), b"".join(hashes))
            for level, hashes in enumerate(self.levels)
            if hashes
        ]


def open_bundle(content: bytes) -> list[bytes]:
    """Return the entries of a bundle: each has its length as 16 bits before it."""
    entries, position = [], 0
    while position < len(content):
        start = position + 2
        position = start + int.from_bytes(content[position:start], "big")
        if start > len(content) or position > len(content):
            raise ValueError("cut inside an entry")
        entries.append(content[start:position])
    return entries


# --- Signed notes (C2SP signed-note, tlog-checkpoint)


class Key(NamedTuple):
    """A public key, the name that it signs under, and the keys that it replaced, oldest first."""

    name: str
    key_id: bytes
    public: bytes
    older: tuple[Key, ...] = ()


class Checkpoint(NamedTuple):
    """The head of a log: how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes


def decode_base64(text: str) -> bytes:
    """Return the bytes of a base64 text, of which only one spelling is accepted."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("base64 with stray bits")
    return content


def parse_key(vkey: str, kind: int = ED25519) -> Key:
    """Check and return a key written as name+hash+base64."""
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    content = decode_base64(encoded)
    found = hashlib.sha256(name.encode() + b"\n" + content).digest()[:4]
    if not name or len(content) != 33 or content[0] != kind or found.hex() != key_id:
        raise ValueError("not an Ed25519 key of a signed note")
    return Key(name, found, content[1:])


def open_note(note: bytes, key: Key) -> str:
    """Return the text of a note that the key, or one before it, signed; see `signer_of`."""
    signer_of(note, key)
    return note.decode().rpartition("\n\n")[0] + "\n"


def signer_of(note: bytes, key: Key) -> int:
    """Return which key signed a note: how many were before it. Unknown keys are ignored."""
    text, gap, lines = note.decode().rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise ValueError("not a signed note")
    found = -1
    for line in lines[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        signature = decode_base64(encoded)
        if dash != DASH:
            raise ValueError("not a signature line")
        for at, known in enumerate([*key.older, key]):
            if (name, signature[:4]) == (known.name, known.key_id):
                public = Ed25519PublicKey.from_public_bytes(known.public)
                public.verify(signature[4:], (text + "\n").encode())
                found = max(found, at)
    if found < 0:
        raise ValueError("not signed by the key of this ledger")
    return found


def parse_checkpoint(text: str) -> Checkpoint:
    """Check and return a checkpoint; extension lines are refused, because nobody audits them."""
    origin, size, root, end = text.split("\n")
    if not origin or end or str(int(size)) != size or int(size) < 0:
        raise ValueError("not a checkpoint")
    return Checkpoint(origin, int(size), decode_base64(root))
