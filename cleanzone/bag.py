"""BagIt bags (RFC 8493) written so that a kill at any instant loses nothing and overwrites nothing.

Each file is written beside its place under a name of our own and then put there only if nothing is
there. A bag that was cut short is gone on with: what stands in it already is hashed, not believed.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from cleanzone.delivery import (
    CHUNK,
    FILE_FLAGS,
    FOLDER_FLAGS,
    MAPPED_FOLDER,
    OWNER,
    READ_WRITE,
    UNFIT,
    code_of,
    parts_of,
)
from custody.digest import Digest
from custody.errors import StoreError

PAYLOAD = b"data"
BAGIT, INFO = b"bagit.txt", b"bag-info.txt"
PAYLOAD_MANIFEST, TAG_MANIFEST = b"manifest-sha256.txt", b"tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PART = b".autoclave-part-"
# A pipe that somebody made on the target would have us wait for ever.
READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
# What a target says that knows no hard links: FAT, shares of Windows, some of FUSE.
NO_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
# Windows and FAT drop these at the end of a name, and say nothing.
DROPPED = (b".", b" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A file of the payload: what it must be, and how it was called at its source."""

    base: tuple[bytes, ...]
    untrusted_path: bytes
    digest: Digest
    size: int
    mode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a file of the payload lies below the bag; `mapped` when not under its own name."""

    path: bytes
    mapped: bool
    kept: bool


class Filling(Protocol):
    """A bag that is being filled, wherever it lies."""

    def place(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Write one file of the payload, under a code where its name does not do."""
        ...

    def place_coded(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Write one file of the payload under a code."""
        ...

    def names(self) -> set[bytes]:
        """Return the paths of everything in it, as the target lists them."""
        ...

    def hashed(self, path: bytes) -> Digest | None:
        """Return the digest of a file as the target gives it back; None if it is not there."""
        ...

    def read(self, path: bytes, most: int = -1) -> bytes | None:
        """Return a tag file, or its first `most` bytes; None when it is not there."""
        ...

    def tag(self, path: bytes, chunks: Iterable[bytes]) -> Digest:
        """Write a tag file in place of an unfinished one of ours, and return its digest."""
        ...


def manifest_line(digest: Digest, path: bytes) -> bytes:
    """Return a line of a manifest; line ends and percent signs are encoded (RFC 8493 §2.1.3).

    Other bytes stand as they are, so that `sha256sum -c` reads names that are no UTF-8.
    """
    encoded = path.replace(b"%", b"%25").replace(b"\n", b"%0A").replace(b"\r", b"%0D")
    return digest.encode() + b"  " + encoded + b"\n"


class Bag:
    """A bag that is being filled; only ever through descriptors below its folder."""

    def __init__(self, root: int, *, read_only: bool) -> None:
        self._root = root
        self._read_only = read_only

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Self:
        """Open a folder as a bag, making it when it is missing.

        Raises:
            StoreError: it cannot be made or read, or is a link.
        """
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            return cls(os.open(folder, FOLDER_FLAGS), read_only=read_only)
        except OSError as error:
            raise _cut_short(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._root)

    def place(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Write one file of the payload under its own name where the target can, else a code.

        `content` opens a stream that raises at its end when its bytes are not genuine.

        Raises:
            StoreError: the target cannot be written, or the content is damaged.
        """
        with suppress(ValueError):
            own = [PAYLOAD, *payload.base, *parts_of(payload.untrusted_path)]
            try:
                kept = self._put(own, payload, content)
                return Placed(path=b"/".join(own), mapped=False, kept=kept)
            except OSError as error:
                if error.errno not in UNFIT:
                    raise _cut_short(error) from error
        return self.place_coded(payload, content)

    def place_coded(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Write one file of the payload under a code of its name.

        Raises:
            StoreError: the target cannot be written, or the content is damaged.
        """
        path = b"/".join([*payload.base, payload.untrusted_path])
        coded = [PAYLOAD, *payload.base, MAPPED_FOLDER, code_of(path)]
        try:
            kept = self._put(coded, payload, content)
        except OSError as error:
            raise _cut_short(error) from error
        return Placed(path=b"/".join(coded), mapped=True, kept=kept)

    def hashed(self, path: bytes) -> Digest | None:
        """Return the digest of a file of the bag as the target gives it back; None if not there.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            with self._folder(path.split(b"/")[:-1], make=False) as folder:
                return self._hash(folder, path.rpartition(b"/")[2])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cut_short(error) from error

    def names(self) -> set[bytes]:
        """Return the paths of everything in the bag that is no folder, as the target lists them.

        Raises:
            StoreError: a folder cannot be read.
        """
        found: set[bytes] = set()
        try:
            for top, folders, files, below in os.fwalk(b".", onerror=_raise, dir_fd=self._root):
                links = [name for name in folders if _is_link(name, below)]
                base = top[2:] + b"/" if top != b"." else b""
                found.update(base + name for name in (*files, *links))
        except OSError as error:
            raise _cut_short(error) from error
        return found

    def read(self, path: bytes, most: int = -1) -> bytes | None:
        """Return a tag file, or its first `most` bytes; None when it is not there."""
        try:
            with self._folder(path.split(b"/")[:-1], make=False) as folder:
                descriptor = os.open(path.rpartition(b"/")[2], READ_FLAGS, dir_fd=folder)
                with os.fdopen(descriptor, "rb") as file:
                    return file.read(most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cut_short(error) from error

    def tag(self, path: bytes, chunks: Iterable[bytes]) -> Digest:
        """Write a tag file durably in place of an unfinished one of ours, and return its digest.

        Raises:
            StoreError: it cannot be written.
        """
        content = hashlib.sha256()
        parts = path.split(b"/")
        try:
            with self._folder(parts[:-1]) as folder, self._part(folder, parts[-1]) as name:
                with self._created(folder, name) as file:
                    for chunk in chunks:
                        content.update(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(name, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
        except OSError as error:
            raise _cut_short(error) from error
        return Digest(content.hexdigest())

    def _put(self, parts: list[bytes], payload: Payload, content: Callable[[], BinaryIO]) -> bool:
        """Put a file in its place, and return whether it stood there already.

        Raises:
            FileExistsError: another content stands there.
        """
        name = parts[-1]
        with self._folder(parts[:-1]) as folder:
            # A kill may have come between the file's name and the end of its part.
            with suppress(FileNotFoundError):
                os.unlink(PART + code_of(name), dir_fd=folder)
            with suppress(FileNotFoundError):
                if self._hash(folder, name) == payload.digest:
                    return True
                raise FileExistsError(errno.EEXIST, "another content stands there")
            with self._part(folder, name) as part:
                self._write(folder, part, payload, content)
                _move_without_overwriting(part, name, folder)
            if name.endswith(DROPPED) and not _listed(name, folder):
                os.unlink(name, dir_fd=folder)
                raise FileExistsError(errno.EEXIST, "the target gives it another name")
        return False

    def _write(
        self, folder: int, part: bytes, payload: Payload, content: Callable[[], BinaryIO]
    ) -> None:
        with self._created(folder, part) as file, content() as stream:
            while chunk := stream.read(CHUNK):
                file.write(chunk)
            file.flush()
            mode = payload.mode & READ_WRITE | OWNER
            os.fchmod(file.fileno(), mode & 0o444 if self._read_only else mode)
            os.utime(file.fileno(), ns=(payload.mtime_ns, payload.mtime_ns))

    @contextmanager
    def _part(self, folder: int, name: bytes) -> Iterator[bytes]:
        """Give a name of our own beside a file; what a crash left under it goes first."""
        part = PART + code_of(name)
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        try:
            yield part
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=folder)

    @contextmanager
    def _created(self, folder: int, name: bytes) -> Iterator[BinaryIO]:
        with os.fdopen(os.open(name, FILE_FLAGS, OWNER, dir_fd=folder), "wb") as file:
            yield file

    def _hash(self, folder: int, name: bytes) -> Digest:
        """Return the digest of a file.

        Raises:
            FileExistsError: no file stands there, but something else.
        """
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise FileExistsError(errno.EEXIST, "no file stands there, but something else")
        with open(name, "rb", opener=partial(_opened_in, folder)) as file:
            # What was just written comes from memory otherwise: ask the disk.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())

    @contextmanager
    def _folder(self, parts: list[bytes], *, make: bool = True) -> Iterator[int]:
        current = os.dup(self._root)
        try:
            for part in parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o700, dir_fd=current)
                below = os.open(part, FOLDER_FLAGS, dir_fd=current)
                os.close(current)
                current = below
            yield current
        finally:
            os.close(current)


def _opened_in(folder: int, name: bytes, _flags: int) -> int:
    """Open a name in a folder; Python closes it again where that turns out to be a folder."""
    return os.open(name, READ_FLAGS, dir_fd=folder)


def _move_without_overwriting(part: bytes, name: bytes, folder: int) -> None:
    """Give a finished file its name, unless something has it; a FAT disk knows no links."""
    try:
        os.link(part, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, "something stands there") from None
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)


def _listed(name: bytes, folder: int) -> bool:
    with os.scandir(folder) as items:
        return any(os.fsencode(item.name) == name for item in items)


def _is_link(name: bytes, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _raise(error: OSError) -> None:
    raise error


def _cut_short(error: OSError) -> StoreError:
    """Return the error for a target that does not take, or give back, what is written."""
    return StoreError(
        f"the bag cannot be written: {error.strerror}",
        next_step="make room or check the disk and its rights, then run the same command again",
    )
