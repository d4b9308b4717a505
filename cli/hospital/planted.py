"""What stands on a share of the demonstration hospital, and what is known of each name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, unique
from pathlib import Path

from cli.hospital.seed import number
from custody.entry import EntryKind

# Friday 13 March 2026 in the evening: the last good moment. Files are encrypted in the night.
LAST_GOOD = datetime(2026, 3, 13, 19, 0, tzinfo=UTC)
ENCRYPTION = datetime(2026, 3, 14, 2, 40, tzinfo=UTC)
SNAPSHOT = datetime(2026, 3, 14, 6, 0, tzinfo=UTC)


@unique
class Condition(Enum):
    """What was done to a name on purpose; tests compare verdicts and fates with it."""

    INTACT = "intact"
    NEIGHBOUR = "intact, changed while its neighbours were encrypted"
    ENCRYPTED = "encrypted by the attack"
    DAMAGED = "damaged without malice"
    RANSOM_NOTE = "ransom note"
    MALICIOUS = "malicious"
    PROHIBITED = "a program under another name"
    ACTIVE = "document with active content"
    HOSTILE_NAME = "name that deceives a person or a terminal"
    ODD_NAME = "name that is unusual and harmless"
    NO_CONTENT = "name without content to take"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One name on a share. `link_to` is a symlink's text, or the name that a hard link repeats."""

    path: bytes
    modified: datetime
    content: bytes = b""
    condition: Condition = Condition.INTACT
    kind: EntryKind = EntryKind.FILE
    link_to: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Everything that one source of the demonstration holds."""

    host: str
    site: str
    service: str
    planted: tuple[Planted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSource:
    """A share as it lies on the disk, with what `autoclave recover` is told about it."""

    host: str
    site: str
    service: str
    folder: Path
    snapshot_time: datetime


def long_before(seed: str) -> datetime:
    """Return a moment of a normal working day, weeks to years before the attack."""
    back = timedelta(days=number(seed, 14, 900), minutes=number(f"{seed}-minute", 0, 540))
    return LAST_GOOD - back


def intact(path: str, content: bytes) -> Planted:
    """Return an ordinary file that nothing happened to."""
    return Planted(path=path.encode(), content=content, modified=long_before(path))


def planted(path: str, content: bytes, condition: Condition) -> Planted:
    """Return a file whose condition is not the ordinary one."""
    return Planted(
        path=path.encode(), content=content, modified=long_before(path), condition=condition
    )
