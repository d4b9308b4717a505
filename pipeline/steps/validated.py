"""What is known of the records in some contents, put beside what scanners said of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from custody.digest import Digest
from custody.outcome import Inspection, NotScanned, Outcome
from custody.records import Validation, accepted_in
from sanitizers.containers.judging import Contents
from schemas.judging import SCANNER, outcome_of

Key = tuple[Digest, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """Validations by content and contract; `trouble` is the machine's, and is tried again."""

    validations: Mapping[Key, Validation] = field(default_factory=dict)
    trouble: Mapping[Key, str] = field(default_factory=dict)

    def outcome(self, digest: Digest, media_type: str, contract: str = "") -> Outcome:
        """Return what is said of a content's records."""
        reason = self.trouble.get((digest, contract))
        if reason is not None:
            return NotScanned(scanner=SCANNER, reason=reason, transient=True)
        return outcome_of(media_type, contract, self.validations.get((digest, contract)))

    def beside(self, digest: Digest, inspection: Inspection, contract: str = "") -> Inspection:
        """Return an inspection with what is said of the records."""
        said = self.outcome(digest, inspection.media_type, contract)
        return replace(inspection, outcomes=(*inspection.outcomes, said))

    def beside_copy(self, copy: Digest, inspection: Inspection, contract: str) -> Inspection:
        """Return an inspection of a disarmed copy; what is accepted of its original is of it too.

        A copy is validated once, whatever its originals' owners accept.
        """
        known = self.validations.get((copy, ""))
        if known is None or (copy, "") in self.trouble:
            return self.beside(copy, inspection)
        said = outcome_of(inspection.media_type, "", known.under(accepted_in(contract)))
        return replace(inspection, outcomes=(*inspection.outcomes, said))

    def inside(self, contents: Contents) -> Contents:
        """Return the insides of containers with what is said of the records in each part."""
        inspections = {d: self.beside(d, said) for d, said in contents.inspections.items()}
        return replace(contents, inspections=inspections)


NOTHING_VALIDATED = Validated()
