"""Puts names on a disk with their exact bytes, times and modes."""

import os
from datetime import UTC, datetime
from pathlib import Path

from cli.hospital.planted import Planted
from custody.entry import EntryKind
from custody.names import parent

FILE_MODE = 0o644
FOLDER_MODE = 0o755
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def put(folder: Path, planted: tuple[Planted, ...], folder_time: datetime) -> None:
    """Write all names under a new folder; folders get one time, after everything in them.

    Raises:
        OSError: the disk refuses a name, a pipe or a link.
    """
    folders = [folder, *(_below(folder, path) for path in _folders(planted))]
    for made in folders:
        made.mkdir()
    for item in planted:
        _put_one(folder, item)
    for made in reversed(folders):
        close_folder(made, folder_time)


def close_folder(folder: Path, at: datetime) -> None:
    """Give a folder its mode, whatever the umask says, and its time, once nothing changes in it."""
    folder.chmod(FOLDER_MODE)
    _date(folder, at)


def _folders(planted: tuple[Planted, ...]) -> list[bytes]:
    """Return every folder that the names need, parents first."""
    found = set()
    for item in planted:
        path = parent(item.path)
        while path:
            found.add(path)
            path = parent(path)
    return sorted(found)


def _below(folder: Path, path: bytes) -> Path:
    """Return a path whose name may be no UTF-8: the exact bytes come back when it is used."""
    return folder / os.fsdecode(path)


def _put_one(folder: Path, item: Planted) -> None:
    path = _below(folder, item.path)
    match item.kind:
        case EntryKind.FILE if item.link_to:
            path.hardlink_to(_below(folder, item.link_to))
        case EntryKind.FILE:
            path.write_bytes(item.content)
            path.chmod(FILE_MODE)
        case EntryKind.SYMLINK:
            path.symlink_to(os.fsdecode(item.link_to))
        case EntryKind.FIFO:
            os.mkfifo(path)
            path.chmod(FILE_MODE)
        case _:
            raise RuntimeError(f"the demonstration holds no {item.kind.value}")
    _date(path, item.modified)


def _date(path: Path, at: datetime) -> None:
    nanoseconds = int((at - EPOCH).total_seconds()) * 1_000_000_000
    os.utime(path, ns=(nanoseconds, nanoseconds), follow_symlinks=False)
