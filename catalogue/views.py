"""What people ask of the whole catalogue: where everything stands, listings, all about one content.

The latest run of each source decides: earlier ones are history. A listing that is not complete
yet does not count, so the run before it is shown until the new one is listed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import (
    artefacts,
    decisions,
    entries,
    expansions,
    inspections,
    promotions,
    recalls,
    tables,
    tallies,
)
from catalogue.decisions import StoredDecision
from catalogue.entries import EVERYTHING, EntryFilter, StoredEntry
from catalogue.inventories import InventoryState
from catalogue.promotions import Promotion
from catalogue.recalls import Recall
from catalogue.runs import RunState
from catalogue.statements import in_batches
from catalogue.times import from_microseconds, from_microseconds_or_none
from custody.artefact import Location
from custody.digest import Digest
from custody.lifecycle import Stage
from custody.outcome import Inspection
from custody.verdict import Verdict

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestInventory:
    """The newest complete inventory of a source, and the run that made it."""

    inventory_id: int
    run_id: str
    run_state: RunState
    started_at: datetime
    ended_at: datetime | None
    policy: Digest
    profile: Digest
    case: str
    source_id: str
    site: str
    host: str
    snapshot_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Some entries and their bytes together."""

    entries: int
    size: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(entries=self.entries + other.entries, size=self.size + other.size)


NOTHING = Tally(entries=0, size=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Where the entries of one service at one source stand."""

    inventory: LatestInventory
    service: str
    stages: Mapping[Stage, Tally]
    verdicts: Mapping[Verdict, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """An entry with its source and what its run's profile said of its content, if it did."""

    entry: StoredEntry
    inventory: LatestInventory
    inspection: Inspection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactView:
    """All that is known of one content; `inspections` by the profile that judged it.

    `standing` entries of the latest listings have it, and `entries` are as many as were asked for.
    """

    digest: Digest
    location: Location | None
    standing: int
    entries: tuple[StoredEntry, ...]
    inspections: Mapping[Digest, Inspection]
    decisions: tuple[StoredDecision, ...]
    promotion: Promotion | None
    recalls: tuple[Recall, ...]
    derived_from: frozenset[Digest]


def latest_inventories(connection: sa.Connection) -> list[LatestInventory]:
    """Return the newest complete inventory of every source, by case, site, host and source."""
    inventory, source, run = tables.inventories.c, tables.sources.c, tables.runs.c
    newest = (
        sa.select(sa.func.max(inventory.inventory_id).label("inventory_id"))
        .where(inventory.state == InventoryState.COMPLETE.value)
        .group_by(inventory.source_id)
        .subquery()
    )
    statement = (
        sa.select(
            *(inventory.inventory_id, run.run_id, run.state, run.started_at, run.ended_at),
            *(run.policy, run.profile, source.case_id, source.source_id, source.site, source.host),
            tables.snapshots.c.taken_at,
        )
        .select_from(newest)
        .join(tables.inventories, inventory.inventory_id == newest.c.inventory_id)
        .join(tables.sources, source.source_id == inventory.source_id)
        .join(tables.runs, run.run_id == inventory.run_id)
        .outerjoin(tables.snapshots, tables.snapshots.c.snapshot_id == inventory.snapshot_id)
        .order_by(source.case_id, source.site, source.host, source.source_id)
    )
    return [_latest(row) for row in connection.execute(statement)]


def digests_beginning(
    connection: sa.Connection, beginning: str, wanted: EntryFilter = EVERYTHING, most: int = 2
) -> list[Digest]:
    """Return some contents of the latest listings whose digest begins with hexadecimal digits."""
    columns = tables.entries.c
    latest = [i.inventory_id for i in latest_inventories(connection)]
    statement = (
        sa.select(columns.digest)
        .distinct()
        .where(
            columns.digest.between(beginning.ljust(64, "0"), beginning.ljust(64, "f")),
            columns.inventory_id.in_(latest),
            *entries.conditions(wanted),
        )
    )
    return [Digest(d) for d in connection.execute(statement.limit(most)).scalars()]


def status(connection: sa.Connection) -> list[ServiceStatus]:
    """Return where everything stands, by source and service."""
    return [
        service
        for inventory in latest_inventories(connection)
        for service in _services(connection, inventory)
    ]


def listing(
    connection: sa.Connection,
    inventories: Iterable[LatestInventory],
    wanted: EntryFilter = EVERYTHING,
) -> Iterator[ListedEntry]:
    """Stream entries in listing order, each with what its scanners said; memory stays bounded."""
    for inventory in inventories:
        found = entries.iterate(connection, [inventory.inventory_id], wanted=wanted)
        for page in in_batches(found, PAGE):
            digests = {entry.digest for entry in page if entry.digest is not None}
            said = inspections.known(connection, digests, inventory.profile)
            for entry in page:
                inspection = None if entry.digest is None else said.get(entry.digest)
                yield ListedEntry(entry=entry, inventory=inventory, inspection=inspection)


def show(connection: sa.Connection, digest: Digest, most: int | None = None) -> ArtefactView | None:
    """Return all that is known of a content, with some of its entries; None if never seen."""
    location = artefacts.locate(connection, digest)
    if location is None and not entries.by_digest(connection, digest, most=1):
        return None
    latest = [i.inventory_id for i in latest_inventories(connection)]
    return ArtefactView(
        digest=digest,
        location=location,
        standing=tallies.of_content(connection, digest, latest),
        entries=tuple(entries.by_digest(connection, digest, inventories=latest, most=most)),
        inspections=_all_inspections(connection, digest),
        decisions=tuple(decisions.on(connection, digest)),
        promotion=promotions.get(connection, digest),
        recalls=tuple(recalls.of_content(connection, digest)),
        derived_from=frozenset(expansions.derived_from(connection, digest)),
    )


def _services(connection: sa.Connection, inventory: LatestInventory) -> list[ServiceStatus]:
    columns = tables.entries.c
    by = (columns.stage, columns.service, columns.verdict)
    statement = (
        sa.select(*by, sa.func.count(), sa.func.sum(columns.size))
        .where(columns.inventory_id == inventory.inventory_id)
        .group_by(*by)
    )
    stages: dict[str, dict[Stage, Tally]] = {}
    verdicts: dict[str, dict[Verdict, Tally]] = {}
    for stage, service, verdict, count, size in connection.execute(statement):
        tally = Tally(entries=count, size=int(size))
        of_stage = stages.setdefault(service, {})
        of_stage[Stage(stage)] = of_stage.get(Stage(stage), NOTHING) + tally
        of_verdict = verdicts.setdefault(service, {})
        if verdict is not None:
            of_verdict[Verdict(verdict)] = of_verdict.get(Verdict(verdict), NOTHING) + tally
    return [
        ServiceStatus(
            inventory=inventory,
            service=service,
            stages=stages[service],
            verdicts=verdicts[service],
        )
        for service in sorted(stages)
    ]


def _all_inspections(connection: sa.Connection, digest: Digest) -> dict[Digest, Inspection]:
    columns = tables.inspections.c
    statement = sa.select(columns.profile).where(columns.digest == digest)
    profiles = connection.execute(
        statement.order_by(columns.inspected_at, columns.profile)
    ).scalars()
    return {
        profile: inspections.known(connection, [digest], profile)[digest]
        for profile in profiles.all()
    }


def _latest(row: sa.Row[Any]) -> LatestInventory:
    return LatestInventory(
        inventory_id=row.inventory_id,
        run_id=row.run_id,
        run_state=RunState(row.state),
        started_at=from_microseconds(row.started_at),
        ended_at=from_microseconds_or_none(row.ended_at),
        policy=row.policy,
        profile=row.profile,
        case=row.case_id,
        source_id=row.source_id,
        site=row.site,
        host=row.host,
        snapshot_time=from_microseconds_or_none(row.taken_at),
    )
