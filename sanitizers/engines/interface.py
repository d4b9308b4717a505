"""What a rule engine does: compile sources, keep and load compiled rules, and scan bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

EXTERNALS = ("filename", "filepath", "extension", "filetype", "owner")
NO_EXTERNALS: Mapping[str, str] = dict.fromkeys(EXTERNALS, "")
Meta = tuple[tuple[str, str | int | float | bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """The text of one file, in a namespace of its own; rules refer to each other only inside it."""

    namespace: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that matched; `offset` is where its first pattern stands, None if it has none."""

    namespace: str
    rule: str
    meta: Meta
    offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """The engine did not look at everything; whatever matched before does not make it whole."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one source compiles alone: only with relaxed expressions? with patterns that are slow?"""

    relaxed: bool = False
    slow: tuple[str, ...] = ()


class Rules(Protocol):
    """Compiled rules with one scanner over them, for one thread."""

    def scan(
        self, content: bytes, externals: Mapping[str, str] = NO_EXTERNALS
    ) -> tuple[Match, ...] | Incomplete:
        """Return what matched, or why that cannot be said."""
        ...

    def dump(self) -> bytes:
        """Return the compiled form, to be loaded on this machine only."""
        ...


class Engine(Protocol):
    """Compiles and loads rules."""

    @property
    def name(self) -> str:
        """The name in settings, profiles and cache files."""
        ...

    def compile(self, sources: Iterable[RuleText]) -> Rules:
        """Compile sources, each in its namespace, without includes.

        Raises:
            RulesError: a source does not compile; the error names its file and line.
        """
        ...

    def load(self, dumped: bytes) -> Rules:
        """Load what `dump` returned; the caller has checked that nobody touched it.

        Raises:
            RulesError: it is not what this engine dumped.
        """
        ...

    def trial(self, source: RuleText) -> Trial:
        """Compile one source alone and say how it went.

        Raises:
            RulesError: it does not compile.
        """
        ...
