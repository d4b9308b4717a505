"""Writes promoted content into a folder as people knew it, and touches nothing that is there.

What the target cannot hold under its own name is written under a code of the name, and listed. An
existing name is never opened for writing, and no link inside the folder is ever followed.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from custody.errors import StoreError, UsageError

CHUNK = 1 << 20
MAPPED_FOLDER = b"renamed"
MANIFEST = b"manifest.jsonl"
RENAMED = b"renamed.jsonl"
NOTE = b"delivery.note"
# What stands at the top of a delivery beside the folders of hosts.
OWN_NAMES = frozenset({MAPPED_FOLDER, MANIFEST, RENAMED, NOTE})
# What a target says of a name that it cannot hold, or holds already: in another spelling, or as a
# folder (in a bucket a name may be a file's and a folder's at once).
UNFIT = frozenset(
    {
        errno.EINVAL,
        errno.EILSEQ,
        errno.ENAMETOOLONG,
        errno.EEXIST,
        errno.ENOTDIR,
        errno.EISDIR,
    }
)
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Executable, set-user-id, set-group-id and sticky bits came from a compromised disk.
READ_WRITE = 0o666
OWNER = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where content was written; `mapped` when that is not the name that it had."""

    path: bytes
    size: int
    mapped: bool


def parts_of(untrusted_path: bytes) -> list[bytes]:
    """Return the parts of a relative path that stays below where it begins.

    Raises:
        ValueError: the path is absolute or empty, or a part is empty, ".", ".." or holds a NUL.
    """
    parts = untrusted_path.split(b"/")
    if not all(parts) or any(part in {b".", b".."} or b"\0" in part for part in parts):
        raise ValueError("a delivered path is relative and stays below its folder")
    return parts


def folder_name(text: str) -> bytes:
    """Return a host's or source's name as one part of a path, the same on every file system."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in text)
    is_ours = plain.lower().encode() in OWN_NAMES
    if plain == text and plain.strip(".") and len(plain) <= 100 and not is_ours:
        return plain.encode()
    code = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:80].strip('.')}-{code}".encode()


def code_of(path: bytes) -> bytes:
    """Return the name that stands for one that the target cannot hold."""
    return hashlib.sha256(path).hexdigest()[:32].encode()


class Destination:
    """A new or empty folder that is being filled; only ever through descriptors below it."""

    def __init__(self, root: int) -> None:
        self._root = root

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a folder that is new or empty; its parent must be there.

        Raises:
            UsageError: it is there and not empty, no folder, or a link.
            StoreError: it cannot be made or read.
        """
        check_empty(folder)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            return cls(os.open(folder, FOLDER_FLAGS))
        except OSError as error:
            raise unwritable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._root)

    def write(
        self,
        base: tuple[bytes, ...],
        untrusted_path: bytes,
        content: Callable[[], BinaryIO],
        *,
        mode: int,
        mtime_ns: int,
    ) -> Written:
        """Write one file below some folders, under its own name where the target can.

        `content` opens a stream that raises at its end when its bytes are not genuine: what was
        written of it until then is removed.

        Raises:
            StoreError: the target cannot be written, or the content is damaged.
        """
        path = b"/".join([*base, untrusted_path])
        try:
            size = self._write([*base, *parts_of(untrusted_path)], content, mode, mtime_ns)
            return Written(path=path, size=size, mapped=False)
        except ValueError:
            pass
        except OSError as error:
            if error.errno not in UNFIT:
                raise unwritable(error) from error
        parts = [*base, MAPPED_FOLDER, code_of(path)]
        try:
            size = self._write(parts, content, mode, mtime_ns)
        except OSError as error:
            raise unwritable(error) from error
        return Written(path=b"/".join(parts), size=size, mapped=True)

    def write_own(self, name: bytes, chunks: Iterator[bytes]) -> None:
        """Write a file of our own at the top, durably.

        Raises:
            StoreError: it is there already, or cannot be written.
        """
        try:
            with self._created(self._root, name) as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.fsync(self._root)
        except OSError as error:
            raise unwritable(error) from error

    def _write(
        self, parts: list[bytes], content: Callable[[], BinaryIO], mode: int, mtime_ns: int
    ) -> int:
        size = 0
        with self._folder(parts[:-1]) as folder, self._created(folder, parts[-1]) as file:
            with content() as stream:
                while chunk := stream.read(CHUNK):
                    size += file.write(chunk)
            file.flush()
            os.fchmod(file.fileno(), mode & READ_WRITE | OWNER)
            os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
        return size

    @contextmanager
    def _created(self, folder: int, name: bytes) -> Iterator[BinaryIO]:
        """Make a file that was not there; on any failure it is not there afterwards either."""
        descriptor = os.open(name, FILE_FLAGS, OWNER, dir_fd=folder)
        whole = False
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            whole = True
        finally:
            if not whole:
                os.unlink(name, dir_fd=folder)

    @contextmanager
    def _folder(self, parts: list[bytes]) -> Iterator[int]:
        """Open a folder below the root, making what is missing, one part at a time."""
        current = os.dup(self._root)
        try:
            for part in parts:
                below = _below(current, part)
                os.close(current)
                current = below
            yield current
        finally:
            os.close(current)


def check_empty(folder: Path) -> None:
    """Refuse a destination that holds something.

    Raises:
        UsageError: it is there and not empty, or no folder.
    """
    try:
        with os.scandir(folder) as items:
            empty = next(items, None) is None
    except FileNotFoundError:
        return
    except NotADirectoryError:
        empty = False
    except OSError as error:
        raise unwritable(error) from error
    if not empty or folder.is_symlink():
        raise UsageError(
            "a delivery goes into a folder that is new or empty", next_step="name another folder"
        )


def _below(folder: int, part: bytes) -> int:
    with suppress(FileExistsError):
        os.mkdir(part, 0o700, dir_fd=folder)
    return os.open(part, FOLDER_FLAGS, dir_fd=folder)


def unwritable(error: OSError) -> StoreError:
    """Return the error for a target that does not take what is written."""
    return StoreError(
        f"the delivery cannot be written: {error.strerror}",
        next_step="check the target's disk and rights, then deliver into a new folder",
    )
