"""Where a log's objects lie and what they hold (C2SP tlog-tiles), and proofs made from them."""

from collections.abc import Iterable, Iterator, Sequence

from audit.evidence import TILE_WIDTH, Edge, Frontier, root_of, tile_path
from custody.digest import digest_of
from custody.errors import LedgerError, ObjectMissingError
from storage.interface import Readable, Spooled

HASH_SIZE = 32
ENTRIES = "entries"


def folder_of(origin: str) -> str:
    """Return the folder of a log in the audit store, with the slash at its end."""
    return f"log/{origin}/"


def newest_key(origin: str) -> str:
    """Return the key that always holds the newest checkpoint."""
    return f"{folder_of(origin)}checkpoint"


def checkpoint_key(origin: str, size: int) -> str:
    """Return the key of the checkpoint of one size, which is never written with other bytes."""
    return f"{folder_of(origin)}checkpoints/{size:012d}"


def published_keys(origin: str, size: int) -> Iterator[str]:
    """Yield the keys of all tiles and entry bundles that a published size consists of."""
    level, hashes = 0, size
    while hashes:
        for index in range(-(-hashes // TILE_WIDTH)):
            width = min(TILE_WIDTH, hashes - index * TILE_WIDTH)
            yield folder_of(origin) + tile_path(str(level), index, width)
            if level == 0:
                yield folder_of(origin) + tile_path(ENTRIES, index, width)
        level, hashes = level + 1, hashes // TILE_WIDTH


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle: each entry after its length in 16 bits."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def spooled(content: bytes) -> Spooled:
    """Return bytes as a store takes them."""
    return Spooled(digest=digest_of(content), size=len(content), content=content)


def read(store: Readable, key: str) -> bytes | None:
    """Return the newest version of an object, or None where there is none."""
    try:
        with store.open(key) as stream:
            return stream.read()
    except ObjectMissingError:
        return None


def floor(edge: Edge) -> Edge:
    """Return the edge as it was when the last tile of the lowest level began."""
    size = edge.size - edge.size % TILE_WIDTH
    return Edge(size, [[], *edge.levels[1:]])


def load_floor(store: Readable, origin: str, size: int) -> Edge | None:
    """Return what `floor` would return for a published size, from the tiles of a store.

    None stands for a tile that is missing or has the wrong length. The hashes are not checked: who
    uses them compares the root that they lead to.
    """
    start = size - size % TILE_WIDTH
    levels: list[list[bytes]] = [[]]
    while start >> 8 * len(levels):
        level = len(levels)
        width = (start >> 8 * level) % TILE_WIDTH
        index = start >> 8 * (level + 1)
        content = b""
        if width:
            content = read(store, folder_of(origin) + tile_path(str(level), index, width)) or b""
        if len(content) != width * HASH_SIZE:
            return None
        levels.append(hashes_of(content))
    return Edge(start, levels)


def frontier_of(edge: Edge) -> Frontier:
    """Return the perfect subtrees that an edge consists of, the widest first."""
    stack: list[bytes] = []
    for hashes in reversed(edge.levels):
        done = 0
        for bit in reversed(range(8)):
            if len(hashes) >> bit & 1:
                stack.append(root_of(hashes[done : done + (1 << bit)]))
                done += 1 << bit
    return Frontier(edge.size, stack)


def hashes_of(content: bytes) -> list[bytes]:
    """Return the hashes of a tile, or of a frontier as it is stored."""
    return [content[i : i + HASH_SIZE] for i in range(0, len(content), HASH_SIZE)]


class Tiles:
    """The tiles of a published log. Whoever makes a proof from them verifies it."""

    def __init__(self, store: Readable, origin: str, size: int) -> None:
        self._store = store
        self._origin = origin
        self._size = size
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the root of a perfect subtree.

        Raises:
            LedgerError: the tile that holds it is missing or cut.
        """
        row, within = divmod(level, 8)
        start = index << within
        hashes = self._tile(row, start // TILE_WIDTH)
        first = start % TILE_WIDTH
        return root_of(hashes[first : first + (1 << within)])

    def _tile(self, level: int, index: int) -> Sequence[bytes]:
        known = self._read.get((level, index))
        if known is not None:
            return known
        width = min(TILE_WIDTH, (self._size >> 8 * level) - index * TILE_WIDTH)
        path = folder_of(self._origin) + tile_path(str(level), index, width)
        content = read(self._store, path)
        if content is None or len(content) != width * HASH_SIZE:
            raise LedgerError(
                f"{path} is missing or damaged in the audit store",
                next_step="run `autoclave audit verify` and restore the audit store from its copy",
            )
        return self._read.setdefault((level, index), hashes_of(content))
