"""Copies the files of one shard into the spool, each read once and hashed on the way."""

import errno
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from custody.digest import Digest
from custody.entry import KIND_REASONS, Entry, EntryKind, NotTakenReason
from quarantine.copying import copy_content
from quarantine.interface import NotReadableError, SourceFile, SourceReader
from quarantine.journal import Journal, journal_name
from storage.interface import Spooled
from storage.segments import MOST_BLOB, Placement, SegmentWriter
from storage.spool import Spool, SpoolFile

# Longer reads keep a journal, with a mark at least every so many bytes.
LONG_READ = 1 << 30
MARK_EVERY = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An entry's content was read whole and stood still.

    `stored` is its place in the segment or its own spooled bytes; None when the vault has it.
    """

    entry: Entry
    digest: Digest
    size: int
    stored: Placement | Spooled | None
    sparse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """An entry's content was not taken. `detail` holds no name."""

    entry: Entry
    reason: NotTakenReason
    detail: str


def take(
    reader: SourceReader,
    entries: Iterable[Entry],
    segment: SegmentWriter,
    spool: Spool,
    known: Callable[[Digest], bool],
) -> Iterator[Taken | NotTaken]:
    """Yield one result an entry, in order; what the vault has (`known`) is not stored again.

    When it is stopped before its end, it gives back what it spooled beside the segment.

    Raises:
        StoreError: the spool is full or cannot be written.
        SourceError: this machine is too short of something to read on.
    """
    intake = _Intake(reader, segment, spool, known)
    with ExitStack() as undo:
        undo.callback(intake.abandon)
        for entry in reader.ahead(entries):
            yield intake.take(entry)
        undo.pop_all()


class _Intake:
    def __init__(
        self,
        reader: SourceReader,
        segment: SegmentWriter,
        spool: Spool,
        known: Callable[[Digest], bool],
    ) -> None:
        self._reader = reader
        self._segment = segment
        self._spool = spool
        self._known = known
        self._large: dict[Digest, Spooled] = {}
        self._linked: dict[int, Taken] = {}

    def take(self, entry: Entry) -> Taken | NotTaken:
        if entry.kind is not EntryKind.FILE:
            return NotTaken(entry=entry, reason=KIND_REASONS[entry.kind], detail=entry.kind.value)
        try:
            with closing(self._reader.open(entry)) as file:
                return self._read(entry, file)
        except NotReadableError as error:
            return NotTaken(entry=entry, reason=error.why, detail=error.reason)
        except OSError as error:
            detail = errno.errorcode.get(error.errno or 0, "error")
            return NotTaken(entry=entry, reason=NotTakenReason.UNREADABLE, detail=detail)

    def abandon(self) -> None:
        for spooled in self._large.values():
            self._spool.abandon(spooled)

    def _read(self, entry: Entry, source: SourceFile) -> Taken | NotTaken:
        if entry.links == 1:
            return self._read_once(entry, source)
        first = self._linked.get(entry.inode)
        if first is not None and _listed_alike(first.entry, entry) and source.stood_still():
            return replace(first, entry=entry)
        result = self._read_once(entry, source)
        if isinstance(result, Taken):
            self._linked[entry.inode] = result
        return result

    def _read_once(self, entry: Entry, source: SourceFile) -> Taken | NotTaken:
        if entry.size <= MOST_BLOB:
            return self._read_small(entry, source)
        if entry.size > self._spool.most_bytes:
            reason = NotTakenReason.UNREADABLE
            return NotTaken(entry=entry, reason=reason, detail="larger than the whole spool")
        if not source.stood_still():
            return _changed(entry)
        if entry.size <= LONG_READ:
            return self._read_large(entry, source, self._spool.file(), None)
        with Journal(self._spool.folder, journal_name(self._reader.identity(), entry)) as journal:
            return self._read_long(entry, source, journal)

    def _read_small(self, entry: Entry, source: SourceFile) -> Taken | NotTaken:
        # One byte more than listed, so that a file that grew is seen.
        content = source.read(entry.size + 1, 0)
        while len(content) < entry.size and (
            more := source.read(entry.size + 1 - len(content), len(content))
        ):
            content += more  # a network file system may answer in parts
        if len(content) != entry.size or not source.stood_still():
            return _changed(entry)
        digest = Digest(hashlib.sha256(content).hexdigest())
        return Taken(
            entry=entry,
            digest=digest,
            size=entry.size,
            stored=None if self._known(digest) else self._segment.add(content, digest),
            sparse=source.sparse(),
        )

    def _read_long(self, entry: Entry, source: SourceFile, journal: Journal) -> Taken | NotTaken:
        if not journal.owned:
            return self._read_large(entry, source, self._spool.file(), None)
        marks = journal.marks()
        file = self._spool.resume(journal.name, marks)
        journal.restart([mark for mark in marks if mark.end <= file.size])
        return self._read_large(entry, source, file, journal)

    def _read_large(
        self, entry: Entry, source: SourceFile, file: SpoolFile, journal: Journal | None
    ) -> Taken | NotTaken:
        with ExitStack() as undo:
            undo.callback(file.abandon)
            progress = None if journal is None else _Marker(file, journal)
            whole = copy_content(source, entry.size, file, progress)
            still = source.stood_still()
            sparse = source.sparse()
            if journal is not None:
                journal.append(file.mark())
            undo.pop_all()
        spooled = file.finish()
        if whole and still:
            return self._spooled(entry, spooled, sparse=sparse)
        self._spool.discard(spooled)
        return _changed(entry)

    def _spooled(self, entry: Entry, spooled: Spooled, *, sparse: bool) -> Taken:
        stored: Spooled | None = self._large.get(spooled.digest)
        if stored is not None or self._known(spooled.digest):
            self._spool.discard(spooled)
        else:
            stored = self._large[spooled.digest] = spooled
        return Taken(
            entry=entry, digest=spooled.digest, size=spooled.size, stored=stored, sparse=sparse
        )


class _Marker:
    """Adds a mark to a journal whenever enough bytes went by."""

    def __init__(self, file: SpoolFile, journal: Journal) -> None:
        self._file = file
        self._journal = journal
        self._last = file.size

    def __call__(self) -> None:
        if self._file.size - self._last >= MARK_EVERY:
            self._journal.append(self._file.mark())
            self._last = self._file.size


def _listed_alike(entry: Entry, other: Entry) -> bool:
    return (entry.size, entry.mtime_ns) == (other.size, other.mtime_ns)


def _changed(entry: Entry) -> NotTaken:
    reason = NotTakenReason.CHANGED
    return NotTaken(entry=entry, reason=reason, detail="size or time is not what was listed")
