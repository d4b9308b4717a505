"""One name at a source, as it was listed before anything was read."""

from dataclasses import dataclass
from enum import Enum, unique


@unique
class EntryKind(Enum):
    """What a name at a source stands for; only files have content that can be taken."""

    FILE = "file"
    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    BLOCK_DEVICE = "block-device"
    CHARACTER_DEVICE = "character-device"
    UNREADABLE_DIRECTORY = "unreadable-directory"
    FOLDER_MARKER = "folder-marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name at a source: path as bytes relative to the root, and what its inode says.

    `inode` is shared by hard links, which are read once; in a bucket it names the version that was
    listed. Times are nanoseconds since 1970 UTC.
    """

    path: bytes
    kind: EntryKind
    size: int
    mtime_ns: int
    mode: int
    inode: int
    links: int = 1


@unique
class NotTakenReason(Enum):
    """Why an entry's content was not taken; `expected` ones do not spoil a source."""

    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    FOLDER_MARKER = "folder-marker"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"
    CHANGED = "changed-while-read"

    @property
    def expected(self) -> bool:
        """Whether a healthy source holds such entries: they never had content to take."""
        return self in EXPECTED_REASONS


EXPECTED_REASONS = frozenset(
    {
        NotTakenReason.SYMLINK,
        NotTakenReason.FIFO,
        NotTakenReason.SOCKET,
        NotTakenReason.DEVICE,
        NotTakenReason.FOLDER_MARKER,
    }
)

KIND_REASONS: dict[EntryKind, NotTakenReason] = {
    EntryKind.SYMLINK: NotTakenReason.SYMLINK,
    EntryKind.FIFO: NotTakenReason.FIFO,
    EntryKind.SOCKET: NotTakenReason.SOCKET,
    EntryKind.BLOCK_DEVICE: NotTakenReason.DEVICE,
    EntryKind.CHARACTER_DEVICE: NotTakenReason.DEVICE,
    EntryKind.UNREADABLE_DIRECTORY: NotTakenReason.UNREADABLE,
    EntryKind.FOLDER_MARKER: NotTakenReason.FOLDER_MARKER,
}
