"""Where everything stands, for people and tools: entries, services, one content."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import sqlalchemy as sa

from catalogue import artefacts, expansions, inspections, name_findings, records, views
from catalogue import entries as entry_rows
from catalogue.entries import EVERYTHING, EntryFilter, StoredEntry
from catalogue.views import LatestInventory, ListedEntry
from custody import naming
from custody.box import Json
from custody.digest import Digest
from custody.finding import Finding
from custody.names import escape, parent, to_base64
from custody.outcome import Inspection, NotScanned
from pipeline.disarm_report import reports_on
from pipeline.inside import Inside, InsideReader
from pipeline.names import Name
from pipeline.reading import NameReader
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.containers.unpacked import has_parts

PAGE = 500
MOST_PARTS_SHOWN = 10_000
ERASED = "(erased)"


def entries(
    runtime: Runtime,
    wanted: EntryFilter = EVERYTHING,
    *,
    sources: frozenset[str] = frozenset(),
    derived: bool = False,
) -> Iterator[dict[str, Json]]:
    """Yield the entries of the latest run of each source, as `list --json` prints them.

    With `derived` each entry is followed by the parts that were taken out of it.
    """
    reader = NameReader(runtime)
    with runtime.catalogue.read() as connection:
        latest = [
            i for i in views.latest_inventories(connection) if not sources or i.source_id in sources
        ]
        for page in _pages(views.listing(connection, latest, wanted)):
            yield from _page(connection, reader, page, derived=derived)


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
    belonging = [
        (entry, latest[entry.inventory_id]) for entry in found if entry.inventory_id in latest
    ]
    digests: dict[Digest, set[Digest]] = {}
    for entry, inventory in belonging:
        if entry.digest:
            digests.setdefault(inventory.profile, set()).add(entry.digest)
    said = {
        (profile, digest): inspection
        for profile, asked in digests.items()
        for digest, inspection in inspections.known(connection, asked, profile).items()
    }
    return [
        ListedEntry(
            entry=entry,
            inventory=inventory,
            inspection=said.get((inventory.profile, entry.digest)) if entry.digest else None,
        )
        for entry, inventory in belonging
    ]


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
    connection: sa.Connection,
    reader: NameReader,
    page: Sequence[ListedEntry],
    *,
    derived: bool = False,
) -> Iterator[dict[str, Json]]:
    about_names: dict[tuple[bytes, Digest], tuple[Finding, ...]] = {}
    for profile in {item.inventory.profile for item in page}:
        keys = [(i.entry.name_key, i.entry.digest) for i in page if i.entry.digest is not None]
        about_names.update(name_findings.known(connection, keys, profile))
    for item in _with_records(connection, page):
        entry = item.entry
        own = about_names.get((entry.name_key, entry.digest), ()) if entry.digest else ()
        details = _details(connection, reader, item, own)
        inside = _inside(connection, reader, item)
        line = entry_json(item, reader.name(connection, entry), own, details, inside)
        yield line
        if derived:
            yield from (part_json(line, part) for part in inside)
            yield from _accepted(connection, item, line)


def _accepted(
    connection: sa.Connection, item: ListedEntry, line: Mapping[str, Json]
) -> Iterator[dict[str, Json]]:
    """Yield the accepted records or the copy that stand for an entry, with the keys of one."""
    split, profile = item.entry.superseded_by, item.inventory.profile
    if split is None:
        return
    said = inspections.known(connection, [split], profile).get(split)
    known = Validated(validations=records.known(connection, [split], profile))
    judged = known.beside(split, said, item.entry.contract or "") if said else None
    at = artefacts.locate(connection, split)
    label = "disarmed copy" if _is_copy(connection, item) else "accepted records"
    yield {
        **line,
        "digest": split,
        "size": at.size if at else None,
        "path": f"{line['path']}!/{label}",
        "path_b64": None,
        "stage": None,
        "verdict": None,
        "reason": None,
        "media_type": said.media_type if said else None,
        "findings": [finding_json(f, "") for f in _findings(judged)],
        "not_scanned": not_scanned_json(judged),
        "derived_from": item.entry.digest,
        "superseded_by": None,
    }


def _is_copy(connection: sa.Connection, item: ListedEntry) -> bool:
    """Whether what stands for an entry was disarmed, not cut."""
    digest, profile = item.entry.digest, item.inventory.profile
    known = expansions.copies(connection, [digest] if digest else [], profile)
    copies = {row.derived for own in known.values() for row in own}
    return item.entry.superseded_by in copies


def _with_records(connection: sa.Connection, page: Sequence[ListedEntry]) -> Iterator[ListedEntry]:
    """Yield the entries with what is said of the records in them."""
    validated: dict[Digest, Validated] = {}
    for profile in {item.inventory.profile for item in page}:
        digests = {i.entry.digest for i in page if i.entry.digest is not None}
        validated[profile] = Validated(validations=records.known(connection, digests, profile))
    for item in page:
        digest, said = item.entry.digest, item.inspection
        if digest is not None and said is not None:
            known = validated[item.inventory.profile]
            said = known.beside(digest, said, item.entry.contract or "")
        yield replace(item, inspection=said)


def _inside(connection: sa.Connection, reader: NameReader, item: ListedEntry) -> tuple[Inside, ...]:
    """Return the parts of an entry that is a container; most are none, and cost no query."""
    inspection, digest = item.inspection, item.entry.digest
    if digest is None or inspection is None or not has_parts(inspection):
        return ()
    walk = InsideReader(connection, reader, item.inventory.profile).parts(digest)
    return tuple(islice(walk, MOST_PARTS_SHOWN))


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
    inside: Sequence[Inside] = (),
) -> dict[str, Json]:
    """Return one entry with the keys that tools rely on; what stands against its parts is there."""
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
        "findings": [
            *(finding_json(f, details.get(f, "")) for f in found),
            *(told for part in inside for told in _part_findings(part, place=True)),
        ],
        "not_scanned": [
            *not_scanned_json(item.inspection),
            *(told for part in inside for told in _part_silence(part, place=True)),
        ],
        "derived_from": None,
        "superseded_by": entry.superseded_by,
    }


def part_json(entry: Mapping[str, Json], part: Inside) -> dict[str, Json]:
    """Return one part of a container with the keys of an entry; it has no stage of its own."""
    name = b"" if part.untrusted_name is None else part.untrusted_name
    shown = escape(name) or f"part {part.place}"
    return {
        **entry,
        "digest": part.part.derived,
        "size": part.size,
        "path": f"{entry['path']}!/{shown}",
        "path_b64": to_base64(name) if name else None,
        "stage": None,
        "verdict": None,
        "reason": part.part.outcome or None,
        "media_type": part.inspection.media_type if part.inspection else None,
        "findings": _part_findings(part),
        "not_scanned": _part_silence(part),
        "derived_from": part.container,
        "superseded_by": None,
    }


def _part_findings(part: Inside, *, place: bool = False) -> list[dict[str, str]]:
    before = f"part {part.place} " if place else ""
    return [
        finding_json(replace(f, where=f"{before}{f.where}".strip()), detail)
        for f, detail in part.details
    ]


def _part_silence(part: Inside, *, place: bool = False) -> list[dict[str, str]]:
    before = f"part {part.place}: " if place else ""
    return [{"scanner": o.scanner, "reason": f"{before}{o.reason}"} for o in part.not_scanned]


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


def service_json(service: views.ServiceStatus) -> dict[str, Json]:
    """Return where the entries of a service at a source stand, as `status --json` prints it."""
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


def show(runtime: Runtime, digest: Digest, most: int | None = None) -> dict[str, Json] | None:
    """Return all that is known of one content, with some of its names; None if never seen."""
    with runtime.catalogue.read() as connection:
        view = views.show(connection, digest, most)
        if view is None:
            return None
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        listed = _listed(connection, view.entries, latest)
        own = list(_page(connection, NameReader(runtime), listed))
    return {
        "digest": digest,
        "standing": view.standing,
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
                "scope": d.decision.scope,
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
        "disarmed": reports_on(runtime, digest, view.inspections),
    }


def _findings(inspection: Inspection | None) -> list[Finding]:
    return inspection.findings if inspection else []
