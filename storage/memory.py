"""A store in memory with the version semantics of S3, for tests and dry runs."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from custody.errors import ObjectDamagedError, ObjectMissingError
from storage.faults import store_faults
from storage.interface import Spooled, Version, check_key


@dataclass(frozen=True, slots=True)
class _Held:
    version: Version
    content: bytes


class MemoryStore:
    """Keeps everything until the process ends; every put is a new version, as in S3."""

    def __init__(self) -> None:
        self._held: dict[str, list[_Held]] = {}
        self._puts = 0

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version."""
        held = self._find(check_key(key), version)
        end = None if length is None else offset + length
        return io.BytesIO(held.content[offset:end])

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions by key, the oldest first."""
        for key in sorted(key for key in self._held if key.startswith(prefix)):
            yield from [held.version for held in self._held[key]]

    def put(self, key: str, spooled: Spooled) -> Version:
        """Keep one object."""
        content = spooled.content
        if not isinstance(content, bytes):
            with store_faults("read the spool"):
                content = content.read_bytes()
        if len(content) != spooled.size:
            raise ObjectDamagedError(
                f"the spooled bytes of {spooled.digest} are not whole", next_step="spool them again"
            )
        self._puts += 1
        version = Version(key=check_key(key), version=f"{self._puts:012d}", size=len(content))
        self._held.setdefault(key, []).append(_Held(version, content))
        return version

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Keep many objects."""
        return [self.put(key, spooled) for key, spooled in objects]

    def delete(self, key: str, version: str) -> None:
        """Forget one version."""
        left = [held for held in self._held.get(key, []) if held.version.version != version]
        if left:
            self._held[key] = left
        else:
            self._held.pop(key, None)

    def _find(self, key: str, version: str | None) -> _Held:
        for held in reversed(self._held.get(key, [])):
            if version in {None, held.version.version}:
                return held
        raise ObjectMissingError(f"no object {key}", next_step="check that this is the right store")
