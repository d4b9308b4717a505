"""What a delivery holds: the promoted files of the latest runs that nothing speaks against now."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import (
    artefacts,
    decisions,
    evidence,
    inspections,
    promotions,
    proposals,
    runs,
    shards,
    sources,
    views,
)
from catalogue.entries import StoredEntry
from catalogue.promotions import Promotion
from catalogue.runs import RunState
from catalogue.shards import Step
from catalogue.views import LatestInventory
from custody.box import Json
from custody.digest import Digest
from custody.lifecycle import Stage
from custody.names import to_base64
from custody.source import Source
from pipeline.disarm_report import copies_lines
from pipeline.steps.shard_view import NamedEntry, decision_on, shard_view
from pipeline.wiring import Runtime
from sanitizers.disarming.names import name_of_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose files are delivered; an empty filter asks for all."""

    case: str = ""
    host: str = ""
    service: str = ""

    def covers(self, inventory: LatestInventory) -> bool:
        """Whether a source's files are asked for."""
        return self.case in {"", inventory.case} and self.host in {"", inventory.host}

    def may_cover(self, source: Source) -> bool:
        """Whether a source may hold files that are asked for."""
        services = {"", source.service, *(glob.service for glob in source.service_globs)}
        asked = self.case in {"", source.case} and self.host in {"", source.host}
        return asked and self.service in services


@dataclass(slots=True)
class Contents:
    """What was asked for, and the sums of what is delivered of it as its lines are gathered."""

    wanted: Wanted
    files: int = 0
    size: int = 0
    unnamed: int = 0
    withheld: int = 0
    proposed: int = 0
    digests: set[Digest] = field(default_factory=set)

    def covers(self, entry: StoredEntry) -> bool:
        """Whether an entry, or what supersedes it, is promoted, and asked for."""
        stands = entry.stage is Stage.PROMOTED or entry.superseded_by is not None
        return stands and self.wanted.service in {"", entry.service}


def unfinished_sources(runtime: Runtime, wanted: Wanted) -> list[str]:
    """Return the sources that are asked for and whose latest run has not ended well."""
    with runtime.catalogue.read() as connection:
        asked = [s.source_id for s in sources.all_sources(connection) if wanted.may_cover(s)]
        latest = {source_id: runs.latest(connection, source_id) for source_id in asked}
    return [name for name, run in latest.items() if run and run.state is not RunState.DONE]


def manifest_lines(runtime: Runtime, contents: Contents) -> Iterator[bytes]:
    """Yield a line for each file that is delivered, and add it to the sums."""
    with runtime.catalogue.read() as connection:
        latest = list(views.latest_inventories(connection))
        ids = [inventory.inventory_id for inventory in latest]
        for inventory in latest:
            if contents.wanted.covers(inventory):
                later = [i for i in ids if i > inventory.inventory_id]
                yield from _shard_lines(runtime, connection, inventory, contents, later)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What a delivery needs to know of one entry: where it is from and what let it in.

    Of a disarmed copy it tells what the original was and what is gone; one of another type is
    called otherwise.
    """

    inventory: LatestInventory
    promotion: Promotion
    decision: Digest
    size: int
    disarmed: Mapping[str, Json] | None
    path: bytes


def _shard_lines(
    runtime: Runtime,
    connection: sa.Connection,
    inventory: LatestInventory,
    contents: Contents,
    later: Sequence[int],
) -> Iterator[bytes]:
    for shard_id in shards.of_inventory(connection, inventory.inventory_id, Step.INSPECT):
        view = shard_view(connection, runtime.names, shard_id)
        found = [n for n in view.named if contents.covers(n.entry)]
        contents.unnamed += sum(1 for entry in view.erased if contents.covers(entry))
        digests = {d for n in found for d in (n.entry.digest, delivered(n.entry)) if d is not None}
        against = _spoken_against(connection, digests, later)
        waiting = proposals.among(connection, digests)
        standing = promotions.known(connection, digests - against - waiting)
        located = artefacts.known(connection, standing)
        originals = {n.entry.digest for n in found if n.entry.digest and n.entry.superseded_by}
        copies = copies_lines(connection, originals, inventory.profile)
        types = _types(connection, copies, inventory.profile)
        decision = decision_on(connection, shard_id).root if standing else None
        for named in found:
            digest = delivered(named.entry)
            stands = digest in standing and named.entry.digest not in against
            if digest is None or decision is None or not stands:
                proposed = digest in waiting
                contents.proposed += proposed
                contents.withheld += not proposed
                continue
            about = _Standing(
                inventory=inventory,
                promotion=standing[digest],
                decision=decision,
                size=located[digest].size,
                disarmed=copies.get((named.entry.digest or digest, digest)),
                path=_path(named, digest, types),
            )
            contents.files += 1
            contents.size += about.size
            contents.digests.add(digest)
            yield json.dumps(_line(named, about), sort_keys=True).encode() + b"\n"


def _types(
    connection: sa.Connection, copies: Iterable[tuple[Digest, Digest]], profile: Digest
) -> dict[Digest, str]:
    """Return the media types of originals and of their copies."""
    asked = {digest for pair in copies for digest in pair}
    return {d: i.media_type for d, i in inspections.known(connection, asked, profile).items()}


def _path(named: NamedEntry, digest: Digest, types: Mapping[Digest, str]) -> bytes:
    path, original = named.name.path, named.entry.digest
    if original is None or original not in types or digest not in types:
        return path
    return name_of_copy(path, types[original], types[digest])


def delivered(entry: StoredEntry) -> Digest | None:
    """Return the content that is delivered for an entry: its own, or what supersedes it."""
    return entry.superseded_by or entry.digest


def _spoken_against(
    connection: sa.Connection, digests: AbstractSet[Digest], later: Sequence[int]
) -> frozenset[Digest]:
    """Return what was rejected or condemned since, though entries stand as they did.

    What stands for an extract goes with it.
    """
    rejected = decisions.rejected(connection, digests)
    return rejected | evidence.condemned(connection, digests, later)


def _line(named: NamedEntry, about: _Standing) -> dict[str, Json]:
    entry, inventory = named.entry, about.inventory
    return {
        "host": inventory.host,
        "source": inventory.source_id,
        "service": entry.service,
        "path_b64": to_base64(about.path),
        "digest": delivered(entry),
        "size": about.size,
        "mtime_ns": entry.mtime_ns,
        "mode": entry.mode,
        "decision": about.decision,
        "key": about.promotion.key,
        "version": about.promotion.version,
        **({"disarmed": _disarmed(named, about.disarmed)} if about.disarmed else {}),
    }


def _disarmed(named: NamedEntry, told: Mapping[str, Json]) -> dict[str, Json]:
    """Return what is told of a copy, with the name that the original had."""
    return {**told, "original_path_b64": to_base64(named.name.path)}
