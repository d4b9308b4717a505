import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.event import (
    MOST_BYTES,
    Event,
    EventType,
    canonical,
    canonical_line,
    envelope,
    event_of,
    received_at,
    subject_of_manifest,
    timestamp,
)
from custody.errors import LedgerError

AT = datetime(2026, 11, 22, 3, 4, 5, 6, tzinfo=UTC)
KEYS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def an_event(**changes):
    """An event that says nothing but what is asked of it."""
    parts = {
        "event_id": "1",
        "type": EventType.RUN_STARTED,
        "at": AT,
        "actor": "engineer",
        **changes,
    }
    return Event(**parts)


def test_an_event_is_canonical_json():
    """The bytes of an event are sorted by key, without spaces, and hold every field."""
    expected = (
        b'{"actor":"engineer","body":{},"case":"","id":"1","run":"","subject":{},'
        b'"time":"2026-11-22T03:04:05.000006Z","type":"autoclave.run.started","v":1}'
    )

    assert expected == an_event().encode()


def test_the_subject_of_a_manifest_has_four_fields():
    """An event about a manifest names its root, step, shard and number of lines."""
    assert {
        "manifest": "ab",
        "step": "inspect",
        "shard": 7,
        "lines": 3,
    } == subject_of_manifest("ab", "inspect", 7, 3)


@pytest.mark.parametrize("kind", EventType)
def test_every_type_is_autoclave_noun_verb(kind):
    """Types have three parts and begin with the name of the program."""
    program, noun, verb = kind.value.split(".")

    assert ("autoclave", True, True) == (program, noun.isalpha(), verb.isalpha())


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), b"bytes", {1, 2}, "\udcff", len],
    ids=repr,
)
def test_what_two_readers_could_understand_differently_is_refused(value):
    """Floats, large integers, bytes, sets and texts that are no UTF-8 never reach the ledger."""
    with pytest.raises(LedgerError):
        an_event(body={"deep": [{"value": value}]}).encode()
    with pytest.raises(LedgerError):
        canonical_line({"deep": [{"value": value}]})


@pytest.mark.parametrize("key", ["é", 1, None, "\udc80"])
def test_keys_are_ascii_texts(key):
    """Keys outside ASCII sort differently in different languages, so they are refused."""
    for encode in (canonical, canonical_line):
        with pytest.raises(LedgerError):
            encode({"a": {key: 1}})


def test_a_large_event_is_refused():
    """What would not fit into an entry bundle is refused when it is recorded."""
    with pytest.raises(LedgerError, match="too large"):
        an_event(body={"text": "x" * MOST_BYTES}).encode()


def test_the_largest_event_fits_into_a_bundle():
    """The envelope around the largest event stays below 65,536 bytes."""
    room = MOST_BYTES - len(an_event(body={"text": ""}).encode())
    event = an_event(body={"text": "x" * room}).encode()

    assert len(event) == MOST_BYTES
    assert len(envelope(event, timestamp(AT), 10**12)) < 1 << 16


@given(VALUES)
@settings(max_examples=100)
def test_canonical_json_reads_back_as_itself(value):
    """Canonical bytes are those of RFC 8785 and give the value back."""
    encoded = canonical(value)

    assert rfc8785.dumps(value) == encoded
    assert canonical_line(value) == encoded
    assert value == json.loads(encoded)


def test_all_characters_are_written_as_rfc_8785_asks():
    """Control characters, quotes, and every other plane look the same from both encoders."""
    text = "".join(map(chr, [*range(0x250), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600]))

    assert canonical({"a": text, "B": -1, "": [True]}) == canonical_line(
        {"a": text, "B": -1, "": [True]}
    )


def test_times_are_utc_and_sort_as_texts():
    """A moment is written in UTC with microseconds, wherever its clock stands."""
    east = AT.astimezone(timezone(timedelta(hours=2)))

    assert "2026-11-22T03:04:05.000006Z" == timestamp(east)
    assert timestamp(AT) < timestamp(AT + timedelta(microseconds=1))


def test_a_moment_without_a_time_zone_is_refused():
    """Nobody can say when a naive time was."""
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001  the naive time is the point


@given(st.dictionaries(KEYS, VALUES, max_size=3), st.integers(0, 2**53 - 1))
@settings(max_examples=60)
def test_an_envelope_is_canonical_and_gives_the_event_back(body, seq):
    """The envelope is canonical JSON around the event's own bytes, which come out unchanged."""
    event = an_event(body=body).encode()
    entry = envelope(event, timestamp(AT), seq)

    assert canonical(json.loads(entry)) == entry
    assert event == event_of(entry)
    assert timestamp(AT) == received_at(entry)


def test_an_event_that_imitates_the_envelope_comes_back_whole():
    """Text inside an event that looks like the end of the envelope does not cut the event."""
    event = an_event(body={"text": ',"received_at":"2000-01-01"}'}).encode()

    assert event == event_of(envelope(event, timestamp(AT), 3))
