"""Where recovered files come from, and what makes a source the same one as before."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique
from fnmatch import fnmatchcase

# What care waits for comes first; what nobody put into a wave comes last.
FIRST_WAVE, LAST_WAVE = 1, 99


@unique
class SourceKind(Enum):
    """The ways in that exist."""

    DIRECTORY = "directory"
    BUCKET = "bucket"
    SFTP = "sftp"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesystemIdentity:
    """What tells one mounted image from another: file-system id and the root's inode.

    Of a bucket it is where it lies, and a number made of whose it is and since when; of a folder on
    a server the server with its host key, and the id of the file system there.
    """

    filesystem: str
    root: int

    def __str__(self) -> str:
        return f"{self.filesystem}:{self.root}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGlob:
    """A path pattern and the service that its entries belong to."""

    pattern: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A recovered file system as registered: whose it is, where it lies, when it was taken.

    Dated sources of one host and `volume` are snapshots of each other. `decryptor` is the tool that
    made the files here out of encrypted ones; empty for an image as it was found. Sources of a
    lower `wave` are recovered first.
    """

    source_id: str
    case: str
    site: str
    host: str
    service: str
    kind: SourceKind = SourceKind.DIRECTORY
    location: bytes
    identity: FilesystemIdentity
    snapshot_time: datetime | None = None
    service_globs: tuple[ServiceGlob, ...] = field(default=())
    volume: str = ""
    decryptor: str = ""
    wave: int = LAST_WAVE

    def service_of(self, path: bytes) -> str:
        """Return the service of a path: the first matching pattern's, else the source's own."""
        text = path.decode("utf-8", "surrogateescape")
        return next(
            (g.service for g in self.service_globs if fnmatchcase(text, g.pattern)), self.service
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The list of a source's entries, stored before the first byte is read."""

    run_id: str
    source_id: str
    listed: int
    bytes: int
