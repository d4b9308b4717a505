"""Packets of a hostile server: read within their bounds, or the line is broken."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.sftp.faults import LinkBrokenError, refused
from quarantine.sftp.wire import Attributes, Cursor, Kind, packet, text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_break_the_line(content):
    """Nothing else comes out of a hostile packet, and reading it ends."""
    for read in (Cursor.attributes, Cursor.text, Cursor.long):
        with suppress(LinkBrokenError):
            read(Cursor(content))
    for listed in (Cursor.names, Cursor.extensions):
        with suppress(LinkBrokenError):
            list(listed(Cursor(content)))


@given(st.binary(max_size=60), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(name, size, moment):
    """Names byte for byte; sizes and times to their last value."""
    said = struct.pack(">IQIIIII", 1 | 2 | 4 | 8, size, 0, 0, 0o100644, 0, moment)
    cursor = Cursor(struct.pack(">I", 1) + text(name) + text(b"for people") + said)

    expected = Attributes(size=size, mode=0o100644, mtime=moment)

    assert [(name, expected)] == list(cursor.names())


def test_what_a_server_leaves_out_is_unknown():
    """No size is not a size of zero; extended attributes are passed over (§5)."""
    more = struct.pack(">II", 1 << 31, 1) + text(b"acl@example.org") + text(b"x") + text(b"next")
    cursor = Cursor(more)

    assert (Attributes(), b"next") == (cursor.attributes(), cursor.text())


def test_a_packet_is_framed_as_the_draft_says():
    """Length, kind, body (§3)."""
    assert b"\0\0\0\5\1\0\0\0\3" == packet(Kind.INIT, struct.pack(">I", 3))


@pytest.mark.parametrize(("code", "expected"), [(2, "ENOENT"), (3, "EACCES"), (4, "EIO")])
def test_a_status_is_an_error_of_the_system(code, expected):
    """So intake names it as it names one of a mounted disk."""
    import errno

    found = refused(code)

    assert isinstance(found, OSError)
    assert expected == errno.errorcode[found.errno or 0]


@pytest.mark.parametrize("code", [6, 7])
def test_a_server_that_lost_its_own_line_breaks_ours(code):
    """It is tried again (§7)."""
    assert isinstance(refused(code), LinkBrokenError)
