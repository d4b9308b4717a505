"""Hashes again what the ledger says lies in the vault and in the clean zone, and what else does.

Objects are read in the order of their keys, each part once. What no manifest names is told apart:
in the clean zone it is a fault, in the vault it is what a crash left before it was committed.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from audit.history import Promoted, VaultPart
from custody.digest import Digest
from custody.errors import StoreError
from pipeline.faults import Fault
from storage.interface import Readable
from storage.verified import VerifiedStore

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehashed:
    """How much of a store was hashed again, what is wrong, and what nobody names."""

    parts: int
    size: int
    faults: tuple[Fault, ...]
    unnamed: tuple[str, ...]


class _Parts:
    """The distinct parts of a store, kept on disk: a hospital has more than a computer's memory."""

    def __init__(self, parts: Iterable[VaultPart | Promoted]) -> None:
        self._seen = sqlite3.connect("")
        self._seen.execute(
            "create table part (key text, version text, start integer, size integer, digest text, "
            "primary key (key, version, start, digest))"
        )
        self._seen.executemany(
            "insert or ignore into part values (?, ?, ?, ?, ?)", map(_row, parts)
        )

    def __iter__(self) -> Iterator[VaultPart]:
        ordered = "select key, version, start, size, digest from part order by 1, 2, 3"
        for key, version, start, size, digest in self._seen.execute(ordered):
            yield VaultPart(
                key=key, version=version, offset=start, size=size, digest=Digest(digest)
            )

    def names(self, key: str, version: str) -> bool:
        """Whether some part lies in an object."""
        question = "select 1 from part where key = ? and version = ? limit 1"
        return self._seen.execute(question, (key, version)).fetchone() is not None

    def close(self) -> None:
        """Forget them."""
        self._seen.close()


def rehash(store: Readable, place: str, parts: Iterable[VaultPart | Promoted]) -> Rehashed:
    """Read every part that the ledger names and compare it with its digest.

    Raises:
        LedgerError: a manifest is missing or damaged.
    """
    verified = VerifiedStore(store)
    faults: list[Fault] = []
    count = size = 0
    with closing(_Parts(parts)) as named:
        for part in named:
            count += 1
            size += part.size
            wrong = _wrong(verified, part)
            if wrong is not None:
                faults.append(Fault(where=f"{place} {part.key}@{part.version}", what=wrong))
        unnamed = [
            f"{found.key}@{found.version}"
            for found in store.versions("")
            if not named.names(found.key, found.version)
        ]
    return Rehashed(parts=count, size=size, faults=tuple(faults), unnamed=tuple(unnamed))


def _wrong(store: VerifiedStore, part: VaultPart) -> str | None:
    try:
        with store.open(part.key, part.version, part.offset, part.size, part.digest) as stream:
            while stream.read(CHUNK):
                pass
    except StoreError as error:
        return error.reason
    return None


def _row(part: VaultPart | Promoted) -> tuple[str, str, int, int, str]:
    offset = part.offset if isinstance(part, VaultPart) else 0
    return part.key, part.version, offset, part.size, part.digest
