"""The members of a cpio archive."""

from collections.abc import Iterator

from formats.cpio import CpioMember, read_members
from sanitizers.containers.members import Names, too_large
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

_SUM_BITS = 0xFFFFFFFF


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every member; links, devices and names that lead outside or come twice are refused.

    Raises:
        FormatError: the archive cannot be read to its end.
    """
    names = Names()
    for member in read_members(content, most_members=limits.most_members):
        name = member.untrusted_name
        unread = member.oddity or too_large(member.size, limits)
        refusal = unread or names.oddity(name)
        plain = b"" if unread else content[member.offset : member.offset + member.size]
        if not unread and not _adds_up(member, plain):
            refusal, plain = "malformed: a member's sum does not fit", b""
        yield Unpacked(untrusted_name=name, content=plain, refusal=refusal)


def _adds_up(member: CpioMember, plain: bytes) -> bool:
    return member.summed is None or sum(plain) & _SUM_BITS == member.summed
