"""The members of a ZIP package, inflated within the limits, one after the other."""

from collections.abc import Iterator

from formats.faults import LimitError
from formats.zip import Directory, Member, member_bytes, read_directory
from sanitizers.inflating import inflate_raw
from sanitizers.interface import Opened
from sanitizers.limits import Limits


def open_directory(opened: Opened) -> Directory:
    """Read the package's directory.

    Raises:
        FormatError: it cannot be read.
    """
    return read_directory(opened.content, most_members=opened.limits.most_members)


def one_member(opened: Opened, member: Member) -> bytes:
    """Return the bytes of one member.

    Raises:
        FormatError: it cannot be read whole.
    """
    most = opened.limits.most_member_bytes
    return member_bytes(opened.content, member, inflate_raw, most=most)


def each_member(
    content: bytes, directory: Directory, limits: Limits
) -> Iterator[tuple[Member, bytes]]:
    """Yield every member with its bytes.

    Raises:
        FormatError: a member cannot be read whole, or all of them hold too much.
    """
    left = limits.most_expanded_bytes
    for member in directory.members:
        plain = member_bytes(content, member, inflate_raw, most=min(left, limits.most_member_bytes))
        left -= len(plain)
        packed = max(1, member.packed_size)
        if len(plain) > limits.free_ratio_bytes and len(plain) > packed * limits.most_ratio:
            raise LimitError(f"a member expands more than {limits.most_ratio} times")
        yield member, plain
