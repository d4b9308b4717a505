"""What a promote shard works on: entries that were decided to be clean, and that decision."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from audit import manifest
from audit.event import event_of
from catalogue import artefacts, ledger, lineage, promotions
from catalogue.leases import Lease
from catalogue.manifests import StoredManifest
from catalogue.promotions import Promotion
from custody.artefact import Location
from custody.box import Json
from custody.digest import Digest
from custody.errors import CatalogueError
from custody.lifecycle import Stage
from pipeline.steps.shard_view import NamedEntry, decision_on, named_entries
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What a promote shard works on: entries, where their bytes lie, and the decision.

    `told` is what the event of the decision says beside its manifest. `recalls` is how many recalls
    there were when the entries were compared with them; `again` says that bytes of them may be in
    already: put by this attempt, or by who was at work on this shard or one that it came from.
    """

    named: tuple[NamedEntry, ...]
    locations: Mapping[Digest, Location]
    present: Mapping[Digest, Promotion]
    decision: StoredManifest
    told: Mapping[str, Json]
    again: bool
    recalls: int = 0

    @property
    def answered(self) -> frozenset[str]:
        """The recalls that the decision took into account: two people set each aside by its name.

        Older decisions name none; whatever was recalled before them is held once more.
        """
        return frozenset(self.told.get("recalls", ()))


def approved_in(runtime: Runtime, lease: Lease) -> Approved:
    """Return what a lease covers and nobody has promoted yet."""
    with runtime.catalogue.read() as connection:
        named = named_entries(connection, runtime.names, lease.entries_shard)
        waiting = tuple(n for n in named if n.entry.stage is Stage.ASSESSED)
        digests = {d for n in waiting if (d := entering(n)) is not None}
        decision = decision_on(connection, lease.entries_shard)
        event = ledger.body_of(connection, decision.event_id, event_of)
        if event is None:
            raise CatalogueError(
                f"decision {decision.event_id} is not in the ledger's tables",
                next_step="run `autoclave audit verify`",
            )
        return Approved(
            named=waiting,
            locations=artefacts.known(connection, digests),
            present=promotions.known(connection, digests),
            decision=decision,
            told=json.loads(event)["body"],
            again=lease.attempts > 1 or len(lineage.ancestors(connection, lease.shard_id)) > 1,
        )


def lines_of(runtime: Runtime, decision: StoredManifest) -> list[bytes]:
    """Return the lines of a decision's manifest, checked against its root."""
    with runtime.audit.open(manifest.key_of(decision.root)) as file:
        return manifest.read(file.read(), decision.root)


def lines_about(lines: Iterable[bytes], named: Collection[NamedEntry]) -> list[bytes]:
    """Return those of a decision's lines that are about some entries, or what enters for them."""
    ordinals = {n.entry.ordinal for n in named}
    contents = {n.entry.digest for n in named}
    told = [(line, json.loads(line)) for line in lines]
    return [line for line, t in told if t.get("n") in ordinals or t.get("of") in contents]


def entering(named: NamedEntry) -> Digest | None:
    """Return what enters the clean zone for an entry: its own content, or the one in its place."""
    return named.entry.superseded_by or named.entry.digest


def concerned(named: NamedEntry) -> set[Digest]:
    """Return whose recall stops an entry: what enters for it, and what that was made of."""
    return {d for d in (named.entry.superseded_by, named.entry.digest) if d is not None}
