"""Which sources are snapshots of each other, and what of them may be handed back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import decisions, evidence, promotions, proposals
from catalogue.entries import StoredEntry
from catalogue.promotions import Promotion
from catalogue.versions import SnapshotInventory
from cleanzone.last_clean import Snapshot, Version, Volume
from custody.digest import Digest
from custody.entry import EntryKind
from custody.errors import UsageError
from custody.lifecycle import Stage

SPOKEN_AGAINST = "rejected, or called malicious elsewhere, since it was promoted"
PROPOSED = "a re-scan condemned it, and its recall waits for a person"
NOT_THERE = "it is not in the clean zone any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The snapshots of one volume of a host, each by the number of its inventory."""

    host: str
    name: str
    volume: Volume
    inventories: Mapping[int, SnapshotInventory]
    snapshots: Mapping[int, Snapshot]

    @property
    def newest_first(self) -> list[int]:
        """The inventories, the newest snapshot first."""
        return sorted(self.snapshots, key=lambda i: self.snapshots[i].rank, reverse=True)


def shelves_of(inventories: Iterable[SnapshotInventory], volume: Volume) -> tuple[Shelf, ...]:
    """Return the volumes of some snapshots, which take the times of `volume`.

    A source without a declared time is a volume of its own: nobody knows what it is newer than.

    Raises:
        UsageError: two images of one volume are of the same moment, so they are of two.
    """
    grouped: dict[tuple[str, str], list[SnapshotInventory]] = {}
    for each in inventories:
        name = each.volume if each.taken_at else each.volume or each.source_id
        alone = "" if each.taken_at else each.source_id
        grouped.setdefault((each.host, f"{name}\0{alone}"), []).append(each)
    return tuple(_shelf(own, volume) for _, own in sorted(grouped.items()))


def _shelf(own: Sequence[SnapshotInventory], times: Volume) -> Shelf:
    _check_moments(own)
    snapshots = {
        each.inventory_id: Snapshot(
            source_id=each.source_id,
            taken_at=each.taken_at or each.started_at,
            number=each.inventory_id,
            decryptor=each.decryptor,
        )
        for each in own
    }
    first = own[0]
    return Shelf(
        host=first.host,
        name=first.volume or ("" if first.taken_at else first.source_id),
        volume=Volume(
            snapshots=tuple(snapshots.values()), until=times.until, intrusion=times.intrusion
        ),
        inventories={each.inventory_id: each for each in own},
        snapshots=snapshots,
    )


def _check_moments(own: Sequence[SnapshotInventory]) -> None:
    moments: dict[object, str] = {}
    for each in own:
        if each.taken_at is None or each.decryptor:
            continue
        other = moments.setdefault(each.taken_at, each.source_id)
        if other != each.source_id:
            raise UsageError(
                f"sources {other} and {each.source_id} of host {each.host} are of one moment",
                next_step="register them with --volume NAME, each as the volume that it is",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What may be handed back of some entries, and why the rest of the promoted may not."""

    promoted: Mapping[Digest, Promotion]
    rejected: frozenset[Digest]
    proposed: frozenset[Digest]
    condemned: Mapping[int, frozenset[Digest]]

    def version(self, entry: StoredEntry, snapshot: Snapshot) -> Version:
        """Return an entry as a version of its path."""
        enters, against = self._enters(entry)
        return Version(
            snapshot=snapshot,
            entry_id=entry.entry_id,
            stage=entry.stage,
            verdict=entry.verdict,
            digest=entry.digest,
            enters=enters,
            mtime_ns=entry.mtime_ns,
            against=against,
            contentless=entry.kind not in {EntryKind.FILE, EntryKind.UNREADABLE_DIRECTORY},
        )

    def _enters(self, entry: StoredEntry) -> tuple[Digest | None, str]:
        if entry.stage not in {Stage.PROMOTED, Stage.SUPERSEDED}:
            return None, entry.reason or ""
        digest = entry.superseded_by or entry.digest
        against = self.rejected | self.condemned[entry.inventory_id]
        if digest in against or entry.digest in against:
            return None, SPOKEN_AGAINST
        if digest in self.proposed:
            return None, PROPOSED
        return (digest, "") if digest in self.promoted else (None, NOT_THERE)


def standing_of(
    connection: sa.Connection, entries: Sequence[StoredEntry], every: Sequence[int]
) -> Standing:
    """Return what stands in the clean zone of some entries, and what was said against it since.

    `every` are the inventories whose verdicts count: what a later one calls malicious does not
    come back from an earlier one.
    """
    digests = set(_digests(entries))
    by_inventory: dict[int, list[StoredEntry]] = {}
    for entry in entries:
        by_inventory.setdefault(entry.inventory_id, []).append(entry)
    return Standing(
        promoted=promotions.known(connection, digests),
        rejected=decisions.rejected(connection, digests),
        proposed=proposals.among(connection, digests),
        condemned={
            inventory_id: evidence.condemned(
                connection, set(_digests(own)), [i for i in every if i > inventory_id]
            )
            for inventory_id, own in by_inventory.items()
        },
    )


def _digests(entries: Iterable[StoredEntry]) -> Iterator[Digest]:
    for entry in entries:
        if entry.stage in {Stage.PROMOTED, Stage.SUPERSEDED}:
            yield from (d for d in (entry.digest, entry.superseded_by) if d is not None)
