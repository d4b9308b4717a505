"""The members of a ZIP archive, and whatever would let two programs see different ones."""

from collections.abc import Iterator

from formats.faults import FormatError, MalformedError
from formats.zip import Directory, Member, member_bytes, read_directory
from sanitizers.containers.unpacked import Unpacked
from sanitizers.inflating import checksum, inflate_raw
from sanitizers.limits import Limits


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every member; an anomaly of the archive comes first, as a part without a name.

    Raises:
        FormatError: the archive cannot be read.
    """
    directory = read_directory(content, most_members=limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in directory.anomalies)
    yield from _members(content, directory, limits)


def _members(content: bytes, directory: Directory, limits: Limits) -> Iterator[Unpacked]:
    for member in directory.members:
        name = member.untrusted_name
        if name.endswith(b"/") and not member.claimed_size:
            continue
        try:
            yield Unpacked(untrusted_name=name, content=_content(content, member, limits))
        except FormatError as error:
            yield Unpacked(untrusted_name=name, refusal=f"{error.code}: {error.reason}")


def _content(content: bytes, member: Member, limits: Limits) -> bytes:
    packed = max(1, member.packed_size)
    most = max(limits.free_ratio_bytes, packed * limits.most_ratio)
    plain = member_bytes(content, member, inflate_raw, most=min(most, limits.most_content_bytes))
    if checksum(plain) != member.crc:
        raise MalformedError("a member's checksum does not fit")
    return plain
