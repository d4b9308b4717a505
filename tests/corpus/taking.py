"""Taking a whole source in, as the intake does for a shard."""

import os
from collections.abc import Callable
from pathlib import Path

from custody.digest import Digest
from custody.entry import Entry, NotTakenReason
from quarantine.descriptor import DescriptorFile
from quarantine.directory import DirectorySource
from quarantine.intake import NotTaken, Taken, take
from storage.interface import Spooled
from storage.segments import MOST_BLOB, Placement, SegmentWriter
from storage.spool import Spool

LARGE = os.urandom(MOST_BLOB + 1)


def nothing_known(digest: Digest) -> bool:
    """Say that the vault is empty."""
    return False


class Meddled(DirectorySource):
    """A source where something happens to a file between its opening and its reading."""

    def __init__(self, root: Path, meddle: Callable[[], object]) -> None:
        super().__init__(root)
        self._meddle = meddle

    def open(self, entry: Entry) -> DescriptorFile:
        """Open, then meddle."""
        file = super().open(entry)
        self._meddle()
        return file


def taken(
    source: DirectorySource,
    spool: Spool,
    known: Callable[[Digest], bool] = nothing_known,
) -> tuple[list[Taken | NotTaken], bytes]:
    """Take everything; return the results and the segment's bytes."""
    segment = SegmentWriter(spool)
    with source:
        results = list(take(source, source.walk(), segment, spool, known))
    return results, content_of(segment.finish())


def content_of(spooled: Spooled) -> bytes:
    """Return spooled bytes, wherever they are."""
    return spooled.content if isinstance(spooled.content, bytes) else spooled.content.read_bytes()


def stored_bytes(result: Taken | NotTaken, segment: bytes) -> bytes:
    """Return what was kept of a taken entry."""
    assert isinstance(result, Taken)
    match result.stored:
        case Placement() as at:
            return segment[at.offset : at.offset + at.size]
        case Spooled() as spooled:
            return content_of(spooled)
    raise AssertionError("nothing was kept")


def reasons(results: list[Taken | NotTaken]) -> list[NotTakenReason | None]:
    """Return why each was not taken; None for what was."""
    return [result.reason if isinstance(result, NotTaken) else None for result in results]


def grow(path: Path) -> None:
    """Append a byte."""
    with path.open("ab") as file:
        file.write(b"x")


def overwrite(path: Path, position: int, content: bytes) -> None:
    """Change a file and leave its size and time."""
    facts = path.stat()
    with path.open("r+b") as file:
        file.seek(position)
        file.write(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
