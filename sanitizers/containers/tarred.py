"""The members of a tar archive."""

from collections.abc import Iterator

from formats.tar import read_members
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every member; links, devices and names that lead outside or come twice are refused.

    Raises:
        FormatError: the archive cannot be read to its end.
    """
    seen: set[bytes] = set()
    for member in read_members(content, most_members=limits.most_members):
        name = member.untrusted_name
        refusal = member.oddity or _oddity(name, seen)
        if not refusal and member.size > limits.most_content_bytes:
            refusal = f"limit: a member of more than {limits.most_content_bytes} bytes"
        plain = b"" if refusal else content[member.offset : member.offset + member.size]
        yield Unpacked(untrusted_name=name, content=plain, refusal=refusal)


def _oddity(name: bytes, seen: set[bytes]) -> str:
    folded = name.removeprefix(b"./").lower()
    if folded in seen:
        return "duplicate-name"
    seen.add(folded)
    parts = name.replace(b"\\", b"/").split(b"/")
    outside = name.startswith((b"/", b"\\")) or b".." in parts or name[1:2] == b":"
    return "path-outside" if outside else ""
