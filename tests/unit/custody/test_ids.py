"""Identifiers sort by time and are UUIDs of version 7."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.ids import new_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(0, 253_402_300_799_999).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
randoms = st.binary(min_size=10, max_size=10)


@given(moments, st.integers(1, 10**9), randoms, randoms)
def test_ids_sort_by_time(moment, later, first, second):
    """A later millisecond gives a greater text, whatever the random bytes say."""
    earlier = moment - timedelta(milliseconds=later)
    if earlier < EPOCH:
        earlier, moment = moment, moment + timedelta(milliseconds=later)

    assert new_id(earlier, first) < new_id(moment, second)


@given(moments, randoms)
def test_ids_are_version_7_uuids_of_their_millisecond(moment, random):
    """RFC 9562 §5.7: version 7, variant 10, the time in the first 48 bits."""
    text = new_id(moment, random)
    parsed = uuid.UUID(text)

    assert (str(parsed), 7, uuid.RFC_4122) == (text, parsed.version, parsed.variant)
    assert (moment - EPOCH) // timedelta(milliseconds=1) == parsed.int >> 80


@given(moments, randoms, randoms)
def test_random_bytes_tell_ids_of_one_moment_apart(moment, first, second):
    """Ids of one millisecond differ when the 74 bits that are kept differ."""
    kept = (1 << 12) - 1 << 64 | (1 << 62) - 1
    same = int.from_bytes(first, "big") & kept == int.from_bytes(second, "big") & kept

    assert same == (new_id(moment, first) == new_id(moment, second))


def test_the_published_example_is_met():
    """RFC 9562 appendix A.6 gives this identifier for its time and random bits."""
    moment = EPOCH + timedelta(milliseconds=0x017F22E279B0)
    random = (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10, "big")

    assert "017f22e2-79b0-7cc3-98c4-dc0c0c07398f" == new_id(moment, random)


def test_the_time_zone_of_a_moment_does_not_matter():
    """One moment written in two zones gives one identifier."""
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5)))

    assert new_id(moment, bytes(10)) == new_id(elsewhere, bytes(10))


@pytest.mark.parametrize("length", [0, 9, 11])
def test_too_few_random_bytes_are_refused(length):
    """An identifier is never less random than it looks."""
    with pytest.raises(ValueError, match="10 random bytes"):
        new_id(EPOCH, bytes(length))


def test_a_moment_before_1970_is_refused():
    """A clock that stands before the epoch gives no identifier that would sort wrongly."""
    with pytest.raises(ValueError, match=r".+"):
        new_id(EPOCH - timedelta(milliseconds=1), bytes(10))
