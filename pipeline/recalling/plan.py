"""What a recall takes: every artefact with its reason, its entries, and whoever had it by then."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from audit.manifest import encode_line
from catalogue import held_by, promotions, restore_sets
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.verdict import Verdict
from pipeline.recalling.breaker import Trip, trips
from pipeline.settings import RecallSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an artefact is recalled; a person's recall leaves the verdict as it was."""

    texts: tuple[str, ...]
    verdict: Verdict | None = None

    @property
    def line(self) -> str:
        """The reason as lists show it."""
        return "; ".join(self.texts)[:500]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An artefact to be recalled; without a `key` it stands in the clean zone as a part only."""

    digest: Digest
    reason: Reason
    key: str | None
    entries: int
    services: tuple[str, ...]
    runs: tuple[str, ...]
    deliveries: tuple[str, ...]
    sets: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the line of the manifest."""
        verdict = self.reason.verdict
        return encode_line(
            {
                "digest": self.digest,
                "verdict": verdict.value if verdict else None,
                "reasons": list(self.reason.texts),
                "key": self.key,
                "entries": self.entries,
                "services": list(self.services),
                "runs": list(self.runs),
                "deliveries": list(self.deliveries),
                "sets": list(self.sets),
            }
        )


def decode(line: Mapping[str, Json]) -> Taken:
    """Return what a line of the manifest says was taken."""
    verdict = None if line["verdict"] is None else Verdict(line["verdict"])
    return Taken(
        digest=Digest(line["digest"]),
        reason=Reason(texts=tuple(line["reasons"]), verdict=verdict),
        key=line["key"],
        entries=line["entries"],
        services=tuple(line.get("services", ())),
        runs=tuple(line["runs"]),
        deliveries=tuple(line["deliveries"]),
        sets=tuple(line.get("sets", ())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one recall takes, in the order of the digests, and what speaks against it."""

    taken: tuple[Taken, ...]
    trips: tuple[Trip, ...] = ()

    @property
    def standing(self) -> tuple[Taken, ...]:
        """What stands in the clean zone as itself."""
        return tuple(each for each in self.taken if each.key is not None)

    @property
    def code(self) -> Digest:
        """The name of exactly this recall: two people who sign it sign the same artefacts."""
        return digest_of("\n".join(each.digest for each in self.taken).encode())


def plan_of(
    connection: sa.Connection, reasons: Mapping[Digest, Reason], breaker: RecallSettings
) -> Plan:
    """Return what a recall of some contents takes and names."""
    promoted = promotions.known(connection, reasons)
    delivered = held_by.deliveries_of(connection, reasons)
    sealed = restore_sets.holding(connection, reasons)
    entries: dict[Digest, int] = {}
    services: dict[Digest, dict[str, None]] = {}
    inventories: dict[Digest, dict[int, None]] = {}
    for entry in held_by.standing(connection, sorted(promoted)):
        digest = entry.superseded_by or entry.digest
        if digest is None:
            continue
        entries[digest] = entries.get(digest, 0) + 1
        services.setdefault(digest, {})[entry.service] = None
        inventories.setdefault(digest, {})[entry.inventory_id] = None
    every = {i for own in inventories.values() for i in own}
    runs = held_by.runs_of(connection, every)
    taken = tuple(
        Taken(
            digest=digest,
            reason=reasons[digest],
            key=promoted[digest].key if digest in promoted else None,
            entries=entries.get(digest, 0),
            services=tuple(sorted(services.get(digest, ()))),
            runs=tuple(sorted({runs[i] for i in inventories.get(digest, ())})),
            deliveries=delivered.get(digest, ()),
            sets=sealed.get(digest, ()),
        )
        for digest in sorted(reasons)
    )
    return Plan(taken=taken, trips=_trips(connection, taken, breaker))


def _trips(
    connection: sa.Connection, taken: tuple[Taken, ...], breaker: RecallSettings
) -> tuple[Trip, ...]:
    counts: dict[str, int] = {}
    for each in taken:
        for service in each.services:
            counts[service] = counts.get(service, 0) + 1
    if not any(count >= breaker.least for count in counts.values()):
        return ()
    standing = held_by.promoted_by_service(connection)
    return trips(
        {service: len(digests) for service, digests in standing.items()},
        counts,
        percent=breaker.percent,
        least=breaker.least,
    )
