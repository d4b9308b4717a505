"""Dated, reasoned loosenings by two people, handed to `judge` as values.

An exception that has ended is not handed over any more: the next judgement holds the entry again,
and nothing is recalled in silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from custody.digest import Digest
from custody.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Who allowed a loosening, why, and until when (aware UTC).

    Raises:
        ValueError: not two different people, no reason, or an end before the start.
    """

    people: tuple[str, str]
    reason: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        people = {person.strip().casefold() for person in self.people}
        if len(people) != 2 or "" in people:
            raise ValueError("an exception needs two different people")
        if not self.reason.strip():
            raise ValueError("an exception needs a reason")
        if self.end <= self.start:
            raise ValueError("an exception needs an end after its start")

    def holds_at(self, now: datetime) -> bool:
        """Whether the exception is in force at a moment."""
        return self.start <= now < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One rule of one scanner is waived on one artefact."""

    digest: Digest
    scanner: str
    rule: str
    granted: Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class UnscannedWaiver:
    """One scanner's missing outcome is accepted on one artefact."""

    digest: Digest
    scanner: str
    granted: Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Derogation:
    """One rule is waived for a class: a media type under a path prefix of a service.

    The prefix names a folder (or one entry) and never a part of a folder's name; empty stands for
    the whole service. A derogation never covers a malicious finding.
    """

    media_type: str
    path_prefix: bytes
    service: str
    scanner: str
    rule: str
    granted: Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWaiver:
    """One rule about one name is waived; the name is given by its keyed commitment."""

    name_key: str
    rule: str
    granted: Granted


AnyException = Waiver | UnscannedWaiver | Derogation | NameWaiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an entry is, as far as exceptions look at it."""

    digest: Digest
    name_key: str
    path: bytes
    service: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """The loosenings in force for one entry at one moment."""

    waived: frozenset[tuple[str, str]] = frozenset()
    derogated: frozenset[tuple[str, str]] = frozenset()
    excused: frozenset[str] = frozenset()

    def waive(self, finding: Finding) -> bool:
        """Whether a finding is waived."""
        key = (finding.scanner, finding.rule)
        return key in self.waived or (
            key in self.derogated and finding.severity is not Severity.MALICIOUS
        )

    def excuse(self, scanner: str) -> bool:
        """Whether a scanner's missing outcome is accepted."""
        return scanner in self.excused


def in_force(granted: Iterable[AnyException], subject: Subject, now: datetime) -> Exceptions:
    """Return what holds for one entry now, from everything that was ever granted."""
    waived: set[tuple[str, str]] = set()
    derogated: set[tuple[str, str]] = set()
    excused: set[str] = set()
    for exception in granted:
        if not exception.granted.holds_at(now):
            continue
        match exception:
            case Waiver(digest=subject.digest, scanner=scanner, rule=rule):
                waived.add((scanner, rule))
            case NameWaiver(name_key=subject.name_key, rule=rule):
                waived.add(("names", rule))
            case UnscannedWaiver(digest=subject.digest, scanner=scanner):
                excused.add(scanner)
            case Derogation() if _covers(exception, subject):
                derogated.add((exception.scanner, exception.rule))
            case _:
                pass
    return Exceptions(
        waived=frozenset(waived), derogated=frozenset(derogated), excused=frozenset(excused)
    )


def _covers(derogation: Derogation, subject: Subject) -> bool:
    return (
        fnmatchcase(subject.media_type, derogation.media_type)
        and subject.service == derogation.service
        and _lies_under(derogation.path_prefix, subject.path)
    )


def _lies_under(path_prefix: bytes, path: bytes) -> bool:
    folder = path_prefix.rstrip(b"/")
    return not folder or path == folder or path.startswith(folder + b"/")
