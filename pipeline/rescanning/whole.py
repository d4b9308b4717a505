"""Inspects contents whole that lie in the vault already, under the instruments in force now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from catalogue import artefacts, expansions, names, records
from catalogue.erasure import is_erased
from catalogue.expansions import Expansion
from catalogue.leases import Lease
from catalogue.names import NamesKind, NamesObject, SealedObject
from custody.artefact import Location
from custody.digest import Digest
from custody.finding import Finding
from pipeline.steps.indexing import SealedSubjects, index_subjects, seal_subjects
from pipeline.steps.inspect import InspectStep
from pipeline.steps.intake import Fetched
from pipeline.steps.parts import NOTHING_APART, Apart, take_apart
from pipeline.steps.records import NOTHING_RECORDED, Recorded, joined, recorded_beside
from pipeline.steps.said import NOTHING_SAID, Said
from pipeline.steps.told import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What was found out about contents, and how it is told; `anew` are all that were looked at."""

    said: Said = NOTHING_SAID
    apart: Apart = NOTHING_APART
    recorded: Recorded = NOTHING_RECORDED
    places: Mapping[Finding, int] = field(default_factory=dict)
    rows: Sequence[tuple[Digest, Expansion]] = ()
    lines: Sequence[bytes] = ()
    sealed: SealedObject | None = None
    whom: SealedSubjects | None = None
    anew: frozenset[Digest] = frozenset()


class WholeStep(InspectStep):
    """Inspects entries without moving them."""

    def inspect(self, lease: Lease, fetched: Sequence[Fetched], pause: Callable[[], None]) -> Whole:
        """Return what the instruments say of some entries of a shard.

        Raises:
            StoreError: the spool or the vault fails.
            CanaryMissedError: a process of the box calls itself blind; this attempt is void.
        """
        if not fetched:
            return Whole()
        said = self._inspect(fetched, pause)
        # Under a name that was erased nothing can be asked.
        left = frozenset(key for key in said.new_names if not is_erased(key[0]))
        said = replace(said, new_names=left)
        own = _located(fetched)
        apart = take_apart(
            self._runtime, self._with, lease, located=own, said=said.inspections, pause=pause
        )
        said = said.with_parts(apart)
        recorded = self._records(lease, fetched, said, apart, pause)
        apart = joined(apart, recorded.apart)
        said = said.with_parts(apart)
        copies = self._disarm(lease, fetched, said, apart, recorded, pause=pause)
        apart = joined(apart, copies.apart)
        recorded = recorded_beside(recorded, copies.recorded)
        return self._told(lease, fetched, said.with_parts(apart), apart, recorded)

    def write(self, connection: sa.Connection, lease: Lease, whole: Whole, now: datetime) -> None:
        """Write what was found out, in the transaction of its event."""
        artefacts.add(connection, lease.run_id, whole.apart.located.values())
        self._write(connection, lease, whole.said, whole.places, now=now)
        expansions.add(connection, self._profile, whole.rows)
        records.add(connection, self._profile, whole.recorded.fresh)
        index_subjects(self._runtime, connection, lease.shard_id, self._profile, whole.whom)
        if whole.sealed is not None:
            kind = NamesKind.DETAILS
            stored = NamesObject(shard_id=lease.shard_id, kind=kind, sealed=whole.sealed)
            names.put(connection, stored)

    def _told(
        self,
        lease: Lease,
        fetched: Sequence[Fetched],
        said: Said,
        apart: Apart,
        recorded: Recorded,
    ) -> Whole:
        details = said.details
        places = {finding: n for n, finding in enumerate(details)}
        rows = apart.rows(lease.shard_id, len(details))
        validated = recorded.validated
        told = Told(said=said, lines=places, validated=validated, profile=self._profile)
        located = {**apart.located, **_located(fetched)}
        own = {f.digest for f in fetched if f.digest is not None}
        return Whole(
            said=said,
            apart=apart,
            recorded=recorded,
            places=places,
            rows=rows,
            lines=[*map(told.again, fetched), *told.derived(rows, apart, located)],
            sealed=self._seal_details(lease, [*(f.detail for f in details), *apart.names]),
            whom=seal_subjects(self._runtime, lease, self._keys, recorded.subjects),
            anew=frozenset(own) | said.new | apart.new,
        )


def _located(fetched: Sequence[Fetched]) -> dict[Digest, Location]:
    return {f.digest: f.location for f in fetched if f.digest is not None and f.location}
