"""What a scanner is, and what it is given: content, its size and the type that it turned out to be.

Scanners are plain objects over bytes. They report and do not decide, and never touch a disk.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from custody.box import Lane
from custody.outcome import Outcome
from formats.families import DANGER, Family
from formats.remains import Remains
from sanitizers.limits import DEFAULT_LIMITS, Limits
from sanitizers.notes.features import Feature

_Seen = TypeVar("_Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeReport:
    """What content is: the most dangerous reading of it, the other readings, and where to read on.

    `remains` describes content that does not begin like any known type. `lane` is where the
    remaining scanners must run: FORKED when only a native parser can look inside.
    `tagless` text has no element that a browser could find. `note` are the features of a ransom
    note that a text has. `deciphered` content is not that of the file: it was encrypted, and opened
    without a password.
    """

    media_type: str
    family: Family
    also_valid: tuple[str, ...] = ()
    lane: Lane = Lane.RESIDENT
    encoding: str = ""
    remains: Remains | None = None
    hidden_script: bool = False
    tagless: bool = False
    hidden_program: bool = False
    deciphered: bool = False
    note: frozenset[Feature] = frozenset()

    @property
    def random_like(self) -> bool:
        """Whether all of it looks random, and it is of no known type."""
        return self.remains is not None and self.remains.random_like

    @property
    def all_zero(self) -> bool:
        """Whether it holds nothing but zeros."""
        return self.remains is not None and self.remains.all_zero

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
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, look: Callable[["Opened"], _Seen]) -> _Seen:
        """Return what a look at this sample gives, looking only once however many scanners ask."""
        if look not in self._known:
            self._known[look] = look(self)
        return cast("_Seen", self._known[look])

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
