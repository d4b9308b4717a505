"""Where everything stands, for people and tools: entries, services, one content."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import entries as entry_rows
from catalogue import inspections, name_findings, names, views
from catalogue.entries import EVERYTHING, EntryFilter, StoredEntry
from catalogue.names import NamesKind
from catalogue.views import LatestInventory, ListedEntry
from custody import naming
from custody.box import Json
from custody.digest import Digest
from custody.errors import ObjectMissingError
from custody.finding import Finding
from custody.names import escape, parent, to_base64
from custody.outcome import Inspection, NotScanned
from pipeline.names import Name
from pipeline.steps.shard_view import sealed_names
from pipeline.wiring import Runtime

PAGE = 500
ERASED = "(erased)"


@dataclass(slots=True)
class NameReader:
    """Opens names objects as they are needed and keeps the last ones."""

    runtime: Runtime
    most: int = 8
    _names: dict[int, dict[int, Name]] = field(default_factory=dict)
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

    def _read_names(self, connection: sa.Connection, shard_id: int) -> dict[int, Name]:
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


def entries(
    runtime: Runtime,
    wanted: EntryFilter = EVERYTHING,
    *,
    sources: frozenset[str] = frozenset(),
) -> Iterator[dict[str, Json]]:
    """Yield the entries of the latest run of each source, as `list --json` prints them."""
    reader = NameReader(runtime)
    with runtime.catalogue.read() as connection:
        latest = [
            i for i in views.latest_inventories(connection) if not sources or i.source_id in sources
        ]
        for page in _pages(views.listing(connection, latest, wanted)):
            yield from _page(connection, reader, page)


def find(runtime: Runtime, path: bytes) -> list[dict[str, Json]]:
    """Return the entries of the latest runs that have exactly this path, by its code per host."""
    reader = NameReader(runtime)
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        hosts = {(i.case, i.host) for i in latest.values()}
        found: list[StoredEntry] = []
        for case, host in sorted(hosts):
            coding = runtime.keys.naming(case, host).coding
            key = naming.name_key(coding, path)
            directory = naming.directory_key(coding, parent(path))
            found += entry_rows.by_name_key(connection, key, directory_key=directory)
        return list(_page(connection, reader, _listed(connection, found, latest)))


def _listed(
    connection: sa.Connection,
    found: Iterable[StoredEntry],
    latest: Mapping[int, LatestInventory],
) -> list[ListedEntry]:
    """Return those entries that belong to a latest run, with what its profile said of them."""
    listed = []
    for entry in found:
        if entry.inventory_id in latest:
            inventory = latest[entry.inventory_id]
            digests = [entry.digest] if entry.digest else []
            said = inspections.known(connection, digests, inventory.profile)
            inspection = said.get(entry.digest) if entry.digest else None
            listed.append(ListedEntry(entry=entry, inventory=inventory, inspection=inspection))
    return listed


def _pages(listed: Iterable[ListedEntry]) -> Iterator[list[ListedEntry]]:
    page: list[ListedEntry] = []
    for item in listed:
        page.append(item)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _page(
    connection: sa.Connection, reader: NameReader, page: Sequence[ListedEntry]
) -> Iterator[dict[str, Json]]:
    about_names: dict[tuple[bytes, Digest], tuple[Finding, ...]] = {}
    for profile in {item.inventory.profile for item in page}:
        keys = [(i.entry.name_key, i.entry.digest) for i in page if i.entry.digest is not None]
        about_names.update(name_findings.known(connection, keys, profile))
    for item in page:
        entry = item.entry
        own = about_names.get((entry.name_key, entry.digest), ()) if entry.digest else ()
        details = _details(connection, reader, item, own)
        yield entry_json(item, reader.name(connection, entry), own, details)


def _details(
    connection: sa.Connection,
    reader: NameReader,
    item: ListedEntry,
    own: tuple[Finding, ...],
) -> dict[Finding, str]:
    """Return the details of an entry's findings; most entries have none, and cost no query."""
    found = [*_findings(item.inspection), *own]
    if not found or item.entry.digest is None:
        return {}
    positions = inspections.details_of(connection, item.entry.digest, item.inventory.profile)
    return {p.finding: reader.detail(connection, p.shard_id, p.line) for p in positions}


def entry_json(
    item: ListedEntry,
    name: Name | None,
    about_name: tuple[Finding, ...],
    details: Mapping[Finding, str],
) -> dict[str, Json]:
    """Return one entry with the keys that tools rely on."""
    entry, inventory = item.entry, item.inventory
    found = [*_findings(item.inspection), *about_name]
    return {
        "digest": entry.digest,
        "size": entry.size,
        "site": inventory.site,
        "host": inventory.host,
        "service": entry.service,
        "snapshot": inventory.snapshot_time.isoformat() if inventory.snapshot_time else None,
        "path": escape(name.path) if name else ERASED,
        "path_b64": to_base64(name.path) if name else None,
        "stage": entry.stage.value,
        "verdict": entry.verdict.value if entry.verdict else None,
        "reason": entry.reason,
        "media_type": item.inspection.media_type if item.inspection else None,
        "findings": [finding_json(f, details.get(f, "")) for f in found],
        "not_scanned": not_scanned_json(item.inspection),
        "derived_from": None,
        "superseded_by": None,
    }


def finding_json(finding: Finding, detail: str) -> dict[str, str]:
    """Return one finding; its detail comes from a hostile disk, so it is escaped."""
    return {
        "scanner": finding.scanner,
        "rule": finding.rule,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "where": finding.where,
        "detail": escape(detail.encode("utf-8", "surrogatepass")),
    }


def not_scanned_json(inspection: Inspection | None) -> list[dict[str, str]]:
    """Return which scanners could not judge, and why."""
    outcomes = inspection.outcomes if inspection else ()
    return [
        {"scanner": o.scanner, "reason": o.reason} for o in outcomes if isinstance(o, NotScanned)
    ]


def status(runtime: Runtime) -> list[dict[str, Json]]:
    """Return where the entries of each service at each source stand."""
    with runtime.catalogue.read() as connection:
        return [_service_json(service) for service in views.status(connection)]


def _service_json(service: views.ServiceStatus) -> dict[str, Json]:
    inventory: LatestInventory = service.inventory
    return {
        "case": inventory.case,
        "site": inventory.site,
        "host": inventory.host,
        "service": service.service,
        "source": inventory.source_id,
        "run": inventory.run_id,
        "state": inventory.run_state.value,
        "started": inventory.started_at.isoformat(),
        "entries": sum(t.entries for t in service.stages.values()),
        "bytes": sum(t.size for t in service.stages.values()),
        "stages": {stage.value: t.entries for stage, t in service.stages.items()},
        "verdicts": {verdict.value: t.entries for verdict, t in service.verdicts.items()},
    }


def show(runtime: Runtime, digest: Digest) -> dict[str, Json] | None:
    """Return all that is known of one content; None when it was never seen."""
    with runtime.catalogue.read() as connection:
        view = views.show(connection, digest)
        if view is None:
            return None
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        listed = _listed(connection, view.entries, latest)
        own = list(_page(connection, NameReader(runtime), listed))
    return {
        "digest": digest,
        "entries": own,
        "inspections": {
            profile: {
                "media_type": inspection.media_type,
                "findings": [finding_json(f, "") for f in inspection.findings],
                "not_scanned": not_scanned_json(inspection),
            }
            for profile, inspection in view.inspections.items()
        },
        "decisions": [
            {
                "id": d.decision.decision_id,
                "action": d.decision.action.value,
                "actor": d.decision.actor,
                "reason": d.decision.reason,
                "at": d.decision.at.isoformat(),
                "effective": d.effective,
            }
            for d in view.decisions
        ],
        "promoted": view.promotion.promoted_at.isoformat() if view.promotion else None,
        "recalled": [r.at.isoformat() for r in view.recalls],
        "derived_from": sorted(view.derived_from),
    }


def _findings(inspection: Inspection | None) -> list[Finding]:
    return inspection.findings if inspection else []


def _make_room(kept: dict[int, Json], most: int) -> None:
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
