"""Replays what the three steps did to shards, from the lines of their manifests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import (
    artefacts,
    entries,
    evidence,
    expansions,
    inspections,
    manifests,
    name_findings,
    names,
    promotions,
    records,
    tables,
)
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.groups import replace as replace_groups
from catalogue.inspections import RecordedInspection
from catalogue.manifests import StoredManifest
from catalogue.name_findings import RecordedNameFindings
from catalogue.names import NamesKind, NamesObject
from catalogue.promotions import Promotion
from catalogue.shards import ShardState, Step
from catalogue.statements import insert_all, insert_new
from catalogue.times import to_microseconds
from custody.box import Json
from custody.digest import Digest
from custody.entry import EntryKind
from custody.lifecycle import Action, Stage, advance
from custody.verdict import Verdict
from pipeline.names import sealed_of
from pipeline.rebuilding.manifest_lines import (
    expansion_of,
    inspection_of,
    location_of,
    validation_of,
)
from pipeline.rebuilding.replay_names import Codes, ReplayNames
from pipeline.steps.alarms import alarm_of
from pipeline.steps.incomplete import incomplete_of
from pipeline.steps.indexing import Indexing
from pipeline.steps.missing import missing_of
from sanitizers.policy import Alarms

FILE = EntryKind.FILE.value

Event = Mapping[str, Json]
Line = Mapping[str, Json]


class ShardReplay:
    """Applies the events about shards, and about the names in them.

    `assessing` holds the inventories whose alarms were raised since their last inspection.
    """

    def __init__(
        self,
        connection: sa.Connection,
        replay_names: ReplayNames,
        lines: Callable[[str], Sequence[Line]],
        assessing: set[int],
    ) -> None:
        self._connection = connection
        self._names = replay_names
        self._lines = lines
        self._assessing = assessing

    def inspected(self, event: Event) -> None:
        """Make the entries of a shard again, or what an inspection of a part changed."""
        shard_id, body, told = self._begin(event)
        lines = [line for line in told if "of" not in line]
        parts = [line for line in told if "of" in line]
        self._assessing.discard(body["inventory"])
        root = body["split_from"][-1] if body["split_from"] else shard_id
        self._names_objects(root, shard_id, body)
        known = self._known(event)
        codes = {n: (row.name_key, row.directory_key) for n, row in known.items()}
        fresh = [line for line in lines if line["n"] not in known]
        if fresh:
            paths = sealed_of(body["paths"])
            names_left = self._names.read(paths)
            codes |= self._names.codes(paths.key_id, names_left, [line["n"] for line in fresh])
        rows = [_entry_row(line, body["inventory"], shard_id, codes[line["n"]]) for line in fresh]
        insert_all(self._connection, tables.entries, rows)
        self._update(event, known, [line for line in lines if line["n"] in known])
        self._contents(event, lines, parts, codes)

    def assessed(self, event: Event) -> None:
        """Give the entries of a shard the verdicts and stages that were decided."""
        _, body, lines = self._begin(event)
        if body["inventory"] not in self._assessing and "alarms" in body:
            self._assessing.add(body["inventory"])
            self._alarms(event)
        decided = [
            {**line, "reason": "; ".join(line["reasons"])[:500] or None}
            for line in lines
            if "of" not in line and line["verdict"] is not None
        ]
        self._update(event, self._known(event), decided)

    def promoted(self, event: Event) -> None:
        """Put the entries of a shard, and their contents, into the clean zone again."""
        _, _, lines = self._begin(event)
        known = self._known(event)
        moved = [
            {
                "n": entry.ordinal,
                "digest": entry.digest,
                "stage": advance(entry.stage, _entering(entry)).value,
                "superseded_by": entry.superseded_by,
                "verdict": entry.verdict.value if entry.verdict else None,
                "reason": entry.reason,
            }
            for entry in (known[line["n"]] for line in lines)
        ]
        self._update(event, known, moved)
        contents = {
            line["digest"]: Promotion(
                digest=Digest(line["digest"]),
                key=line["key"],
                version=line["version"],
                run_id=event["run"],
                manifest=Digest(event["subject"]["manifest"]),
                promoted_at=_at(event),
            )
            for line in lines
        }
        promotions.add(self._connection, list(contents.values()))

    def erased(self, event: Event) -> None:
        """Say of names objects that they are gone, or which ones stand in their place."""
        columns, at = tables.names.c, to_microseconds(_at(event))
        body = event["body"]
        if "key_id" in body:
            self._connection.execute(
                sa.update(tables.names)
                .where(columns.key_id == body["key_id"], columns.erased_at.is_(None))
                .values(erased_at=at)
            )
        for change in body.get("objects", ()):
            new = change["new"]
            self._connection.execute(
                sa.update(tables.names)
                .where(columns.key == change["old"])
                .values(key=new["key"], version=new["version"], digest=new["digest"])
            )

    def _begin(self, event: Event) -> tuple[int, Mapping[str, Json], Sequence[Line]]:
        """Make the rows of a shard and of its manifest, and return its lines."""
        subject, body = event["subject"], event["body"]
        shard_id, lines = subject["shard"], self._lines(subject["manifest"])
        chain = [shard_id, *body["split_from"]]
        listed = [line for line in lines if "of" not in line]
        rows = [
            {
                "shard_id": each,
                "run_id": event["run"],
                "inventory_id": body["inventory"],
                "step": Step.INSPECT.value,
                "lane": body["lane"],
                "parent_id": parent_id,
                "entries": len(listed),
                "bytes": sum(line["listed"] for line in listed if line.get("kind") == FILE),
                "state": (ShardState.DONE if each == shard_id else ShardState.SPLIT).value,
            }
            for each, parent_id in zip(chain, [*chain[1:], None], strict=True)
        ]
        insert_new(self._connection, tables.shards, rows)
        stored = StoredManifest(
            root=Digest(subject["manifest"]),
            step=Step(subject["step"]),
            shard_id=shard_id,
            run_id=event["run"],
            lines=subject["lines"],
            event_id=event["id"],
        )
        manifests.add(self._connection, stored)
        return shard_id, body, lines

    def _names_objects(self, root: int, shard_id: int, body: Mapping[str, Json]) -> None:
        objects = ((root, NamesKind.PATHS, "paths"), (shard_id, NamesKind.DETAILS, "details"))
        for owner, kind, part in objects:
            if body[part] is not None:
                sealed = sealed_of(body[part])
                found = NamesObject(shard_id=owner, kind=kind, sealed=sealed)
                names.add(self._connection, found)

    def _known(self, event: Event) -> dict[int, StoredEntry]:
        """Return the entries of a shard that are there, wherever in its line they stand."""
        chain = [event["subject"]["shard"], *event["body"]["split_from"]]
        found = [e for shard_id in chain for e in entries.of_shard(self._connection, shard_id)]
        return {entry.ordinal: entry for entry in found}

    def _update(
        self, event: Event, known: Mapping[int, StoredEntry], lines: Iterable[Line]
    ) -> None:
        """Write where entries stand now; they stand in the shard that the event is about."""
        updates = [
            EntryUpdate(
                entry_id=known[line["n"]].entry_id,
                stage=Stage(line["stage"]),
                digest=None if line["digest"] is None else Digest(line["digest"]),
                verdict=None if line["verdict"] is None else Verdict(line["verdict"]),
                reason=line["reason"],
                superseded_by=Digest(line["superseded_by"]) if line.get("superseded_by") else None,
                contract=line.get("contract", known[line["n"]].contract),
            )
            for line in lines
        ]
        entries.update(self._connection, updates)
        shard_id = event["subject"]["shard"]
        moved = [u.entry_id for u in updates]
        entries.move_shard(self._connection, moved, shard_id)

    def _contents(
        self,
        event: Event,
        lines: Sequence[Line],
        parts: Sequence[Line],
        codes: Mapping[int, Codes],
    ) -> None:
        """Make what is known of contents again: where they lie and what scanners said of them."""
        told = (*lines, *parts)
        placed = {at.digest: at for line in told if (at := location_of(line)) is not None}
        artefacts.add(self._connection, event["run"], placed.values())
        recorded = dict(filter(None, map(_recorded, parts)))
        about_names: dict[tuple[bytes, Digest], RecordedNameFindings] = {}
        for line in lines:
            read = inspection_of(line)
            if read is None:
                continue
            digest, name_key = Digest(line["digest"]), codes[line["n"]][0]
            recorded |= filter(None, [_recorded(line)])
            if not read.name_new:
                continue  # a shard before said it, or none could
            about_names[name_key, digest] = RecordedNameFindings(
                name_key=name_key,
                digest=digest,
                findings=read.name_findings,
                detail_lines=read.name_lines,
            )
        shard_id, profile = event["subject"]["shard"], Digest(event["body"]["profile"])
        contents = [recorded[digest] for digest in sorted(recorded)]
        inspections.record(self._connection, profile, shard_id, _at(event), contents)
        ordered = [about_names[key] for key in sorted(about_names)]
        name_findings.record(self._connection, profile, shard_id, ordered)
        made = [expansion_of(line, shard_id) for line in parts]
        expansions.add(self._connection, profile, made)
        validated = dict(filter(None, map(validation_of, told)))
        records.add(self._connection, profile, validated)
        self._subjects(event, shard_id, profile)

    def _subjects(self, event: Event, shard_id: int, profile: Digest) -> None:
        """Make the index of whom the records are about again, from what is left of the object."""
        if event["body"].get("subjects") is None:
            return
        sealed = sealed_of(event["body"]["subjects"])
        found = NamesObject(shard_id=shard_id, kind=NamesKind.SUBJECTS, sealed=sealed)
        names.add(self._connection, found)
        indexing = Indexing(self._connection, shard_id, profile, self._names.keys.subject_key())
        indexing.write(self._names.read_subjects(sealed))

    def inspected_again(
        self,
        event: Event,
        lines: Sequence[Line],
        parts: Sequence[Line],
        codes: Mapping[int, Codes],
    ) -> set[Digest]:
        """Make again what a re-scan found out, and return the contents that it inspected anew."""
        self._contents(event, lines, parts, codes)
        fresh = {digest for digest, _ in filter(None, map(_recorded, parts))}
        return fresh | {Digest(line["digest"]) for line in lines}

    def _alarms(self, event: Event) -> None:
        """Raise the alarms of an inventory again, from the same evidence and demands."""
        body = event["body"]
        inventory_id = body["inventory"]
        intrusion = body["intrusion_ns"]
        demands = Alarms(**body["alarms"])
        signs = evidence.directories(self._connection, inventory_id, Digest(body["profile"]))
        found = {
            key: alarm
            for key, seen in signs.items()
            if (alarm := alarm_of(seen, demands, None if intrusion is None else int(intrusion)))
        }
        stored = [alarm.stored(key) for key, alarm in found.items()]
        told = [missing_of(each).stored() for each in body.get("references", ())]
        told += [incomplete_of(each).stored() for each in body.get("studies", ())]
        replace_groups(self._connection, inventory_id, [*stored, *told])


def _entering(entry: StoredEntry) -> Action:
    return Action.SUPERSEDE if entry.superseded_by else Action.PROMOTE


def _recorded(line: Line) -> tuple[Digest, RecordedInspection] | None:
    """Return the inspection of a line, if its shard was the one that made it."""
    read = inspection_of(line)
    if read is None or not read.new:
        return None
    digest = Digest(line["digest"])
    return digest, RecordedInspection(
        digest=digest, inspection=read.inspection, detail_lines=read.detail_lines
    )


def _entry_row(line: Line, inventory_id: int, shard_id: int, codes: Codes) -> dict[str, Any]:
    return {
        "inventory_id": inventory_id,
        "shard_id": shard_id,
        "ordinal": line["n"],
        "name_key": codes[0],
        "directory_key": codes[1],
        "service": line["service"],
        "kind": line["kind"],
        "size": line["listed"],
        "mtime_ns": int(line["mtime_ns"]),
        "mode": line["mode"],
        "inode": line["inode"],
        "links": line["links"],
        "contract": line["contract"],
        **_standing(line),
    }


def _standing(line: Line) -> dict[str, Any]:
    return {name: line[name] for name in ("stage", "digest", "verdict", "reason")}


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])
