"""Long reads: gone on with after an interruption, and no damaged byte believed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from custody.digest import digest_of
from custody.entry import NotTakenReason
from custody.errors import StoreError
from custody.source import FilesystemIdentity
from quarantine import intake
from quarantine.directory import DirectorySource
from quarantine.intake import Taken
from quarantine.journal import Journal, journal_name
from storage.interface import Spooled
from storage.segments import MOST_BLOB
from storage.spool import Spool, is_resumable
from tests.corpus.taking import LARGE, grow, overwrite, reasons, stored_bytes, taken


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every large file keep a journal, with a mark at least every MiB."""
    monkeypatch.setattr(intake, "LONG_READ", MOST_BLOB)
    monkeypatch.setattr(intake, "MARK_EVERY", 1 << 20)


def interrupt(root: Path, folder: Path) -> bytes:
    """Leave an 8 MiB file half read, out of room after 5 MiB, and return its content."""
    content = os.urandom(8 << 20)
    (root / "file").write_bytes(content)
    spool = Spool(folder, 8 << 20)
    spool.reserve(3 << 20)
    with pytest.raises(StoreError, match="the spool is full"):
        taken(DirectorySource(root), spool)
    return content


def test_a_long_read_goes_on_at_its_last_mark(root: Path, tmp_path: Path, eager: None) -> None:
    """What was spooled before is not read again: a change there, hidden from stat, stays unseen."""
    content = interrupt(root, tmp_path / "spool")
    overwrite(root / "file", 0, b"changed")
    (result,), _ = taken(DirectorySource(root), Spool(tmp_path / "spool", 8 << 20))
    assert isinstance(result, Taken)
    assert result.digest == digest_of(content)


def test_a_resumed_read_believes_no_damaged_byte(root: Path, tmp_path: Path, eager: None) -> None:
    """Spooled bytes that rotted since are read from the source again."""
    content = interrupt(root, tmp_path / "spool")
    (spooled,) = (path for path in (tmp_path / "spool").iterdir() if not path.suffix)
    overwrite(spooled, 2 << 20, b"rotten")
    (result,), segment = taken(DirectorySource(root), Spool(tmp_path / "spool", 8 << 20))
    assert stored_bytes(result, segment) == content


def test_a_changed_file_is_read_from_its_start(root: Path, tmp_path: Path, eager: None) -> None:
    """With another time, size or inode nothing of the old read is used."""
    interrupt(root, tmp_path / "spool")
    content = os.urandom(8 << 20)
    (root / "file").write_bytes(content)
    os.utime(root / "file", ns=(5, 5))
    (result,), segment = taken(DirectorySource(root), Spool(tmp_path / "spool", 8 << 20))
    assert stored_bytes(result, segment) == content


def test_a_read_that_is_owned_by_another_is_made_apart(
    root: Path, spool: Spool, eager: None
) -> None:
    """A late owner's file is left alone, and the shard is taken all the same."""
    (root / "file").write_bytes(LARGE)
    source = DirectorySource(root)
    (entry,) = source.walk()
    with Journal(spool.folder, journal_name(source.identity(), entry)):
        (result,), segment = taken(source, spool)
    assert stored_bytes(result, segment) == LARGE
    assert isinstance(result, Taken)
    assert isinstance(result.stored, Spooled)
    assert isinstance(result.stored.content, Path)
    assert not is_resumable(result.stored.content)


def test_a_long_read_that_changes_leaves_nothing(root: Path, spool: Spool, eager: None) -> None:
    """Bytes that can never be gone on with are removed at once."""
    path = root / "file"
    path.write_bytes(os.urandom(3 << 20))

    class Source(DirectorySource):
        def identity(self) -> FilesystemIdentity:
            grow(path)
            return super().identity()

    results, _ = taken(Source(root), spool)
    assert reasons(results) == [NotTakenReason.CHANGED]
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


KILLED = """
import sys
from pathlib import Path
from quarantine import intake
from quarantine.directory import DirectorySource
from storage.segments import SegmentWriter
from storage.spool import Spool, SpoolFile

intake.LONG_READ, intake.MARK_EVERY = 1, 1 << 20
spool = Spool(Path(sys.argv[2]), 1 << 40)
source = DirectorySource(sys.argv[1])
list(intake.take(source, source.walk(), SegmentWriter(spool), spool, lambda digest: False))
"""


def test_a_killed_long_read_is_gone_on_with(root: Path, tmp_path: Path, eager: None) -> None:
    """After kill -9 in the middle, the same shard gives the whole content."""
    content = os.urandom(1 << 20) * 512
    (root / "file").write_bytes(content)
    folder = tmp_path / "spool"
    command = [sys.executable, "-c", KILLED, str(root), str(folder)]
    with subprocess.Popen(command, cwd=Path(intake.__file__).parents[1]) as child:
        while not list(folder.glob("*.jsonl")) or size_of(folder, "*.jsonl") < 300:
            assert child.poll() is None
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    left = size_of(folder, "long-*")
    assert 0 < left < len(content)
    (result,), _ = taken(DirectorySource(root), Spool(folder, 1 << 40))
    assert isinstance(result, Taken)
    assert result.digest == digest_of(content)


def size_of(folder: Path, pattern: str) -> int:
    """Return the size of the largest file of a pattern."""
    return max(path.stat().st_size for path in folder.glob(pattern))
