"""Recall: artefacts leave the clean zone, and a signed list says which ones and who had them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from custody.digest import Digest
from storage.interface import ObjectStore

TITLE = "autoclave recall list v1"


def remove(store: ObjectStore, keys: Iterable[str]) -> int:
    """Remove every version of some keys durably, and return how many there were.

    A promotion that was cut short may have left a version that no row names: it goes as well.

    Raises:
        StoreError: some may still be there; remove all of them again.
    """
    removed = 0
    for key in keys:
        for version in list(store.versions(key)):
            if version.key == key:
                store.delete(key, version.version)
                removed += 1
    return removed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallList:
    """What a recall withdrew, which deliveries had handed it out, and which sets held it."""

    recall_id: str
    cause: str
    at: str
    digests: Sequence[Digest]
    deliveries: Mapping[str, Sequence[Digest]]
    sets: Mapping[str, Sequence[Digest]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Where the signed list lies in the audit store."""
        return f"recalls/{self.recall_id}.note"

    @property
    def text(self) -> str:
        """The lines that are signed: one fact a line, none of them empty."""
        lines = [TITLE, f"recall: {self.recall_id}", f"cause: {self.cause}", f"at: {self.at}"]
        lines += [f"artefact: {digest}" for digest in self.digests]
        for delivery_id, digests in self.deliveries.items():
            lines += [f"delivery: {delivery_id} {digest}" for digest in digests]
        for set_id, digests in self.sets.items():
            lines += [f"set: {set_id} {digest}" for digest in digests]
        return "".join(f"{line}\n" for line in lines)
