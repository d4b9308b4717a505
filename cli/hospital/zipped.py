"""ZIP archives with fixed dates, so that equal members make equal bytes."""

import io
import zipfile
from collections.abc import Mapping

DATED = (2026, 1, 5, 8, 0, 0)
UNIX = 3


def zipped(members: Mapping[str, bytes], *, deflated: bool = True) -> bytes:
    """Return an archive of the members, in their order."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, DATED)
            member.create_system = UNIX  # the default depends on the machine that runs this
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, method)
    return buffer.getvalue()
