"""Packages that are ZIP archives: read so that no two programs could see two, written in one way.

What is written depends on nothing but its members: fixed dates, a fixed order, one method.
"""

import io
import zipfile
from collections.abc import Iterable

from formats.faults import MalformedError, ProtectedError
from formats.zip import read_directory
from sanitizers.active.members import each_member
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.inflating import checksum
from sanitizers.limits import DEFAULT_LIMITS

# What two programs would read as two archives. Bytes around an archive are not copied; odd names
# matter only where they are used.
_AMBIGUOUS = frozenset(
    {
        "duplicate-name",
        "name-mismatch",
        "method-mismatch",
        "size-mismatch",
        "directory-size",
        "overlap",
        "symlink",
    }
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that ZIP can write (APPNOTE 4.4.6)
_LEVEL = 6


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the members of a package by their names, in the order of its directory.

    Raises:
        FormatError: it cannot be read whole, or within the limits.
        CannotDisarmError: programs would not agree on what it holds, or it needs a password.
    """
    directory = read_directory(content, most_members=DEFAULT_LIMITS.most_members)
    for anomaly in directory.anomalies:
        if anomaly in _AMBIGUOUS:
            raise CannotDisarmError(f"programs would read different archives: {anomaly}")
    members: dict[str, bytes] = {}
    try:
        for member, plain in each_member(content, directory, DEFAULT_LIMITS):
            if checksum(plain) != member.crc:
                raise MalformedError("a member does not have its checksum")
            if not member.text.endswith("/"):
                members[member.text] = plain
    except ProtectedError as error:
        raise CannotDisarmError("encrypted: a member needs a password") from error
    return members


def pack(members: Iterable[tuple[str, bytes]], *, stored: str = "") -> bytes:
    """Return an archive of the members in their order; the one named `stored` is not deflated."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 0  # equal on every machine
            method = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, method, _LEVEL)
    return written.getvalue()
