"""What a listed object is as an entry, and how the very version that was listed is asked for.

A key is bytes and no path: it may hold `..`, begin with a slash, or be a folder and a file at once.
An entry keeps it as it is, less the prefix. Nothing of ours opens it as a path; a delivery writes
under a code what a folder cannot hold.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from custody.entry import Entry, EntryKind
from custody.errors import SourceError
from storage.s3.foreign import Listed

# What an object put without versions is called among versions.
NO_VERSION = "null"
# Of the name of a version or of a tag, in characters (S3 allows 1,024 bytes).
MOST_PIN = 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One version: by its name, which no other put is ever given, else by its tag."""

    version: str | None = None
    etag: str | None = None

    @classmethod
    def of(cls, line: Listed) -> "Pin":
        """Return how a listed version is asked for again.

        Raises:
            SourceError: the server calls it by nothing that can be sent back.
        """
        pin = cls._of(line)
        words = f"{pin.version or ''}{pin.etag or ''}"
        if not words or len(words) > MOST_PIN or not (words.isascii() and words.isprintable()):
            raise SourceError(
                "the source's server lists a version without a usable name",
                next_step="check that sources.endpoint is an S3 server",
            )
        return pin

    @classmethod
    def _of(cls, line: Listed) -> "Pin":
        if line.version not in {None, NO_VERSION}:
            return cls(version=line.version)
        if line.latest:
            return cls(etag=line.etag)
        return cls(version=NO_VERSION, etag=line.etag)

    @classmethod
    def read(cls, inode: int) -> "Pin":
        """Return the pin that an entry of a bucket has for an inode."""
        version, _, etag = (
            inode.to_bytes(-(-inode.bit_length() // 8), "big").decode().partition("\n")
        )
        return cls(version=version[1:] or None, etag=etag or None)

    def number(self) -> int:
        """Return the pin as the inode of an entry."""
        return int.from_bytes(f"v{self.version or ''}\n{self.etag or ''}".encode(), "big")


def entry_of(line: Listed, prefix: str) -> Entry:
    """Return a listed object as an entry below a prefix.

    Consoles and tools put an empty object whose key ends in a slash to show a folder: there is
    nothing in it to take. With content it is a file like any other.
    """
    marker = line.key.endswith("/") and line.size == 0
    return Entry(
        path=line.key.removeprefix(prefix).encode("utf-8", "surrogatepass"),
        kind=EntryKind.FOLDER_MARKER if marker else EntryKind.FILE,
        size=line.size,
        mtime_ns=(line.modified - _EPOCH) // timedelta(microseconds=1) * 1000,
        mode=0,
        inode=Pin.of(line).number(),
    )


def key_of(entry: Entry, prefix: str) -> str:
    """Return the key of an entry below a prefix."""
    return prefix + entry.path.decode("utf-8", "surrogatepass")
