"""What the published ledger tells: events, and the lines of the manifests that they name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from audit import manifest
from audit.anchors import anchors_folder
from audit.event import EventType
from audit.evidence import TILE_WIDTH, Key, open_bundle, tile_path
from audit.note import open_checkpoint
from audit.tiles import ENTRIES, checkpoint_key, folder_of, newest_key
from audit.verify import is_newest_checkpoint
from custody.box import Json
from custody.digest import Digest
from custody.errors import LedgerError
from storage.interface import Readable, is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultPart:
    """Where the bytes of a taken artefact lie in the vault, as the ledger has it."""

    digest: Digest
    key: str
    version: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """An artefact in the clean zone, as the ledger has it."""

    digest: Digest
    key: str
    version: str
    size: int


class StoreFiles:
    """The newest version of everything in an audit store, under the names that exports use.

    What the next publication replaces (newest checkpoints, unfinished tiles) is read at once, so
    that only the making of this object has to keep sequencers waiting.
    """

    def __init__(self, store: Readable) -> None:
        self._store = store
        self._versions: dict[str, str] = {}
        for prefix in ("log/", manifest.FOLDER, "sets/"):
            for version in filter(lambda v: is_key(v.key), store.versions(prefix)):
                self._versions[version.key] = version.version
        passing = [n for n in self._versions if ".p/" in n or is_newest_checkpoint(n)]
        self._passing = {name: self._stored(name) for name in passing}

    def names(self) -> list[str]:
        """List every key."""
        return list(self._versions)

    def read(self, name: str) -> bytes:
        """Return the content of a key; KeyError when there is none."""
        passing = self._passing.get(name)
        return self._stored(name) if passing is None else passing

    def _stored(self, name: str) -> bytes:
        with self._store.open(name, self._versions[name]) as stream:
            return stream.read()


class History:
    """Reads the logs of an audit store; `audit.verification` is what checks their bytes."""

    def __init__(self, store: Readable, key: Key) -> None:
        self._files = StoreFiles(store)
        self._key = key

    @property
    def files(self) -> StoreFiles:
        """The objects as named bytes."""
        return self._files

    def origins(self) -> list[str]:
        """Return the names of the published logs, sorted by name."""
        names = filter(is_newest_checkpoint, self._files.names())
        return sorted(name.removeprefix("log/").removesuffix("/checkpoint") for name in names)

    def size(self, origin: str) -> int:
        """Return the published size of a log.

        Raises:
            SignatureError: its newest checkpoint was not signed by the key.
        """
        return open_checkpoint(self._files.read(newest_key(origin)), self._key).size

    def checkpoints(self, origin: str) -> list[str]:
        """Return the keys of the published checkpoints of a log, by size."""
        last = checkpoint_key(origin, self.size(origin))
        folder = folder_of(origin) + "checkpoints/"
        return sorted(n for n in self._files.names() if n.startswith(folder) and n <= last)

    def anchors(self, origin: str) -> list[str]:
        """Return the keys of the anchors of a log, by size."""
        folder = anchors_folder(origin)
        return sorted(name for name in self._files.names() if name.startswith(folder))

    def entries(self, origin: str) -> Iterator[bytes]:
        """Yield the exact bytes of the published entries of a log.

        Raises:
            LedgerError: a bundle is missing or cut.
        """
        size = self.size(origin)
        for start in range(0, size, TILE_WIDTH):
            width = min(TILE_WIDTH, size - start)
            name = folder_of(origin) + tile_path(ENTRIES, start // TILE_WIDTH, width)
            try:
                found = open_bundle(self._files.read(name))
            except (KeyError, ValueError) as error:
                raise _unreadable(name) from error
            if len(found) != width:
                raise _unreadable(name)
            yield from found

    def events(self) -> Iterator[dict[str, Json]]:
        """Yield the events of all logs, those of one log in order."""
        for origin in self.origins():
            for entry in self.entries(origin):
                yield json.loads(entry)["event"]

    def lines(self, *kinds: EventType) -> Iterator[dict[str, Json]]:
        """Yield the lines of every manifest that events of these kinds name.

        Raises:
            LedgerError: a manifest is missing or damaged.
        """
        values = {kind.value for kind in kinds}
        for event in self.events():
            root = event["subject"].get("manifest")
            if event["type"] not in values or root is None:
                continue
            key = manifest.key_of(root)
            try:
                content = self._files.read(key)
            except KeyError as error:
                raise _unreadable(key) from error
            yield from manifest.decode(manifest.read(content, root))

    def promoted(self) -> Iterator[Promoted]:
        """Yield what the ledger says was promoted; an artefact comes once for each promotion."""
        for line in self.lines(EventType.PROMOTION_DONE):
            yield Promoted(
                digest=Digest(line["digest"]),
                key=line["key"],
                version=line["version"],
                size=line["size"],
            )

    def vault_parts(self) -> Iterator[VaultPart]:
        """Yield where the ledger says that artefacts lie in the vault, once for each entry."""
        for line in self.lines(EventType.SHARD_INSPECTED):
            place = line["vault"]
            if place is not None and line["digest"] is not None:
                yield VaultPart(
                    digest=Digest(line["digest"]),
                    key=place["key"],
                    version=place["version"],
                    offset=place["offset"],
                    size=line["size"],
                )


def _unreadable(name: str) -> LedgerError:
    return LedgerError(
        f"{name} is missing or damaged in the audit store",
        next_step="run `autoclave audit verify` and restore the audit store from its copy",
    )
