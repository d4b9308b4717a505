"""What became of the records of an extract: how many, where they went, and for which reasons."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records were read, and where they went; a flagged record is accepted too.

    Raises:
        ValueError: accepted and refused records are not all that was read, or more are flagged
            than accepted.
    """

    read: int
    accepted: int
    refused: int
    flagged: int

    def __post_init__(self) -> None:
        if self.accepted + self.refused != self.read or not 0 <= self.flagged <= self.accepted:
            raise ValueError("accepted and refused records must add up to the records read")

    @property
    def proves_something(self) -> bool:
        """Whether anything was read: an extract of zero records is a failure, never clean."""
        return self.read > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many records of an extract a reason code touches, and whether that refuses them.

    `whole` when it is said of the extract itself: a count in a trailer, a heading.
    """

    code: str
    refuses: bool
    records: int
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What a schema said of an extract; `unread` says why not to its end.

    Without a schema nothing knows such records, and there is nothing to say.
    """

    schema: str
    counts: Counts
    reasons: tuple[ReasonCount, ...] = ()
    unread: str = ""

    @property
    def is_split(self) -> bool:
        """Whether some of its records can be believed and others cannot.

        A count that contradicts says that records are missing: no part of it would be whole.
        """
        told_of_whole = any(reason.refuses and reason.whole for reason in self.reasons)
        both = self.counts.accepted > 0 and self.counts.refused > 0
        return both and not self.unread and not told_of_whole

    def under(self, accepted: frozenset[str]) -> "Validation":
        """Return what this comes to where data owners accept some reasons, as `accepted_in` says.

        What nothing else refuses is flagged. While another reason refuses any of it, or the whole,
        it stays as it is.
        """
        refusing = [reason for reason in self.reasons if reason.refuses]
        named = {f"{self.schema}:{reason.code}" for reason in refusing}
        if not refusing or not named <= accepted or any(reason.whole for reason in refusing):
            return self
        counts = Counts(
            read=self.counts.read,
            accepted=self.counts.read,
            refused=0,
            flagged=self.counts.flagged + self.counts.refused,
        )
        reasons = tuple(replace(reason, refuses=False) for reason in self.reasons)
        return replace(self, counts=counts, reasons=reasons)


# A contract's key ends with 12 hexadecimal digits, so that nothing else ends like this.
_OPEN, _CLOSE = "+{", "}"


def base_of(contract: str) -> str:
    """Return the key of a contract without what data owners accepted; empty where none is named."""
    return contract[: contract.rindex(_OPEN)] if contract.endswith(_CLOSE) else contract


def accepted_in(contract: str) -> frozenset[str]:
    """Return what data owners accepted, each as schema and reason code: `lab-results:TAB-008`."""
    if not contract.endswith(_CLOSE):
        return frozenset()
    return frozenset(contract[contract.rindex(_OPEN) + len(_OPEN) : -1].split(","))


def accepting(contract: str, groups: frozenset[str]) -> str:
    """Return a contract's key under which some more groups of refused records are accepted.

    The key says all of it: equal bytes are validated otherwise under it, also at a later re-scan.
    """
    every = sorted(accepted_in(contract) | groups)
    base = base_of(contract)
    return f"{base}{_OPEN}{','.join(every)}{_CLOSE}" if every else base
