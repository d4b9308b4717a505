"""The members of a tar archive."""

from collections.abc import Iterator

from formats.tar import read_members
from sanitizers.containers.members import Names, too_large
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every member; links, devices and names that lead outside or come twice are refused.

    Raises:
        FormatError: the archive cannot be read to its end.
    """
    names = Names()
    for member in read_members(content, most_members=limits.most_members):
        name = member.untrusted_name
        refusal = member.oddity or names.oddity(name) or too_large(member.size, limits)
        plain = b"" if refusal else content[member.offset : member.offset + member.size]
        yield Unpacked(untrusted_name=name, content=plain, refusal=refusal)
