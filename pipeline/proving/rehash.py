"""Hashes again what the ledger says lies in the vault and in the clean zone, and what else does.

Objects are read in the order of their keys, each part once. A segment may hold a content that was
known already when it was committed: no manifest names that part, and the version of a local object,
which is taken from its bytes, proves it. What no manifest names at all is told apart:
in the clean zone it is a fault, in the vault it is what a crash left before it was committed.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice

from audit.history import Promoted, VaultPart
from custody.digest import Digest
from custody.errors import ObjectMissingError, StoreError
from pipeline.proving.faults import Fault
from storage.interface import Local, Readable, Version
from storage.verified import VerifiedStore

CHUNK = 1 << 20
READS_AT_ONCE = 8
PARTS_AT_ONCE = 256


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

    def named(self, key: str, version: str) -> int | None:
        """Return how many bytes of an object are named; None when the object is not."""
        question = "select sum(size) from part where key = ? and version = ?"
        size: int | None = self._seen.execute(question, (key, version)).fetchone()[0]
        return size

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
    unnamed: list[str] = []
    count = size = 0
    with closing(_Parts(parts)) as named:
        for part, wrong in _compared(store, verified, named):
            count += 1
            size += part.size
            if wrong is not None:
                faults.append(Fault(where=f"{place} {part.key}@{part.version}", what=wrong))
        for found in store.versions(""):
            size_named = named.named(found.key, found.version)
            if size_named is None:
                unnamed.append(f"{found.key}@{found.version}")
            elif size_named != found.size and not _whole(store, found):
                what = "bytes that no manifest names are not those that were put"
                faults.append(Fault(where=f"{place} {found.key}@{found.version}", what=what))
    return Rehashed(parts=count, size=size, faults=tuple(faults), unnamed=tuple(unnamed))


def _compared(
    store: Readable, verified: VerifiedStore, parts: Iterable[VaultPart]
) -> Iterator[tuple[VaultPart, str | None]]:
    """Yield each part with what is wrong with it; some are read at once from far away."""
    if isinstance(store, Local):
        yield from ((part, _wrong(verified, part)) for part in parts)
        return
    waiting = iter(parts)
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        while some := list(islice(waiting, PARTS_AT_ONCE)):
            found = pool.map(partial(_wrong, verified), some)
            yield from zip(some, found, strict=True)


def _whole(store: Readable, found: Version) -> bool:
    """Whether an object with bytes that nobody names is what was put, where its version tells."""
    if not isinstance(store, Local):
        return True
    with store.open(found.key, found.version) as stream:
        content = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]  # a BinaryIO
    return content.hexdigest().startswith(found.version)


def is_true(store: Readable, key: str, version: str, digest: str) -> bool:
    """Whether an object is the content that names it; one that is gone by now is no fault."""
    try:
        with store.open(key, version) as stream:
            content = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]  # a BinaryIO
    except ObjectMissingError:
        return True  # removed since it was listed
    return content.hexdigest() == digest


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
