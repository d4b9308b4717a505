"""Writes tar archives anew: plain files in their order, under their names, with their dates.

Long names are written as GNU tar does ("The GNU tar manual", Basic Tar Format). Owners,
permissions, folders without a file and extended attributes are not written.
"""

import io
import tarfile

from formats.faults import MalformedError
from formats.tar import BLOCK, read_members
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.plan import Names, Plan, Rebuilt, Writer
from sanitizers.limits import Limits

MEDIA_TYPE = "application/x-tar"
_SHORT = 100
_LONG_NAME = b"././@LongLink"
_FILE, _LONG = b"0", b"L"
_MOST_SIZE = 8**11 - 1


def rebuild(content: bytes, plan: Plan, limits: Limits) -> Rebuilt:
    """Return a tar archive as a plan has it.

    Raises:
        FormatError: it cannot be read whole, or within the limits.
        CannotDisarmError: it holds a link, a device, or a name that cannot be written.
    """
    written, names = bytearray(), Names()
    for number, member in enumerate(read_members(content, most_members=limits.most_members), 1):
        if member.oddity:
            raise CannotDisarmError(f"a member that is no plain file: {member.oddity}")
        own = content[member.offset : member.offset + member.size]
        kept = plan.kept(number, member.untrusted_name, own)
        if kept is not None:
            names.check(kept[0])
            _put(written, *kept, changed=member.changed)
    written += bytes(2 * BLOCK)
    return Rebuilt(content=bytes(written), media_type=MEDIA_TYPE)


def _put(written: bytearray, name: bytes, content: bytes, *, changed: int) -> None:
    if len(name) > _SHORT:
        _put_block(written, _header(_LONG_NAME, _LONG, len(name) + 1, 0), name + b"\0")
    _put_block(written, _header(name[:_SHORT], _FILE, len(content), changed), content)


def _put_block(written: bytearray, header: bytes, content: bytes) -> None:
    written += header
    written += content
    written += bytes(-len(content) % BLOCK)


def _header(name: bytes, kind: bytes, size: int, changed: int) -> bytes:
    if size > _MOST_SIZE:
        raise CannotDisarmError("a member is too large for an archive of the old kind")
    before = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
    before += b"%011o\0%011o\0" % (size, changed)
    behind = kind + bytes(100) + b"ustar  \0"
    summed = sum(before) + 8 * 32 + sum(behind)
    return (before + b"%06o\0 " % summed + behind).ljust(BLOCK, b"\0")


def reread(content: bytes, limits: Limits) -> list[bytes]:
    """Return the contents of all members as Python's own reader sees them.

    Raises:
        FormatError: it sees no archive, something that is no plain file, or bytes of no member.
    """
    found: list[bytes] = []
    written = bytearray()
    try:
        with tarfile.open(
            fileobj=io.BytesIO(content), mode="r:", encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for member in archive:
                held = archive.extractfile(member) if member.isreg() else None
                if held is None or len(found) >= limits.most_members:
                    raise MalformedError("another reader sees what is no plain file")
                found.append(held.read())
                name = member.name.encode("utf-8", "surrogateescape")
                _put(written, name, found[-1], changed=int(member.mtime))
    except (tarfile.TarError, OSError, ValueError) as error:
        raise MalformedError("another reader does not read it") from error
    if written + bytes(2 * BLOCK) != content:
        raise MalformedError("something stands beside its members")
    return found


WRITER = Writer(rebuild=rebuild, reread=reread)
