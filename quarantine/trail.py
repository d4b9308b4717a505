"""Folders below a root, reached name by name through descriptors, so that no link leads outside."""

import errno
import os

# A path may be thousands of folders deep; a process may have 1,024 files open.
MOST_OPEN = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_below(name: bytes, flags: int, folder: int) -> int:
    """Open a name in a folder, without moving its access time where the system lets us.

    Raises:
        OSError: as `os.open`; also for the names that would lead up instead of down.
    """
    if name in {b"", b".", b".."}:
        raise NotADirectoryError(errno.ENOTDIR, "no name of an entry")
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:  # only the owner may ask for that
        return os.open(name, flags, dir_fd=folder)


class Trail:
    """The open folders from the root to where we stand; of a deep path only the lowest ones."""

    def __init__(self, root: int) -> None:
        """Start at an open folder, which the trail closes in the end."""
        self._names: list[bytes] = []
        self._root = root
        # Beside each name its descriptor; None for those given up. The last one is always open.
        self._descriptors: list[int | None] = []
        self._folder: bytes | None = b""

    def go(self, folder: bytes) -> int:
        """Go to a folder by its path from the root; the descriptor returned stays the trail's.

        Raises:
            OSError: a part of the path is no folder any more, or cannot be opened.
        """
        if folder != self._folder:
            further = self._further(folder)
            self._folder = None  # until the whole way is gone
            for name in further:
                self._enter(name)
            self._folder = folder
        return self._here()

    def close(self) -> None:
        """Close every folder."""
        while self._names:
            self._leave()
        os.close(self._root)

    def _further(self, folder: bytes) -> list[bytes]:
        """Go up as far as needed and return the names that lead down to a folder from there."""
        if self._folder and folder.startswith(self._folder + b"/"):
            return folder[len(self._folder) + 1 :].split(b"/")
        names = folder.split(b"/") if folder else []
        shared = 0
        for ours, theirs in zip(self._names, names, strict=False):
            if ours != theirs:
                break
            shared += 1
        while len(self._names) > shared or (self._names and self._descriptors[-1] is None):
            self._leave()
        return names[len(self._names) :]

    def _here(self) -> int:
        descriptor = self._descriptors[-1] if self._descriptors else self._root
        if descriptor is None:
            raise RuntimeError("the last folder of a trail is always open")
        return descriptor

    def _enter(self, name: bytes) -> None:
        descriptor = open_below(name, _FOLDER, self._here())
        self._names.append(name)
        self._descriptors.append(descriptor)
        if len(self._descriptors) > MOST_OPEN:
            self._give_up(len(self._descriptors) - 1 - MOST_OPEN)

    def _leave(self) -> None:
        self._give_up(-1)
        self._names.pop()
        self._descriptors.pop()

    def _give_up(self, position: int) -> None:
        descriptor = self._descriptors[position]
        if descriptor is not None:
            os.close(descriptor)
            self._descriptors[position] = None
