"""What asks for a person and nothing else: held entries by their reasons, in pages, with names."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from catalogue import held, inspections, views
from catalogue.entries import StoredEntry
from catalogue.held import HeldFilter, HeldGroups
from catalogue.views import LatestInventory
from custody import naming
from custody.digest import Digest
from custody.errors import UsageError
from custody.lifecycle import Stage
from custody.names import escape, parent, unescape
from custody.verdict import Verdict
from pipeline.listing import ERASED
from pipeline.reading import NameReader
from pipeline.wiring import Runtime

MOST_GROUPS = 50
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which held entries are asked for; what is empty asks for all.

    `path` is one path as it is shown, or with a slash at its end all entries of one folder.
    """

    verdict: Verdict | None = None
    reason: str = ""
    rule: str = ""
    media_type: str = ""
    host: str = ""
    service: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One held entry as a person sees it; `path` is escaped."""

    entry_id: int
    digest: Digest | None
    verdict: Verdict | None
    stage: Stage
    reason: str
    media_type: str
    host: str
    service: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some held entries in their order; `after` asks for the next ones, if there can be any."""

    entries: tuple[Waiting, ...]
    after: int | None


def groups(runtime: Runtime, asked: Asked) -> HeldGroups:
    """Return what is held by verdict and reason, the largest groups first.

    Raises:
        UsageError: the path is none that is shown anywhere.
    """
    with runtime.catalogue.read() as connection:
        latest = _latest(connection, asked)
        wanted = _filter(runtime, latest, asked)
        return held.groups(connection, list(latest), wanted, MOST_GROUPS)


def page(runtime: Runtime, asked: Asked, after: int = 0, most: int = PAGE) -> Page:
    """Return the next held entries behind one, by their numbers.

    Raises:
        UsageError: the path is none that is shown anywhere.
    """
    with runtime.catalogue.read() as connection:
        latest = _latest(connection, asked)
        wanted = _filter(runtime, latest, asked)
        found = held.page(connection, list(latest), wanted, after=after, most=most)
        shown = _shown(runtime, connection, list(found.entries), latest)
    return Page(entries=shown, after=found.after)


def _latest(connection: sa.Connection, asked: Asked) -> dict[int, LatestInventory]:
    return {
        i.inventory_id: i
        for i in views.latest_inventories(connection)
        if not asked.host or i.host == asked.host
    }


def _filter(runtime: Runtime, latest: dict[int, LatestInventory], asked: Asked) -> HeldFilter:
    wanted = HeldFilter(
        verdict=asked.verdict,
        service=asked.service,
        reason=asked.reason,
        rule=asked.rule,
        media_type=asked.media_type,
    )
    if not asked.path:
        return wanted
    return replace(wanted, names=_codes(runtime, latest, asked.path))


def _codes(
    runtime: Runtime, latest: dict[int, LatestInventory], shown: str
) -> tuple[tuple[bytes, bytes | None], ...]:
    """Return the codes of a path, or of a folder, under the key of each host."""
    try:
        path = unescape(shown)
    except ValueError as error:
        raise UsageError(
            "this is no path as it is shown", next_step="copy it from the list"
        ) from error
    found: list[tuple[bytes, bytes | None]] = []
    for case, host in sorted({(i.case, i.host) for i in latest.values()}):
        coding = runtime.keys.naming(case, host).coding
        if path.endswith(b"/"):
            found.append((naming.directory_key(coding, path.rstrip(b"/")), None))
        else:
            directory = naming.directory_key(coding, parent(path))
            found.append((directory, naming.name_key(coding, path)))
    return tuple(found)


def _shown(
    runtime: Runtime,
    connection: sa.Connection,
    found: list[StoredEntry],
    latest: dict[int, LatestInventory],
) -> tuple[Waiting, ...]:
    reader = NameReader(runtime)
    types = _types(connection, found, latest)
    return tuple(
        _waiting(connection, reader, entry, latest[entry.inventory_id], types.get(entry.entry_id))
        for entry in found
    )


def _types(
    connection: sa.Connection, found: list[StoredEntry], latest: dict[int, LatestInventory]
) -> dict[int, str]:
    by_profile: dict[Digest, set[Digest]] = {}
    for entry in found:
        if entry.digest is not None:
            profile = latest[entry.inventory_id].profile
            by_profile.setdefault(profile, set()).add(entry.digest)
    said = {p: inspections.known(connection, digests, p) for p, digests in by_profile.items()}
    types: dict[int, str] = {}
    for entry in found:
        profile = latest[entry.inventory_id].profile
        if entry.digest is not None and entry.digest in said[profile]:
            types[entry.entry_id] = said[profile][entry.digest].media_type
    return types


def _waiting(
    connection: sa.Connection,
    reader: NameReader,
    entry: StoredEntry,
    inventory: LatestInventory,
    media_type: str | None,
) -> Waiting:
    name = reader.name(connection, entry)
    return Waiting(
        entry_id=entry.entry_id,
        digest=entry.digest,
        verdict=entry.verdict,
        stage=entry.stage,
        reason=entry.reason or "",
        media_type=media_type or "",
        host=inventory.host,
        service=entry.service,
        path=escape(name.path) if name else ERASED,
        size=entry.size,
    )
