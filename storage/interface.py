"""What an object store is: versions of named bytes, shaped after S3 so any store can be one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from custody.digest import Digest

# S3 allows keys of 1,024 bytes; a part must leave room for a version in a file name of 255.
MOST_KEY = 1024
MOST_PART = 200
_PART = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """Finished bytes, in memory or in a spool file: all that a store must know before an upload."""

    digest: Digest
    size: int
    content: bytes | Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one key."""

    key: str
    version: str
    size: int


class Readable(Protocol):
    """Reads objects. What comes back is not verified: see `storage.verified`."""

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of a version (the newest when none is named); past its end there is nothing.

        Raises:
            ObjectMissingError: there is no such key or version.
            StoreError: the store cannot be read.
        """
        ...

    def versions(self, prefix: str) -> Iterator[Version]:
        """List all versions of keys that start with `prefix`, by key, the oldest first for each."""
        ...


class Writable(Protocol):
    """Stores objects; what it has returned survives a power cut."""

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object durably. A put that fails leaves nothing that can be read."""
        ...

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects with as few syncs as the store can; all are durable on return.

        Raises:
            StoreError: some may be stored, and each of them is whole; put all of them again.
        """
        ...


@runtime_checkable
class Removable(Protocol):
    """Removes single versions."""

    def delete(self, key: str, version: str) -> None:
        """Remove one version durably; removing what is not there does nothing, as in S3."""
        ...


class Appendable(Readable, Writable, Protocol):
    """A store that only grows: under a lock, or in the hands of who may not remove anything."""


class ObjectStore(Appendable, Removable, Protocol):
    """A store that can do everything; most callers ask for less."""


@runtime_checkable
class Local(Protocol):
    """A store whose objects are files of this machine."""

    def local_path(self, key: str, version: str) -> Path:
        """Return where a version lies, so that it can be given to the sandbox without a copy."""
        ...


@lru_cache(maxsize=1024)
def _is_part(part: str) -> bool:
    return len(part) <= MOST_PART and part not in {".", ".."} and _PART.fullmatch(part) is not None


def is_key(untrusted_key: str) -> bool:
    """Whether a key may be one of ours; who holds a writer's keys can put others beside them."""
    parts = untrusted_key.split("/")
    return len(untrusted_key) <= MOST_KEY and all(_is_part(part) for part in parts)


def check_key(key: str) -> str:
    """Return a key that is safe as an S3 key and as a path below a folder.

    Raises:
        ValueError: a part is empty, "." or "..", too long, or needs escaping somewhere.
    """
    if not is_key(key):
        raise ValueError(
            "a key is made of '/'-separated parts of letters, digits, '.', '_' and '-'"
        )
    return key
