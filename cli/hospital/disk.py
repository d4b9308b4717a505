"""Puts names on a disk with their exact bytes, times and modes."""

import os
from datetime import UTC, datetime
from pathlib import Path

from cli.hospital.planted import Planted
from custody.entry import EntryKind

FILE_MODE = 0o644
FOLDER_MODE = 0o755
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def put(folder: Path, planted: tuple[Planted, ...], folder_time: datetime) -> None:
    """Write all names under a new folder; folders get one time, after everything in them.

    Raises:
        OSError: the disk refuses a name, a pipe or a link.
    """
    root = os.fsencode(folder)
    folders = _make_folders(root, planted)
    for item in planted:
        _put_one(root, item)
    for made in folders:
        _date(made, folder_time)


def _make_folders(root: bytes, planted: tuple[Planted, ...]) -> list[bytes]:
    """Make every folder and return them, the deepest first."""
    found = {root}
    for item in planted:
        parts = item.path.split(b"/")[:-1]
        found.update(b"/".join([root, *parts[:depth]]) for depth in range(1, len(parts) + 1))
    ordered = sorted(found, key=lambda path: path.count(b"/"))
    for path in ordered:
        os.mkdir(path)  # noqa: PTH102  a Path cannot hold every name that bytes can
        os.chmod(path, FOLDER_MODE)  # noqa: PTH101  as above
    return ordered[::-1]


def _put_one(root: bytes, item: Planted) -> None:
    path = root + b"/" + item.path
    match item.kind:
        case EntryKind.FILE if item.link_to:
            os.link(root + b"/" + item.link_to, path)
        case EntryKind.FILE:
            _write(path, item.content)
        case EntryKind.SYMLINK:
            os.symlink(item.link_to, path)  # noqa: PTH211  bytes, as above
        case EntryKind.FIFO:
            os.mkfifo(path, FILE_MODE)
        case _:
            raise RuntimeError(f"the demonstration holds no {item.kind.value}")
    _date(path, item.modified)


def _write(path: bytes, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(descriptor, FILE_MODE)  # whatever the umask says


def _date(path: bytes, at: datetime) -> None:
    nanoseconds = int((at - EPOCH).total_seconds()) * 1_000_000_000
    os.utime(path, ns=(nanoseconds, nanoseconds), follow_symlinks=False)
