"""The files of an ISO 9660 image."""

from collections.abc import Iterator

from formats.iso9660 import read_image
from sanitizers.containers.members import Names, too_large
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every file; an anomaly of the image comes first, as a part without a name.

    Raises:
        FormatError: the image cannot be read.
    """
    image = read_image(content, most_members=limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in image.anomalies)
    names = Names()
    for member in image.members:
        name = member.untrusted_name
        unread = member.oddity or too_large(member.size, limits)
        # What a second tree holds under the same name is looked at all the same.
        refusal = unread or names.oddity(name)
        plain = b""
        if not unread:
            plain = b"".join(content[at : at + size] for at, size in member.extents)
        yield Unpacked(untrusted_name=name, content=plain, refusal=refusal)
