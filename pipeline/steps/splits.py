"""The accepted records of extracts, where they may stand for the whole: what is known of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import expansions, inspections
from custody.artefact import Derivation
from custody.digest import Digest
from custody.outcome import Exempt, Inspection
from pipeline.steps.validated import Key, Validated
from schemas.judging import SCANNER

# What is said of an extract's records when its accepted ones are judged in its place.
CUT_APART = Exempt(scanner=SCANNER, evidence="its records are judged apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The content of the accepted records, by extract and contract, and what was said of it."""

    made: Mapping[Key, Digest] = field(default_factory=dict)
    inspections: Mapping[Digest, Inspection] = field(default_factory=dict)

    @property
    def digests(self) -> set[Digest]:
        """Every content of accepted records."""
        return set(self.made.values())

    def of(self, digest: Digest | None, contract: str) -> Digest | None:
        """Return the accepted records of an extract, if they were inspected."""
        split = self.made.get((digest, contract)) if digest is not None else None
        return split if split in self.inspections else None

    def adds_up(self, digest: Digest, split: Digest, contract: str, known: Validated) -> bool:
        """Whether a split holds exactly the records that were accepted, and all are again."""
        whole = known.validations.get((digest, contract))
        part = known.validations.get((split, contract))
        if whole is None or part is None or not whole.is_split or part.counts.refused:
            return False
        return part.schema == whole.schema and part.counts.read == whole.counts.accepted


def splits_of(connection: sa.Connection, digests: Iterable[Digest], profile: Digest) -> Splits:
    """Return what the catalogue knows of the accepted records of some extracts."""
    made = {
        (digest, part.outcome): part.derived
        for digest, own in expansions.cut(connection, digests, profile).items()
        for part in own
        if part.how is Derivation.SPLIT and part.derived is not None
    }
    said = inspections.known(connection, made.values(), profile)
    return Splits(made=made, inspections=said)
