"""The lines of an inspect step's manifest, from what was found out about a shard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalogue.entries import EntryUpdate
from catalogue.expansions import Expansion
from custody.artefact import Derivation, Location
from custody.box import Json
from custody.digest import Digest
from custody.finding import Finding
from pipeline.steps.intake import Fetched
from pipeline.steps.lines import (
    derived_line,
    inspect_line,
    inspected_line,
    inspected_part,
    records_part,
)
from pipeline.steps.parts import Apart
from pipeline.steps.said import Said
from pipeline.steps.validated import Validated


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What scanners and schemas said in a shard; `lines` says where details of findings lie."""

    said: Said
    lines: Mapping[Finding, int]
    validated: Validated
    profile: Digest

    def entry(self, f: Fetched, update: EntryUpdate) -> bytes:
        """Return the line of an entry."""
        return inspect_line(
            f.named.entry,
            f.named.commitment,
            update,
            location=f.location,
            inspected=self._inspected(f),
            records=self._records(f.digest, update.contract or ""),
        )

    def again(self, f: Fetched) -> bytes:
        """Return the line of an entry whose content is looked at once more, and that stays."""
        contract = f.named.entry.contract or ""
        records = self._records(f.digest, contract)
        return inspected_line(f.named.entry, self._inspected(f), contract, records)

    def derived(
        self,
        rows: Sequence[tuple[Digest, Expansion]],
        apart: Apart,
        located: Mapping[Digest, Location],
    ) -> Iterator[bytes]:
        """Yield a line for each part; a content that is new is described at its first one."""
        told: set[Digest] = set()
        for container, part in rows:
            inspected: dict[str, Json] | None = None
            if part.derived in apart.new and part.derived not in told:
                told.add(part.derived)
                inspected = inspected_part(
                    apart.inspections[part.derived],
                    self.profile,
                    lines=self.lines,
                    name_findings=(),
                    new=True,
                    name_new=False,
                )
            location = None if part.derived is None else located[part.derived]
            contract = part.outcome if part.how is Derivation.SPLIT else ""
            records = self._records(part.derived, contract)
            yield derived_line(container, part, location, inspected, records)

    def _inspected(self, f: Fetched) -> dict[str, Json] | None:
        if f.digest is None or f.digest not in self.said.inspections:
            return None
        key = (f.named.entry.name_key, f.digest)
        return inspected_part(
            self.said.inspections[f.digest],
            self.profile,
            lines=self.lines,
            name_findings=self.said.names.get(key, ()),
            new=f.digest in self.said.new,
            name_new=key in self.said.new_names,
        )

    def _records(self, digest: Digest | None, contract: str) -> dict[str, Json] | None:
        if digest is None:
            return None
        return records_part(contract, self.validated.validations.get((digest, contract)))
