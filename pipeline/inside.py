"""The insides of containers for people and tools: each part with its place, name and findings."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import artefacts, expansions, inspections
from catalogue.expansions import Expansion
from custody.digest import Digest
from custody.finding import Finding
from custody.names import from_base64
from custody.outcome import Inspection, NotScanned
from pipeline.reading import NameReader
from sanitizers.containers.unpacked import ARCHIVES, has_parts
from sanitizers.limits import BULK_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """One part of a container; `place` is "2/1" for the first part of the second one.

    `untrusted_name` is missing when the part has none, or when it was erased.
    """

    place: str
    container: Digest
    part: Expansion
    size: int | None
    untrusted_name: bytes | None
    inspection: Inspection | None
    details: tuple[tuple[Finding, str], ...] = ()

    @property
    def not_scanned(self) -> list[NotScanned]:
        """Who could not judge the part, and what stands against it whatever it holds."""
        outcomes = self.inspection.outcomes if self.inspection else ()
        silent = [outcome for outcome in outcomes if isinstance(outcome, NotScanned)]
        if self.part.outcome:
            silent.append(NotScanned(scanner=ARCHIVES, reason=self.part.outcome))
        return silent


class InsideReader:
    """Walks containers down to a bounded depth; one that was not taken apart has no parts."""

    def __init__(self, connection: sa.Connection, names: NameReader, profile: Digest) -> None:
        self._connection = connection
        self._names = names
        self._profile = profile

    def parts(self, container: Digest, place: str = "", depth: int = 1) -> Iterator[Inside]:
        """Yield the parts of a container, each before its own parts."""
        rows = expansions.known(self._connection, [container], self._profile).get(container, ())
        digests = [row.derived for row in rows if row.derived is not None]
        said = inspections.known(self._connection, digests, self._profile)
        sizes = artefacts.known(self._connection, digests)
        for row in rows:
            inspection = None if row.derived is None else said.get(row.derived)
            size = sizes[row.derived].size if row.derived in sizes else None
            if not row.ordinal:
                continue
            inside = self._inside(container, row, f"{place}{row.ordinal}", inspection, size)
            yield inside
            is_container = inspection is not None and has_parts(inspection)
            if row.derived is not None and is_container and depth < BULK_LIMITS.most_depth:
                yield from self.parts(row.derived, f"{inside.place}/", depth + 1)

    def _inside(
        self,
        container: Digest,
        row: Expansion,
        place: str,
        inspection: Inspection | None,
        size: int | None,
    ) -> Inside:
        return Inside(
            place=place,
            container=container,
            part=row,
            size=size,
            untrusted_name=self._name(row),
            inspection=inspection,
            details=tuple(self._details(row.derived, inspection)),
        )

    def _name(self, row: Expansion) -> bytes | None:
        if row.name_shard is None or row.name_line is None:
            return None
        told = self._names.detail(self._connection, row.name_shard, row.name_line)
        return from_base64(told) or None

    def _details(
        self, digest: Digest | None, inspection: Inspection | None
    ) -> Iterator[tuple[Finding, str]]:
        """Yield the findings of a part with their details; most parts have none."""
        if digest is None or inspection is None or not inspection.findings:
            return
        positions = inspections.details_of(self._connection, digest, self._profile)
        told = {
            p.finding: self._names.detail(self._connection, p.shard_id, p.line) for p in positions
        }
        for finding in inspection.findings:
            yield finding, told.get(finding, "")
