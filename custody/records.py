"""How many records an extract held, and how many were accepted, refused and flagged."""

from dataclasses import dataclass


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
