"""Reports on records for their owners: what was refused and why, without any value of a record."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import artefacts, expansions, groups, records, views
from catalogue.records import ReasonLine, SchemaLine
from catalogue.views import LatestInventory
from custody.artefact import Derivation
from custody.box import Json
from custody.decision import Decision
from custody.digest import Digest
from custody.names import escape
from pipeline.steps import accepted, incomplete, missing, studies
from pipeline.steps.accepted import RecordGroup
from pipeline.wiring import Runtime
from schemas.reasons.table import BY_CODE

LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose records are asked for; an empty filter asks for all."""

    schema: str = ""
    host: str = ""
    service: str = ""

    def covers(self, inventory: LatestInventory, line: SchemaLine | ReasonLine) -> bool:
        """Whether a line is asked for."""
        pairs = (
            (self.schema, line.schema),
            (self.host, inventory.host),
            (self.service, line.service),
        )
        return all(asked in {"", there} for asked, there in pairs)


def report(runtime: Runtime, wanted: Wanted) -> list[dict[str, Json]]:
    """Return what the records of the latest runs came to, by host, service and schema."""
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        reasons: dict[tuple[int, str, str], list[dict[str, Json]]] = {}
        for line in records.reasons_of(connection, latest):
            key = line.inventory_id, line.service, line.schema
            reasons.setdefault(key, []).append(_reason_json(line))
        orphans = {i: _orphans(connection, i) for i in latest}
        lacking = {i: _lacking(connection, i) for i in latest}
        decided = accepted.in_force(connection, runtime.ledger.now())
        for (inventory_id, _, schema), own in reasons.items():
            for reason in own:
                host = latest[inventory_id].host
                reason["decision"] = _decision_json(decided, schema, reason["code"], host)
        return [
            {
                **_schema_json(latest[line.inventory_id], line),
                "reasons": [
                    *reasons.get((line.inventory_id, line.service, line.schema), []),
                    *orphans[line.inventory_id].get(line.schema, ()),
                    *lacking[line.inventory_id].get((line.schema, line.service), ()),
                ],
            }
            for line in records.schemas_of(connection, latest)
            if wanted.covers(latest[line.inventory_id], line)
        ]


def _decision_json(
    decided: Mapping[RecordGroup, Decision], schema: str, code: str, host: str
) -> dict[str, Json] | None:
    """Return what the data owner decided about records that are refused for a reason, if he did."""
    try:
        made = decided.get(RecordGroup(schema=schema, code=code, host=host))
    except ValueError:  # a name that no decision can be made on
        return None
    if made is None:
        return None
    until = accepted.read_scope(made.scope)[1]
    return {
        "action": made.action.value,
        "actor": made.actor,
        "reason": made.reason,
        "until": None if until is None else until.isoformat(),
    }


def _schema_json(inventory: LatestInventory, line: SchemaLine) -> dict[str, Json]:
    return {
        "schema": line.schema or None,
        "site": inventory.site,
        "host": inventory.host,
        "service": line.service,
        "source": inventory.source_id,
        "files": line.files,
        "unread": line.unread,
        "read": line.counts.read,
        "accepted": line.counts.accepted,
        "refused": line.counts.refused,
        "flagged": line.counts.flagged,
    }


def _orphans(connection: sa.Connection, inventory_id: int) -> dict[str, list[dict[str, Json]]]:
    """Return what tables of a source say against each other, by schema."""
    found: dict[str, list[dict[str, Json]]] = {}
    for alarm in groups.of_inventory(connection, inventory_id):
        if alarm.kind == missing.KIND:
            each = missing.missing_of(alarm.evidence)
            schema = each.contract.partition("@")[0]
            message = f"{BY_CODE[each.code].english} ({each.resource})"
            found.setdefault(schema, []).append(
                {
                    "code": each.code,
                    "class": "integrity",
                    "files": 1,
                    "records": each.orphans,
                    "message": f"{message}: {each.reason}" if each.reason else message,
                    "decision": None,
                }
            )
    return found


def _lacking(
    connection: sa.Connection, inventory_id: int
) -> dict[tuple[str, str], list[dict[str, Json]]]:
    """Return which images a source lacks, by schema and service."""
    found: dict[tuple[str, str], list[dict[str, Json]]] = {}
    for alarm in groups.of_inventory(connection, inventory_id):
        if alarm.kind == incomplete.KIND:
            each = incomplete.incomplete_of(alarm.evidence)
            found.setdefault((studies.SCHEMA, each.service), []).append(
                {
                    "code": each.code,
                    "class": "conformance",
                    "files": each.groups,
                    "records": each.missing,
                    "message": BY_CODE[each.code].english,
                }
            )
    return found


def _reason_json(line: ReasonLine) -> dict[str, Json]:
    kind = BY_CODE.get(line.code)
    return {
        "code": line.code,
        "class": "integrity" if line.refuses else "conformance",
        "files": line.files,
        "records": line.records,
        "message": kind.english if kind else "a code of another version",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What an extract was cut into: accepted and refused records, and the list of why."""

    extract: Digest
    contract: str
    made: Mapping[Derivation, Digest]

    def as_json(self) -> dict[str, Json]:
        """Return which content holds what."""
        return {
            "extract": self.extract,
            "contract": self.contract or None,
            "accepted": self.made.get(Derivation.SPLIT),
            "refused": self.made.get(Derivation.REFUSED),
        }


def cuts_of(runtime: Runtime, digest: Digest) -> list[Cut]:
    """Return what a content was cut into in the latest runs that hold it, or any run at all."""
    found: dict[tuple[Digest, str], dict[Derivation, Digest]] = {}
    with runtime.catalogue.read() as connection:
        for profile in _profiles(connection, digest):
            for part in expansions.cut(connection, [digest], profile).get(digest, ()):
                own = found.setdefault((profile, part.outcome), {})
                if part.derived is not None:
                    own[part.how] = part.derived
    made = [
        Cut(extract=digest, contract=contract, made=own) for (_, contract), own in found.items()
    ]
    return made[-1:] if len({cut.contract for cut in made}) <= 1 else made


def _profiles(connection: sa.Connection, digest: Digest) -> list[Digest]:
    view = views.show(connection, digest, most=0)
    return list(view.inspections) if view else []


def refused(runtime: Runtime, cut: Cut) -> Iterator[dict[str, Json]]:
    """Yield the refused records of an extract: where each stands and why, with shapes of values.

    Raises:
        ObjectDamagedError: the list in the vault is damaged.
        StoreError: it cannot be read.
    """
    listed = cut.made.get(Derivation.REASONS)
    if listed is None:
        return
    with runtime.catalogue.read() as connection:
        at = artefacts.locate(connection, listed)
    if at is None:
        return
    with runtime.vault.open(at) as stream:
        while untrusted_line := stream.readline(LONGEST_LINE):
            told = _told(untrusted_line)
            if told is not None:
                yield told


def _told(untrusted_line: bytes) -> dict[str, Json] | None:
    """Return one line of the list as people may see it; the box made it, so it is checked."""
    try:
        said = json.loads(untrusted_line)
        numbers = {name: _number(said.get(name)) for name in ("record", "offset", "size")}
        return {
            **numbers,
            "unlisted": _number(said.get("unlisted")) or 0,
            "reasons": [_reason(reason) for reason in said["reasons"]],
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _number(value: Json) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _reason(untrusted: Mapping[str, Json]) -> dict[str, str]:
    kind = BY_CODE[untrusted["code"]]
    return {
        "code": kind.code,
        "class": "integrity" if untrusted["class"] == "integrity" else "conformance",
        "where": escape(str(untrusted["where"]).encode("utf-8", "surrogatepass")),
        "value": escape(str(untrusted["value"]).encode("utf-8", "surrogatepass")),
        "message": kind.english,
    }
