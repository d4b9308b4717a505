"""The system's libarchive through ctypes: a decompressor of what few other libraries unpack.

It is used inside the box alone, on archives that we wrote around a stranger's packed bytes, and
only where it is new enough: its readers of RAR had seven known flaws since 2024.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from formats.faults import MalformedError, UnsupportedError

# 3.8.9 has the fixes; Debian 12 has them in its revision of 3.6.2, which says so in no other way.
LEAST = 3_008_009
_DEBIAN = re.compile(r"3\.6\.2-1\+deb12u(\d+)")
_LEAST_DEBIAN, _DEBIAN_NUMBER = 5, 3_006_002
_NAMES = ("libarchive.so.13", "libarchive.13.dylib")
_PACKAGES = Path("/var/lib/dpkg/status")
_STEP = 1 << 20
_END, _WARNED = 1, -20
INSTALL = (
    "it needs libarchive 3.8.9 or later, or Debian's 3.6.2-1+deb12u5 or later"
    " (apt install libarchive13)"
)


def _loaded() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def debian_revision(status: str) -> int:
    """Return which revision of Debian 12 a list of packages has; 0 if none."""
    for package in status.split("\n\n"):
        if package.startswith("Package: libarchive13"):
            found = _DEBIAN.search(package)
            return int(found[1]) if found and "\nStatus: install ok installed" in package else 0
    return 0


def is_new_enough(version: int, status: str) -> bool:
    """Tell whether a version has the fixes, by itself or as Debian's list of packages says."""
    if version == _DEBIAN_NUMBER:
        return debian_revision(status) >= _LEAST_DEBIAN
    return version >= LEAST


def _status() -> str:
    try:
        return _PACKAGES.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


class Library:
    """The functions that are used, with their types."""

    def __init__(self, loaded: ctypes.CDLL) -> None:
        self._c = loaded
        self.version: int = loaded.archive_version_number()
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        loaded.archive_read_new.restype = pointer
        loaded.archive_read_free.argtypes = [pointer]
        loaded.archive_read_open_memory.argtypes = [pointer, ctypes.c_char_p, size]
        loaded.archive_read_next_header.argtypes = [pointer, ctypes.POINTER(pointer)]
        loaded.archive_read_data.argtypes = [pointer, pointer, size]
        loaded.archive_read_data.restype = ctypes.c_ssize_t
        for form in ("rar", "rar5", "7zip"):
            getattr(loaded, f"archive_read_support_format_{form}").argtypes = [pointer]

    def contents(self, archive: bytes, form: str, sizes: Sequence[int]) -> Iterator[bytes]:
        """Yield the content of each member, which has to have its size to the byte.

        Raises:
            MalformedError: one has not, or cannot be unpacked.
        """
        with self._opened(archive, form) as handle:
            for size in sizes:
                self._next(handle)
                yield b"".join(self._pieces(handle, size))

    def member_pieces(self, archive: bytes, form: str, size: int) -> Iterator[bytes]:
        """Yield the content of an archive's one member piece by piece.

        Raises:
            MalformedError: it has not that size to the byte, or cannot be unpacked.
        """
        with self._opened(archive, form) as handle:
            self._next(handle)
            yield from self._pieces(handle, size)

    @contextmanager
    def _opened(self, archive: bytes, form: str) -> Iterator[ctypes.c_void_p]:
        handle = ctypes.c_void_p(self._c.archive_read_new())
        try:
            getattr(self._c, f"archive_read_support_format_{form}")(handle)
            if self._c.archive_read_open_memory(handle, archive, len(archive)):
                raise MalformedError("libarchive does not open it")
            yield handle
        finally:
            self._c.archive_read_free(handle)

    def _next(self, handle: ctypes.c_void_p) -> None:
        entry = ctypes.c_void_p()
        if self._c.archive_read_next_header(handle, ctypes.byref(entry)) < _WARNED:
            raise MalformedError("libarchive does not reach a member")

    def _pieces(self, handle: ctypes.c_void_p, size: int) -> Iterator[bytes]:
        left = size
        room = ctypes.create_string_buffer(min(_STEP, size + 1))
        while left >= 0:
            got = self._c.archive_read_data(handle, room, len(room))
            if got < 0:
                raise MalformedError("libarchive cannot unpack a member")
            if not got:
                break
            left -= got
            if left >= 0:
                yield room.raw[:got]
        if left:
            raise MalformedError("a member is longer or shorter than claimed")


def _usable() -> Library | None:
    """Return the library if it is there and new enough; the list of packages is read once."""
    loaded = _loaded()
    if loaded is None:
        return None
    version: int = loaded.archive_version_number()
    status = _status() if version == _DEBIAN_NUMBER else ""
    return Library(loaded) if is_new_enough(version, status) else None


LIBRARY = _usable()


def libarchive_version() -> str:
    """Return the library that unpacks for us, as it stands in a profile."""
    return f"libarchive {LIBRARY.version}" if LIBRARY is not None else "no libarchive"


def contents(archive: bytes, form: str, sizes: Sequence[int]) -> Iterator[bytes]:
    """Yield the contents of an archive that we wrote ourselves.

    Raises:
        UnsupportedError: there is no libarchive that is new enough.
        MalformedError: a member cannot be unpacked, or to another size.
    """
    if LIBRARY is None:
        raise UnsupportedError(INSTALL)
    yield from LIBRARY.contents(archive, form, sizes)


def member_pieces(archive: bytes, form: str, size: int) -> Iterator[bytes]:
    """Yield the one content of an archive that we wrote ourselves, piece by piece.

    Raises:
        UnsupportedError: there is no libarchive that is new enough.
        MalformedError: it cannot be unpacked, or to another size.
    """
    if LIBRARY is None:
        raise UnsupportedError(INSTALL)
    return LIBRARY.member_pieces(archive, form, size)
