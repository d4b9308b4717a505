"""Merkle proofs (RFC 9162 section 2.1): made here, verified by the functions of outsiders."""

from typing import Protocol

from audit.evidence import Frontier, leaf_hash, node_hash, verify_consistency, verify_inclusion

__all__ = [
    "Frontier",
    "Nodes",
    "Tree",
    "consistency",
    "inclusion",
    "leaf_hash",
    "node_hash",
    "root_between",
    "verify_consistency",
    "verify_inclusion",
]


class Nodes(Protocol):
    """Knows the roots of the perfect subtrees of a tree."""

    def node(self, level: int, index: int) -> bytes:
        """Return the root over the leaves from index << level to (index + 1) << level."""
        ...


class Tree:
    """A whole tree in memory: the roots of all perfect subtrees, level by level."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more entry."""
        value = leaf
        for level in range(self.size.bit_length() + 1):
            if level == len(self._levels):
                self._levels.append([])
            hashes = self._levels[level]
            hashes.append(value)
            if len(hashes) & 1:
                return
            value = node_hash(hashes[-2], hashes[-1])

    def node(self, level: int, index: int) -> bytes:
        """Return the root of a perfect subtree."""
        return self._levels[level][index]

    def root(self) -> bytes:
        """Return the root over all leaves."""
        return root_between(self, 0, self.size)


def root_between(nodes: Nodes, start: int, stop: int) -> bytes:
    """Return the root over a range that the recursion of RFC 9162 section 2.1.1 reaches."""
    width = stop - start
    if width == 0:
        return Frontier().root()
    level = width.bit_length() - 1
    if width == 1 << level:
        return nodes.node(level, start >> level)
    middle = start + _split(width)
    return node_hash(root_between(nodes, start, middle), root_between(nodes, middle, stop))


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree of a size (RFC 9162 section 2.1.3.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    start, stop = 0, size
    path: list[bytes] = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(root_between(nodes, middle, stop))
            stop = middle
        else:
            path.append(root_between(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """Return the proof that a tree is the beginning of a larger one (RFC 9162 section 2.1.4.1).

    Raises:
        ValueError: the old tree is empty or larger than the new one.
    """
    if not 0 < old <= new:
        raise ValueError("consistency is between a tree that is not empty and a later one")
    start, stop = 0, new
    path: list[bytes] = []
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(root_between(nodes, middle, stop))
            stop = middle
        else:
            path.append(root_between(nodes, start, middle))
            start = middle
    if start > 0:
        path.append(root_between(nodes, start, stop))
    return path[::-1]


def _split(width: int) -> int:
    """Return the largest power of two below a width of at least two."""
    return 1 << ((width - 1).bit_length() - 1)
