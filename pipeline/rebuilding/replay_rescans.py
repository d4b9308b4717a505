"""Replays re-scans: what was carried over, what was inspected anew, and how they ended."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import carrying, entries, lineage, manifests, names, profiles, rescans, tables
from catalogue.carrying import Between, NameAndContent
from catalogue.manifests import StoredManifest
from catalogue.names import NamesKind, NamesObject
from catalogue.rescans import Rescan
from catalogue.runs import RunState
from catalogue.shards import ShardState, Step
from catalogue.statements import insert_new
from custody.box import Json
from custody.digest import Digest
from custody.profile import Profile
from pipeline.names import sealed_of
from pipeline.rebuilding.replay_shards import ShardReplay

Event = Mapping[str, Json]
Line = Mapping[str, Json]
ReadLines = Callable[[str], Sequence[Line]]


class RescanReplay:
    """Applies the events of re-scans to a catalogue."""

    def __init__(self, connection: sa.Connection, lines: ReadLines, shards: ShardReplay) -> None:
        self._connection = connection
        self._lines = lines
        self._shards = shards

    @property
    def effects(self) -> dict[EventType, Callable[[Event], None]]:
        """What each event does."""
        return {
            EventType.RESCAN_STARTED: self._started,
            EventType.SHARD_RESCANNED: self._rescanned,
            EventType.RESCAN_FINISHED: self._finished,
        }

    def _started(self, event: Event) -> None:
        said = event["body"]
        rescan = Rescan(
            rescan_id=event["run"],
            policy=Digest(said["policy"]),
            profile=Digest(said["profile"]),
            options=said["options"],
            started_at=_at(event),
        )
        rescans.start(self._connection, rescan)
        profile = Profile(**json.loads(said["instruments"]))
        profiles.add(self._connection, profile, rescan.started_at)

    def _finished(self, event: Event) -> None:
        state = RunState(event["body"]["state"])
        rescans.finish(self._connection, event["run"], state, _at(event))

    def _rescanned(self, event: Event) -> None:
        subject, body = event["subject"], event["body"]
        told = self._lines(subject["manifest"])
        self._rows(event)
        known = self._entries(body["of"])
        self._carry(event, [line for line in told if "carried" in line], known)
        parts = [line for line in told if "of" in line]
        lines = [line for line in told if "of" not in line and "carried" not in line]
        codes = {line["n"]: known[line["n"]] for line in lines}
        anew = self._shards.inspected_again(event, lines, parts, codes)
        rescans.add_changed(self._connection, event["run"], sorted(anew))

    def _rows(self, event: Event) -> None:
        """Make the rows of the shard, its details and its manifest."""
        subject, body = event["subject"], event["body"]
        shard_id = subject["shard"]
        row = {
            "shard_id": shard_id,
            "run_id": event["run"],
            "inventory_id": body["inventory"],
            "step": Step.RESCAN.value,
            "lane": body["lane"],
            "subject_id": body["of"],
            "entries": body["entries"],
            "bytes": body["bytes"],
            "state": ShardState.DONE.value,
        }
        insert_new(self._connection, tables.shards, [row])
        if body["details"] is not None:
            sealed = sealed_of(body["details"])
            found = NamesObject(shard_id=shard_id, kind=NamesKind.DETAILS, sealed=sealed)
            names.add(self._connection, found)
        stored = StoredManifest(
            root=Digest(subject["manifest"]),
            step=Step.RESCAN,
            shard_id=shard_id,
            run_id=event["run"],
            lines=subject["lines"],
            event_id=event["id"],
        )
        manifests.add(self._connection, stored)

    def _entries(self, shard_id: int) -> dict[int, tuple[bytes, bytes]]:
        """Return the codes of the entries of a shard, by ordinal."""
        found = [
            entry
            for each in lineage.ancestors(self._connection, shard_id)
            for entry in entries.of_shard(self._connection, each)
        ]
        return {entry.ordinal: (entry.name_key, entry.directory_key) for entry in found}

    def _carry(
        self, event: Event, lines: Sequence[Line], known: Mapping[int, tuple[bytes, bytes]]
    ) -> None:
        contents: dict[Digest, list[Digest]] = {}
        named: dict[Digest, list[NameAndContent]] = {}
        for line in lines:
            old, digest = Digest(line["from"]), Digest(line["digest"])
            if "n" not in line:
                contents.setdefault(old, []).append(digest)
            else:
                named.setdefault(old, []).append((known[line["n"]][0], digest))
        for old in sorted({*contents, *named}):
            between = Between(
                old=old,
                new=Digest(event["body"]["profile"]),
                shard_id=event["subject"]["shard"],
                at=_at(event),
            )
            carrying.contents(self._connection, contents.get(old, ()), between)
            carrying.names(self._connection, named.get(old, ()), between)


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])
