"""The names of entries as a replay of the ledger needs them: as they stand after all erasures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from audit.event import EventType
from catalogue.erasure import erased_code
from catalogue.names import SealedObject
from custody import naming
from custody.box import Json
from custody.errors import ObjectMissingError
from custody.names import parent
from pipeline.keys import KeyRing
from pipeline.names import Name, NamesBook, sealed_of

Codes = tuple[bytes, bytes]
Left = TypeVar("Left")
LOOKED = frozenset({EventType.SHARD_INSPECTED.value, EventType.SHARD_RESCANNED.value})


@dataclass(slots=True)
class ReplayNames:
    """Gives entries their codes again. `erased` leads from objects to what replaced them."""

    book: NamesBook
    keys: KeyRing
    erased: dict[str, SealedObject | None] = field(default_factory=dict)
    missing: int = 0

    def learn(self, events: Iterable[Mapping[str, Json]]) -> None:
        """Remember every erasure, because an object that is gone cannot be asked.

        A whole host is erased by its key: that takes what the ledger has named under it so far.
        """
        of_key: dict[str, list[str]] = {}
        for event in events:
            body = event["body"]
            if event["type"] in LOOKED:
                parts = (body["paths"], body["details"], body.get("subjects"))
                for part in filter(None, parts):
                    of_key.setdefault(part["key_id"], []).append(part["key"])
            elif event["type"] == EventType.NAMES_ERASED.value:
                self.erased.update(dict.fromkeys(of_key.pop(body.get("key_id"), ())))
                for change in body.get("objects", ()):
                    new = sealed_of(change["new"])
                    of_key.setdefault(new.key_id, []).append(new.key)
                    self.erased[change["old"]] = new

    def read(self, sealed: SealedObject) -> Mapping[int, Name]:
        """Return the names that are left in an object."""
        left = self._left(sealed, self.book.read_names)
        return {} if left is None else left

    def read_subjects(self, sealed: SealedObject) -> list[str]:
        """Return what is left of whom the records of a shard are about."""
        return self._left(sealed, self.book.read_subjects) or []

    def _left(self, sealed: SealedObject, read: Callable[[SealedObject], Left]) -> Left | None:
        current: SealedObject | None = sealed
        while current is not None and current.key in self.erased:
            current = self.erased[current.key]
        if current is None:
            return None
        try:
            return read(current)
        except ObjectMissingError:
            self.missing += 1
            return None

    def codes(
        self, key_id: str, names: Mapping[int, Name], ordinals: Iterable[int]
    ) -> dict[int, Codes]:
        """Return the codes of names and their directories; random ones for what was erased."""
        found: dict[int, Codes] = {}
        for n in ordinals:
            if n not in names:
                found[n] = (erased_code(), erased_code())
                continue
            coding, path = self.keys.by_id(key_id).coding, names[n].path
            found[n] = (
                naming.name_key(coding, path),
                naming.directory_key(coding, parent(path)),
            )
        return found
