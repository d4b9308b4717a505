"""Where each service stands, over all of its sources: the equation, and what it still lacks."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import (
    held_by,
    manifests,
    proposals,
    readiness,
    recalls,
    records,
    references,
    restore_sets,
    sources,
)
from catalogue.restore_sets import StoredSet
from catalogue.runs import RunState
from catalogue.views import ServiceStatus
from cleanzone.checklist import Facts, Item, SetFacts, checklist, is_open
from custody.box import Json
from custody.errors import (
    ObjectDamagedError,
    ObjectMissingError,
    RefusedError,
    SignatureError,
)
from custody.fate import STAGE_FATES, Fate
from pipeline.anchoring.covering import covering
from pipeline.restoring.sign import check_document, still_asked
from pipeline.wiring import Runtime
from sanitizers.policy import Policy

# Beyond this many it is a matter of the whole home, and counted for every service.
MOST_PROPOSALS = 1000
# The document of a set says whether all of a service was asked for.
NARROWED = ("site", "host")
COUNTED = ("read", "accepted", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """One service of a case, over the latest runs of all its sources."""

    case: str
    service: str
    facts: Facts
    records: Mapping[str, int] | None

    @property
    def items(self) -> tuple[Item, ...]:
        """What it lacks, what blocks first."""
        return checklist(self.facts)

    def as_json(self) -> dict[str, Json]:
        """Return what `status --json` prints of it."""
        facts = self.facts
        return {
            "case": self.case,
            "service": self.service,
            "listed": sum(facts.fates.values()) + facts.under_way,
            "fates": {fate.value: facts.fates.get(fate, 0) for fate in Fate},
            "under_way": facts.under_way,
            "records": None if self.records is None else dict(self.records),
            "set": None if facts.newest_set is None else facts.newest_set.set_id,
            "open": is_open(facts),
            "lacks": [
                {
                    "what": item.lack.value,
                    "count": item.count,
                    "blocks": item.blocks,
                    "words": item.words,
                }
                for item in self.items
            ],
        }


def readiness_of(
    runtime: Runtime, standing: Iterable[ServiceStatus], policy: Policy, *, count_records: bool
) -> list[Readiness]:
    """Return how ready each service is, by case and service.

    `count_records` reads every extract, which takes as long as there are extracts.

    Raises:
        StoreError: the audit store cannot be read.
    """
    grouped: dict[tuple[str, str], list[ServiceStatus]] = {}
    for each in standing:
        grouped.setdefault((each.inventory.case, each.service), []).append(each)
    with runtime.catalogue.read() as connection:
        asked = _Asked(runtime, connection, policy, [s for own in grouped.values() for s in own])
        counted = _records(connection, asked.inventories) if count_records else None
        return [
            Readiness(
                case=case,
                service=service,
                facts=asked.facts(case, service, own),
                records=None if counted is None else _sum(counted, own),
            )
            for (case, service), own in sorted(grouped.items())
        ]


class _Asked:
    """What is asked once for all services, and then of each."""

    def __init__(
        self,
        runtime: Runtime,
        connection: sa.Connection,
        policy: Policy,
        standing: Sequence[ServiceStatus],
    ) -> None:
        self._runtime, self._connection, self._policy = runtime, connection, policy
        self.inventories = sorted({s.inventory.inventory_id for s in standing})
        self._alarms = readiness.alarms(connection, self.inventories)
        self._recalls = len(recalls.unfinished(connection))
        self._sets = list(reversed(restore_sets.all_sets(connection)))
        self._referenced = _referenced(runtime, connection)
        self._waiting = proposals.count(connection)
        self._proposed: dict[tuple[int, str], int] = {}
        if 0 < self._waiting <= MOST_PROPOSALS:
            for entry in held_by.standing(connection, proposals.waiting(connection)):
                key = (entry.inventory_id, entry.service)
                self._proposed[key] = self._proposed.get(key, 0) + 1
        self._covered: dict[frozenset[int], bool] = {}

    def facts(self, case: str, service: str, own: Sequence[ServiceStatus]) -> Facts:
        """Return what is known of one service."""
        fates, under_way = _fates(own)
        ids = frozenset(s.inventory.inventory_id for s in own)
        unfinished = [s for s in own if s.inventory.run_state is RunState.RUNNING]
        proposed = sum(self._proposed.get((n, service), 0) for n in ids)
        return Facts(
            fates=fates,
            under_way=under_way,
            unfinished_runs=len({s.inventory.run_id for s in unfinished}),
            alarms=sum(self._alarms.get(n, 0) for n in ids) if fates.get(Fate.HELD) else 0,
            proposed=self._waiting if self._waiting > MOST_PROPOSALS else proposed,
            recalls=self._recalls,
            anchored=self._anchored(ids),
            without_reference=len({s.inventory.source_id for s in own} - self._referenced),
            newest_set=self._newest_set(case, service),
        )

    def _anchored(self, ids: frozenset[int]) -> bool:
        if ids not in self._covered:
            origin, demand = self._runtime.ledger.origin, self._policy.restore.anchor
            last = manifests.last_of_inventories(self._connection, origin, sorted(ids))
            try:
                covering(self._runtime, 1 if last is None else last + 1, demand)
            except RefusedError:
                self._covered[ids] = False
            else:
                self._covered[ids] = True
        return self._covered[ids]

    def _newest_set(self, case: str, service: str) -> SetFacts | None:
        """Return the newest set that holds all of a service; one of some paths is no such set."""
        for stored in self._sets:
            if stored.case_id == case and stored.service in {"", service}:
                try:
                    document = json.loads(check_document(self._runtime, stored))
                    narrow = document["paths"] != "all" or any(document[k] for k in NARROWED)
                    asked = still_asked(self._runtime, stored, self._policy.restore)
                except (ObjectDamagedError, ObjectMissingError, SignatureError) as error:
                    # It is told, and `restore open` refuses it.
                    return self._told(stored, (str(error),))
                if not narrow:
                    return self._told(stored, asked)
        return None

    def _told(self, stored: StoredSet, asked: tuple[str, ...]) -> SetFacts:
        return SetFacts(
            set_id=stored.set_id,
            ended=self._runtime.ledger.now() >= stored.until,
            opened=stored.opened_at is not None,
            countersigned=stored.countersign_by is None,
            unsigned=asked,
        )


def _referenced(runtime: Runtime, connection: sa.Connection) -> set[str]:
    """Return the sources whose volume has a reference that was not erased, as plans find it."""
    known = {
        (r.case_id, r.host, r.volume)
        for r in references.all_references(connection)
        if any(runtime.names.store.versions(r.sealed["key"]))
    }
    registered = sources.all_sources(connection)
    on_host = Counter((s.case, s.host) for s in registered)
    found = set()
    for each in registered:
        name = each.volume or ("" if each.snapshot_time else each.source_id)
        alone = not each.volume and on_host[each.case, each.host] == 1
        if (each.case, each.host, name) in known or (alone and (each.case, each.host, "") in known):
            found.add(each.source_id)
    return found


def _fates(own: Iterable[ServiceStatus]) -> tuple[dict[Fate, int], int]:
    fates: dict[Fate, int] = {}
    under_way = 0
    for service in own:
        for stage, tally in service.stages.items():
            fate = STAGE_FATES.get(stage)
            if fate is None:
                under_way += tally.entries
            else:
                fates[fate] = fates.get(fate, 0) + tally.entries
    return fates, under_way


def _records(
    connection: sa.Connection, inventories: Sequence[int]
) -> dict[tuple[int, str], dict[str, int]]:
    """Return the sums of records by inventory and service."""
    found: dict[tuple[int, str], dict[str, int]] = {}
    for line in records.schemas_of(connection, inventories):
        sums = found.setdefault((line.inventory_id, line.service), dict.fromkeys(COUNTED, 0))
        for name in COUNTED:
            sums[name] += getattr(line.counts, name)
    return found


def _sum(
    counted: Mapping[tuple[int, str], Mapping[str, int]], own: Iterable[ServiceStatus]
) -> dict[str, int]:
    keys = [(s.inventory.inventory_id, s.service) for s in own]
    return {name: sum(counted.get(key, {}).get(name, 0) for key in keys) for name in COUNTED}
