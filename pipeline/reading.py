"""Opens the encrypted names and details as they are asked for, and keeps the last ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import names
from catalogue.entries import StoredEntry
from catalogue.names import NamesKind
from custody.box import Json
from custody.errors import ObjectMissingError
from pipeline.names import Name
from pipeline.steps.shard_view import sealed_names
from pipeline.wiring import Runtime


@dataclass(slots=True)
class NameReader:
    """Opens names objects as they are needed and keeps the last ones."""

    runtime: Runtime
    most: int = 8
    _names: dict[int, Mapping[int, Name]] = field(default_factory=dict)
    _details: dict[int, list[str]] = field(default_factory=dict)

    def name(self, connection: sa.Connection, entry: StoredEntry) -> Name | None:
        """Return an entry's name; None when it was erased."""
        if entry.shard_id not in self._names:
            _make_room(self._names, self.most)
            self._names[entry.shard_id] = self._read_names(connection, entry.shard_id)
        return self._names[entry.shard_id].get(entry.ordinal)

    def detail(self, connection: sa.Connection, shard_id: int, line: int) -> str:
        """Return the detail of a finding; empty when it was erased."""
        if shard_id not in self._details:
            _make_room(self._details, self.most)
            self._details[shard_id] = self._read_details(connection, shard_id)
        lines = self._details[shard_id]
        return lines[line] if line < len(lines) else ""

    def _read_names(self, connection: sa.Connection, shard_id: int) -> Mapping[int, Name]:
        try:
            return self.runtime.names.read_names(sealed_names(connection, shard_id))
        except ObjectMissingError:
            return {}

    def _read_details(self, connection: sa.Connection, shard_id: int) -> list[str]:
        stored = names.get(connection, shard_id, NamesKind.DETAILS)
        if stored is None:
            return []
        try:
            return self.runtime.names.read_details(stored.sealed)
        except ObjectMissingError:
            return []


def _make_room(kept: dict[int, Json], most: int) -> None:
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
