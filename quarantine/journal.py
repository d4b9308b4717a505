"""How far a long read came, so that a 100 GB dump is not read from its start again."""

import fcntl
import hashlib
import json
from pathlib import Path
from typing import Self

from custody.digest import parse_digest
from custody.entry import Entry
from custody.source import FilesystemIdentity
from storage.faults import store_faults
from storage.spool import JOURNAL, RESUMABLE, Mark


def journal_name(identity: FilesystemIdentity, entry: Entry) -> str:
    """Name a long read after the file as it was listed: a file that changed has another journal.

    The path is left out: it may hold a patient's name, and the inode says which file it is.
    """
    facts = f"{identity}\n{entry.inode}\n{entry.size}\n{entry.mtime_ns}"
    return hashlib.sha256(facts.encode()).hexdigest()


class Journal:
    """Marks of one long read, a JSON line each; nothing in it is believed without its bytes."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open or make a journal and try to own it; see `owned`.

        Raises:
            StoreError: the spool's disk cannot be written.
        """
        path = folder / f"{RESUMABLE}{name}{JOURNAL}"
        with store_faults("open a journal"):
            self._file = path.open("a+b")
        self.name = name
        self.owned = self._own()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def marks(self) -> list[Mark]:
        """Return the marks in order, up to the first line that is torn or out of order."""
        with store_faults("read a journal"):
            self._file.seek(0)
            lines = self._file.read().splitlines()
        marks: list[Mark] = []
        for line in lines:
            mark = _parsed(line)
            if mark is None or (marks and mark.end <= marks[-1].end):
                break
            marks.append(mark)
        return marks

    def restart(self, marks: list[Mark]) -> None:
        """Keep only these marks."""
        with store_faults("write a journal"):
            self._file.truncate(0)
        for mark in marks:
            self.append(mark)

    def append(self, mark: Mark) -> None:
        """Add a mark."""
        with store_faults("write a journal"):
            self._file.write(json.dumps({"end": mark.end, "digest": mark.digest}).encode() + b"\n")
            self._file.flush()

    def _own(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # a late owner of the same shard is still reading
            return False
        return True


def _parsed(line: bytes) -> Mark | None:
    try:
        value = json.loads(line)
        return Mark(end=int(value["end"]), digest=parse_digest(value["digest"]))
    except (ValueError, TypeError, KeyError):
        return None
