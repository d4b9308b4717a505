import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.properties import check_property_sets

VALUE = struct.pack("<II", 30, 4) + b"abc\x00"
SET = struct.pack("<IIII", 28, 1, 2, 16) + VALUE
HEAD = b"\xfe\xff\x00\x00" + bytes(20) + struct.pack("<I", 1) + bytes(16) + struct.pack("<I", 48)
WHOLE = HEAD + SET


def test_a_whole_set_and_an_empty_stream_pass() -> None:
    """Office leaves summaries empty, or without any set."""
    check_property_sets(WHOLE)
    check_property_sets(b"")
    check_property_sets(HEAD[:24] + bytes(4))


@pytest.mark.parametrize("at", [0, 24, 48, 64])
def test_zeros_where_something_has_to_stand_are_malformed(at: int) -> None:
    """The mark of order, the size of a set and the kind of a property are never zero."""
    changed = WHOLE[:at] + bytes(4) + WHOLE[at + 4 :]
    if at == 24:
        check_property_sets(changed)  # no sets at all are lawful
        return
    with pytest.raises(MalformedError):
        check_property_sets(changed)


@pytest.mark.parametrize("size", [10, 40, 50])
def test_a_set_beyond_the_last_byte_is_a_cut(size: int) -> None:
    """What is listed is there."""
    with pytest.raises(TruncatedError):
        check_property_sets(WHOLE[:size])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.integers(0, 80))
def test_any_change_ends_in_a_named_fault_or_none(change: bytes, at: int) -> None:
    """Nothing but the named faults leaves the check."""
    with suppress(FormatError):
        check_property_sets(WHOLE[:at] + change + WHOLE[at + len(change) :])
