"""Damage in Outlook stores (PST, OST): the header's own checksum, and the length that it tells.

[MS-PST] 2.2.2.6 and 5.3. What stands behind the header is read by libpff alone, which says what it
cannot read; noise in messages that nothing leads to is not looked for.
"""

import struct
from collections.abc import Iterator

from formats.packed_rtf import crc
from sanitizers.damage.fault import Fault, broken_at, cut
from sanitizers.interface import Opened

_HEADER = 564
_CHECKED = slice(8, 479)
_NARROW_VERSIONS = (14, 15)


def check_store(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a store."""
    content = opened.content
    if len(content) < _HEADER:
        yield cut(content, "the header is cut", len(content))
        return
    (told,) = struct.unpack_from("<I", content, 4)
    if crc(content[_CHECKED]) != told:
        yield broken_at(content, _CHECKED.start, "the header does not fit its checksum")
        return
    (version,) = struct.unpack_from("<H", content, 10)
    narrow = version in _NARROW_VERSIONS
    (end,) = struct.unpack_from("<I" if narrow else "<Q", content, 168 if narrow else 184)
    if end > opened.size:
        yield cut(content, f"{end - opened.size} bytes are missing", len(content))
