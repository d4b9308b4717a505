"""Packs the one content of a packed stream anew: gzip, bzip2, xz, zstd, each in one fixed way."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable

from formats import zstd
from formats.faults import MalformedError
from sanitizers.containers.flowing import BROKEN
from sanitizers.containers.means import Means
from sanitizers.containers.unpacking import READERS
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.plan import Plan, Rebuild, Rebuilt, Reread, Writer
from sanitizers.limits import Limits

_LEVEL = 6
_GZIP_WINDOW = 31
_ONLY = 1


def _gzip(content: bytes) -> bytes:
    """Return RFC 1952 without name and time."""
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packing.compress(content) + packing.flush()


def _unzstd(content: bytes) -> bytes:
    return zstd.decompressor().decompress(content)


Pack = Callable[[bytes], bytes]
KINDS: dict[str, tuple[Pack, Pack]] = {
    "application/gzip": (_gzip, gzip.decompress),
    "application/x-bzip2": (bz2.compress, bz2.decompress),
    "application/x-xz": (lzma.compress, lzma.decompress),
    "application/zstd": (zstd.packed, _unzstd),
}


def _rebuild(media_type: str) -> Rebuild:
    def rebuild(content: bytes, plan: Plan, limits: Limits) -> Rebuilt:
        (part,) = READERS[media_type](content, Means(limits=limits))
        if part.refusal:
            raise CannotDisarmError(f"its content cannot be read: {part.refusal}")
        kept = plan.kept(_ONLY, part.untrusted_name, part.content)
        if kept is None:
            raise CannotDisarmError("nothing of it can be promoted")
        return Rebuilt(content=KINDS[media_type][0](kept[1]), media_type=media_type)

    return rebuild


def _reread(media_type: str) -> Reread:
    def reread(content: bytes, limits: Limits) -> list[bytes]:
        del limits
        pack, unpack = KINDS[media_type]
        try:
            found = unpack(content)
        except BROKEN as error:
            raise MalformedError("another reader does not read it") from error
        if pack(found) != content:
            raise MalformedError("something stands beside its content")
        return [found]

    return reread


def writer_of(media_type: str) -> Writer:
    """Return what packs one kind of stream anew."""
    return Writer(rebuild=_rebuild(media_type), reread=_reread(media_type))
