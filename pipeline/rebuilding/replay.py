"""Replays the ledger into an empty catalogue: each event has the effect that it had when it came.

What is no truth of its own is not made again: leases and attempts, and the work orders of assess
and promote steps. Events about what this version cannot make again are refused, never passed over.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import (
    cases,
    decisions,
    deliveries,
    held_by,
    known_sets,
    people,
    policies,
    profiles,
    rule_packs,
    runs,
    sources,
    tables,
)
from catalogue.deliveries import Delivery
from catalogue.inventories import InventoryState
from catalogue.known_sets import KnownSet, SetKind
from catalogue.policies import PolicyState, StoredPolicy
from catalogue.rule_packs import RulePack
from catalogue.runs import Run
from catalogue.statements import insert_all
from catalogue.times import to_microseconds
from custody.box import Json
from custody.digest import Digest
from custody.errors import LedgerError
from custody.lifecycle import Action
from custody.people import Person, Role
from custody.profile import Profile
from custody.source import LAST_WAVE, FilesystemIdentity, ServiceGlob, Source, SourceKind
from pipeline.deciding.policies import check_event
from pipeline.rebuilding.replay_decisions import ENOUGH_TO_LOOSEN, check_two, replay_decision
from pipeline.rebuilding.replay_names import ReplayNames
from pipeline.rebuilding.replay_recalls import recall_effects
from pipeline.rebuilding.replay_rescans import RescanReplay
from pipeline.rebuilding.replay_restores import restore_effects
from pipeline.rebuilding.replay_shards import ShardReplay

Event = Mapping[str, Json]
ReadLines = Callable[[str], Sequence[Mapping[str, Json]]]

# Events that say something about the ledger, or about what was read, and change no table.
WITHOUT_EFFECT = frozenset(
    {
        EventType.PROMOTION_INTENDED,
        EventType.EVIDENCE_READ,
        EventType.EVIDENCE_EXPORTED,
        # Codes are made anew, with the key that the home has now.
        EventType.SUBJECTS_READ,
        EventType.SUBJECTS_ROTATED,
        EventType.CATALOGUE_REBUILT,
        EventType.CATALOGUE_MOVED,
        EventType.ANCHOR_MADE,
        EventType.ANCHOR_FAILED,
        EventType.CLOCK_STEPPED,
        EventType.NOTICE_SENT,
        EventType.NOTICE_FAILED,
        EventType.KEY_ROTATED,
        EventType.KEY_TAKEN,
        EventType.LEDGER_OPENED,
        EventType.LEDGER_SUCCEEDED,
    }
)


class Replay:
    """Applies events to one catalogue, in the order of the ledger."""

    def __init__(
        self,
        connection: sa.Connection,
        names: ReplayNames,
        lines: ReadLines,
        assessing: set[int],
    ) -> None:
        self._connection = connection
        self._lines = lines
        shards = ShardReplay(connection, names, lines, assessing)
        self._effects: dict[EventType, Callable[[Event], None]] = {
            EventType.CASE_OPENED: self._case,
            EventType.SOURCE_REGISTERED: self._source,
            EventType.RUN_STARTED: self._run,
            EventType.INVENTORY_COMPLETED: self._inventory,
            EventType.SHARD_INSPECTED: shards.inspected,
            EventType.SHARD_ASSESSED: shards.assessed,
            EventType.PROMOTION_DONE: shards.promoted,
            EventType.RUN_FINISHED: self._run_finished,
            EventType.DECISION_MADE: lambda event: replay_decision(connection, event),
            EventType.PEOPLE_ADDED: self._person,
            EventType.RULES_ADDED: self._rules,
            EventType.GOODWARE_ADDED: lambda event: self._known(event, SetKind.GOODWARE),
            EventType.IOCS_ADDED: lambda event: self._known(event, SetKind.IOC),
            EventType.RULES_REMOVED: self._rules_removed,
            EventType.GOODWARE_REMOVED: lambda event: self._removed(event, SetKind.GOODWARE),
            EventType.IOCS_REMOVED: lambda event: self._removed(event, SetKind.IOC),
            EventType.SCHEMAS_ADDED: lambda event: self._known(event, SetKind.DEFINITIONS),
            EventType.POLICY_PROPOSED: self._policy_proposed,
            EventType.POLICY_CHANGED: self._policy_changed,
            EventType.NAMES_ERASED: shards.erased,
            EventType.DELIVERY_MADE: self._delivery,
            **recall_effects(connection, lines),
            **restore_effects(connection, lines),
            **RescanReplay(connection, lines, shards).effects,
        }

    def apply(self, event: Event) -> None:
        """Give one event its effect.

        Raises:
            LedgerError: this version does not know how, or nothing before it leads to it.
        """
        kind = EventType(event["type"])
        if kind in WITHOUT_EFFECT:
            return
        effect = self._effects.get(kind)
        if effect is None:
            raise LedgerError(
                f"event {event['id']} ({kind.value}) cannot be replayed by this version",
                next_step="use the version of Autoclave that wrote it, or a newer one",
            )
        try:
            effect(event)
        except (RuntimeError, LookupError, TypeError, ValueError) as error:
            raise LedgerError(
                f"event {event['id']} ({kind.value}) does not follow from those before it: {error}",
                next_step="keep this ledger as it is, and ask who wrote it",
            ) from error

    def _case(self, event: Event) -> None:
        kind = event["body"]["kind"]
        cases.open_case(self._connection, event["subject"]["case"], kind, at_of(event))

    def _source(self, event: Event) -> None:
        said = event["subject"]
        taken = said["snapshot_time"]
        source = Source(
            source_id=said["source"],
            case=event["case"],
            site=said["site"],
            host=said["host"],
            service=said["service"],
            kind=SourceKind(said["kind"]),
            location=bytes.fromhex(said["location"]),
            identity=FilesystemIdentity(filesystem=said["filesystem"], root=int(said["root"])),
            snapshot_time=datetime.fromisoformat(taken) if taken else None,
            service_globs=tuple(
                ServiceGlob(pattern=pattern, service=service)
                for pattern, service in said["service_globs"]
            ),
            volume=said.get("volume", ""),
            decryptor=said.get("decryptor", ""),
            wave=said.get("wave", LAST_WAVE),
        )
        sources.register(self._connection, source, at_of(event))

    def _run(self, event: Event) -> None:
        said, subject = event["body"], event["subject"]
        run = Run(
            run_id=event["run"],
            case_id=event["case"],
            policy=Digest(said["policy"]),
            profile=Digest(said["profile"]),
            options=said["options"],
            started_at=at_of(event),
        )
        runs.start(self._connection, run)
        profile = Profile(**json.loads(said["instruments"]))
        profiles.add(self._connection, profile, run.started_at)
        begun = zip(subject["inventories"], subject["sources"], subject["snapshots"], strict=True)
        rows = [
            {
                "inventory_id": inventory_id,
                "run_id": run.run_id,
                "source_id": source_id,
                "snapshot_id": snapshot_id,
                "state": InventoryState.LISTING.value,
            }
            for inventory_id, source_id, snapshot_id in begun
        ]
        insert_all(self._connection, tables.inventories, rows)

    def _inventory(self, event: Event) -> None:
        columns = tables.inventories.c
        self._connection.execute(
            sa.update(tables.inventories)
            .where(columns.inventory_id == event["subject"]["inventory"])
            .values(
                state=InventoryState.COMPLETE.value,
                listed=event["body"]["listed"],
                bytes=event["body"]["bytes"],
            )
        )

    def _run_finished(self, event: Event) -> None:
        """End a run; one that a release opened again ends a second time."""
        self._connection.execute(
            sa.update(tables.runs)
            .where(tables.runs.c.run_id == event["run"])
            .values(state=event["body"]["state"], ended_at=to_microseconds(at_of(event)))
        )

    def _person(self, event: Event) -> None:
        said = event["body"]
        person = Person(
            name=event["subject"]["person"], role=Role(said["role"]), public_key=said["public_key"]
        )
        if len(people.who_decide(self._connection)) >= ENOUGH_TO_LOOSEN:
            check_two(
                *(self._connection, said["decisions"], person.digest, Action.REGISTER),
                told=f"{person.name} was registered",
            )
        people.add(self._connection, person, at_of(event))
        for decision_id in said["decisions"]:
            decisions.mark_effective(self._connection, decision_id)

    def _rules(self, event: Event) -> None:
        said, subject = event["body"], event["subject"]
        dated = said["dated"]
        pack = RulePack(
            name=subject["pack"],
            digest=Digest(subject["digest"]),
            version=said["version"],
            licence=said["licence"],
            rules=said["rules"],
            dated=datetime.fromisoformat(f"{dated}T00:00:00+00:00") if dated else at_of(event),
            added_at=at_of(event),
        )
        rule_packs.deploy(self._connection, pack)
        self._effective(event)

    def _known(self, event: Event, kind: SetKind) -> None:
        """Deploy a set again; known-good digests only by two people who signed."""
        said, subject = event["body"], event["subject"]
        if kind is SetKind.GOODWARE:
            self._check_two(event, f"known-good set {subject['set']} came in force")
        known = KnownSet(
            kind=kind,
            name=subject["set"],
            digest=Digest(subject["digest"]),
            source=said["source"],
            tlp=said["tlp"],
            entries=said["entries"],
            until=datetime.fromisoformat(said["until"]) if said["until"] else None,
            added_at=at_of(event),
        )
        known_sets.deploy(self._connection, known)
        self._effective(event)

    def _rules_removed(self, event: Event) -> None:
        """Take a rule pack out of force again, by two people who signed."""
        name = event["subject"]["pack"]
        self._check_two(event, f"rule pack {name} was removed")
        rule_packs.remove(self._connection, name)
        self._effective(event)

    def _removed(self, event: Event, kind: SetKind) -> None:
        """Take a set out of force again; indicators only by two people who signed."""
        name = event["subject"]["set"]
        if kind is SetKind.IOC:
            self._check_two(event, f"the set {name} of indicators was removed")
        known_sets.remove(self._connection, kind, name)
        self._effective(event)

    def _check_two(self, event: Event, told: str) -> None:
        """Refuse what two different people did not sign for the very digest of the event."""
        digest, signed = event["subject"]["digest"], event["body"]["decisions"]
        check_two(self._connection, signed, digest, Action.REPLACE, told=told)

    def _effective(self, event: Event) -> None:
        for decision_id in event["body"]["decisions"]:
            decisions.mark_effective(self._connection, decision_id)

    def _policy_proposed(self, event: Event) -> None:
        check_event(self._connection, event)
        stored = StoredPolicy(
            digest=Digest(event["subject"]["policy"]),
            name=event["subject"]["name"],
            content=event["body"]["content"].encode(),
            state=PolicyState.PROPOSED,
            at=at_of(event),
            proposed_by=event["actor"],
            reason=event["body"]["reason"],
        )
        policies.add(self._connection, stored)

    def _policy_changed(self, event: Event) -> None:
        check_event(self._connection, event)
        digest = Digest(event["subject"]["policy"])
        proposed = policies.get(self._connection, digest)
        if proposed is None or proposed.proposed_by == event["actor"]:
            raise LedgerError(
                f"policy {digest} was approved, and not proposed by another person before",
                next_step="keep this ledger as it is, and ask who signed",
            )
        policies.approve(self._connection, digest, event["actor"], at_of(event))

    def _delivery(self, event: Event) -> None:
        delivery = Delivery(
            delivery_id=event["subject"]["delivery"],
            manifest=Digest(event["body"]["manifest"]),
            files=event["body"]["files"],
            at=at_of(event),
            set_id=event["subject"].get("set"),
        )
        deliveries.add(self._connection, delivery)
        root = event["subject"].get("manifest")
        held = () if root is None else (Digest(line["digest"]) for line in self._lines(root))
        held_by.add_delivered(self._connection, delivery.delivery_id, held)


def at_of(event: Event) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(event["time"])
