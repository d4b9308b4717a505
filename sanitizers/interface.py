"""What a scanner is, and what it is given: content, its size and the type that it turned out to be.

Scanners are plain objects over bytes. They report and do not decide, and never touch a disk.
"""

from dataclasses import dataclass
from typing import Protocol

from custody.box import Lane
from custody.outcome import Outcome
from formats.families import DANGER, Family
from sanitizers.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeReport:
    """What content is: the most dangerous reading of it, the other readings, and where to read on.

    `random_like` (all of it), `random_head` (its first 4 KiB) and `all_zero` describe content
    that does not begin like any known type. `deciphered` content is not that of the file: it was
    encrypted, and opened without a password. `lane` is where the remaining scanners must run:
    FORKED when only a native parser can look inside.
    """

    media_type: str
    family: Family
    also_valid: tuple[str, ...] = ()
    lane: Lane = Lane.RESIDENT
    encoding: str = ""
    random_like: bool = False
    random_head: bool = False
    all_zero: bool = False
    hidden_script: bool = False
    deciphered: bool = False

    @property
    def danger(self) -> int:
        """Rank of the family; the smaller, the more dangerous."""
        return DANGER[self.family]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A sample as the scanners see it. `content` is whole unless `size` says otherwise."""

    content: bytes
    size: int
    report: TypeReport
    limits: Limits = DEFAULT_LIMITS

    @property
    def media_type(self) -> str:
        """The primary media type."""
        return self.report.media_type

    @property
    def whole(self) -> bool:
        """Whether all bytes are here."""
        return len(self.content) == self.size


class Scanner(Protocol):
    """Looks at opened content and says what it saw, or why it could not look."""

    @property
    def name(self) -> str:
        """The scanner's name in outcomes and policies."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever equal bytes may give other outcomes."""
        ...

    def scan(self, opened: Opened) -> Outcome:
        """Return what was seen. Never raises on account of content."""
        ...
