"""Custody manifests: the per-file lines of a shard's step, named by the Merkle root over them."""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.event import canonical_line
from audit.evidence import leaf_hash, root_of, verify_inclusion
from audit.merkle import Tree, inclusion
from audit.verify import manifest_name as key_of
from custody.box import Json
from custody.digest import Digest
from custody.errors import LedgerError

__all__ = [
    "FOLDER",
    "Manifest",
    "build",
    "decode",
    "encode_line",
    "key_of",
    "prove",
    "read",
    "verify_line",
]

FOLDER = "manifests/"
# A shard has 2,000 entries and perhaps some 100,000 members; a longer text is an attack.
MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Finished lines: their root, their number, and what is stored."""

    root: Digest
    lines: int
    content: bytes

    @property
    def key(self) -> str:
        """Where the manifest lies in the audit store."""
        return key_of(self.root)


def encode_line(fields: Mapping[str, Json]) -> bytes:
    """Return one line as canonical JSON, without its line end.

    Raises:
        LedgerError: a value cannot be written canonically.
    """
    return canonical_line(dict(fields))


def build(lines: Iterable[bytes]) -> Manifest:
    """Return the manifest of lines, compressed the same way every time.

    Raises:
        LedgerError: there is no line, or one holds a line end.
    """
    kept = list(lines)
    if not kept or any(b"\n" in line for line in kept):
        raise LedgerError(
            "a custody manifest has lines, and each is one line",
            next_step="report this: it is a defect of Autoclave",
        )
    text = b"".join(line + b"\n" for line in kept)
    root = Digest(root_of(map(leaf_hash, kept)).hex())
    return Manifest(root=root, lines=len(kept), content=gzip.compress(text, 6, mtime=0))


def read(content: bytes, root: str) -> list[bytes]:
    """Return the lines of a stored manifest after checking that they are the ones with this root.

    Raises:
        LedgerError: the content is damaged, too long, or another manifest.
    """
    try:
        inflate = zlib.decompressobj(wbits=31)
        text = inflate.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise _damaged(root) from error
    lines = text.split(b"\n")
    if not inflate.eof or inflate.unused_data or lines.pop():
        raise _damaged(root)
    if root_of(map(leaf_hash, lines)).hex() != root:
        raise _damaged(root)
    return lines


def decode(lines: Iterable[bytes]) -> list[dict[str, Json]]:
    """Return the fields of lines that `read` has checked."""
    return [json.loads(line) for line in lines]


def prove(lines: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that a line is in the manifest, which shows no other line."""
    tree = Tree()
    for line in lines:
        tree.append(leaf_hash(line))
    return inclusion(tree, index, len(lines))


def verify_line(line: bytes, index: int, count: int, proof: list[bytes], root: str) -> bool:
    """Tell whether a line stands at an index of the manifest with this root and number of lines."""
    return verify_inclusion(leaf_hash(line), index, count, proof, bytes.fromhex(root))


def _damaged(root: str) -> LedgerError:
    return LedgerError(
        f"custody manifest {root} is damaged or another one",
        next_step="run `autoclave audit verify` and restore the audit store from its copy",
    )
