"""Short ways to spooled bytes and to what a store holds."""

from custody.digest import digest_of
from storage.interface import Readable, Spooled


def spooled(content: bytes) -> Spooled:
    """Return bytes as they come out of a spool."""
    return Spooled(digest=digest_of(content), size=len(content), content=content)


def read(store: Readable, key: str, version: str | None = None) -> bytes:
    """Return a whole object."""
    with store.open(key, version) as stream:
        return stream.read()
