"""Names and finding details at rest: one encrypted object per shard, outside any lock, erasable.

Paths come as one line an entry (ordinal, path, salt of its commitment), details as one text a line.
The plaintext is compressed first; what is sealed is bound to its key in the store, so that two
shards' objects cannot be swapped.
"""

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalogue.names import SealedObject
from custody.digest import Digest, digest_of
from custody.names import from_base64, to_base64
from custody.naming import SALT_BYTES
from pipeline.keys import KeyRing, NamingKeys
from storage.interface import ObjectStore, Spooled
from storage.sealed import seal, unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The path of an entry and the salt that its commitment was made with."""

    path: bytes
    salt: bytes


class _Names(Mapping[int, Name]):
    """Names by ordinal, parsed as they are asked for: a shard has thousands, a page shows few."""

    def __init__(self, lines: Mapping[int, str]) -> None:
        self._lines = lines

    def __getitem__(self, ordinal: int) -> Name:
        _, path, salt = json.loads(self._lines[ordinal])
        return Name(path=from_base64(path), salt=from_base64(salt))

    def __contains__(self, ordinal: object) -> bool:
        return ordinal in self._lines

    def __iter__(self) -> Iterator[int]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


class NamesBook:
    """Writes and reads the encrypted objects of a home."""

    def __init__(self, store: ObjectStore, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys

    @property
    def store(self) -> ObjectStore:
        """The encrypted objects."""
        return self._store

    def write_names(self, key: str, keys: NamingKeys, names: Mapping[int, Name]) -> SealedObject:
        """Store the names of a shard's entries by ordinal."""
        lines = (
            json.dumps([n, to_base64(name.path), to_base64(name.salt)])
            for n, name in sorted(names.items())
        )
        return self._write(key, keys, lines)

    def read_names(self, sealed: SealedObject) -> Mapping[int, Name]:
        """Return the names of a shard's entries by ordinal; erased ones are missing."""
        return _Names({_ordinal(line): line for line in self._read(sealed)})

    def write_details(self, key: str, keys: NamingKeys, details: Sequence[str]) -> SealedObject:
        """Store the finding details of a shard in their order."""
        return self._write(key, keys, map(json.dumps, details))

    def read_details(self, sealed: SealedObject) -> list[str]:
        """Return the finding details of a shard in their order."""
        return [json.loads(line) for line in self._read(sealed)]

    def write_subjects(self, key: str, keys: NamingKeys, lines: Iterable[str]) -> SealedObject:
        """Store whom the records of a shard are about: a line an extract or an identifier."""
        return self._write(key, keys, lines)

    def read_subjects(self, sealed: SealedObject) -> list[str]:
        """Return whom the records of a shard are about; an erased line is empty."""
        return self._read(sealed)

    def remove(self, key: str) -> None:
        """Remove every version of an encrypted object: the names in it are gone."""
        for version in list(self._store.versions(key)):
            if version.key == key:
                self._store.delete(version.key, version.version)

    def _write(self, key: str, keys: NamingKeys, lines: Iterable[str]) -> SealedObject:
        plain = zlib.compress("\n".join(lines).encode(), level=1)
        content = seal(keys.sealing, plain, key.encode())
        digest = digest_of(content)
        version = self._store.put(key, Spooled(digest=digest, size=len(content), content=content))
        return SealedObject(key=key, version=version.version, digest=digest, key_id=keys.key_id)

    def _read(self, sealed: SealedObject) -> list[str]:
        with self._store.open(sealed.key, sealed.version) as file:
            content = file.read()
        keys = self._keys.by_id(sealed.key_id)
        plain = zlib.decompress(unseal(keys.sealing, content, sealed.key.encode()))
        return plain.decode().split("\n") if plain else []


def _ordinal(line: str) -> int:
    """Return the number before the first comma: what `write_names` puts there."""
    return int(line[1 : line.index(",")])


def sealed_json(sealed: SealedObject) -> dict[str, str]:
    """Return an encrypted object as events name it."""
    return {
        "key": sealed.key,
        "version": sealed.version,
        "digest": sealed.digest,
        "key_id": sealed.key_id,
    }


def sealed_of(part: Mapping[str, str]) -> SealedObject:
    """Return the encrypted object that an event names: the other half of `sealed_json`."""
    return SealedObject(
        key=part["key"],
        version=part["version"],
        digest=Digest(part["digest"]),
        key_id=part["key_id"],
    )


def fresh_salts(count: int) -> list[bytes]:
    """Return new random salts for commitments."""
    pool = os.urandom(SALT_BYTES * count)
    return [pool[i : i + SALT_BYTES] for i in range(0, len(pool), SALT_BYTES)]
