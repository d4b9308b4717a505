from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.box import FailureCode, Produced
from sandbox import wire
from sandbox.wire import Credit, Frame, ReplyKind, ReplyReader, RequestKind, WireError

TOKEN = b"12345678"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


def take_all(reader: ReplyReader, credit: Credit | None = None) -> list[Frame]:
    """Return the frames that are whole."""
    frames = []
    while (frame := reader.take(credit)) is not None:
        frames.append(frame)
    return frames


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(st.binary(max_size=60), max_size=8), produce_limit=st.integers(0, 100))
def test_arbitrary_bytes_are_frames_or_a_wire_error(parts: list[bytes], produce_limit: int) -> None:
    """Whatever a process sends, reading it raises nothing but the wire's own error."""
    reader, read = ReplyReader(), 0
    try:
        for part in parts:
            reader.feed(part)
            for frame in take_all(reader, Credit.of(produce_limit)):
                decode(frame)
                read += wire.REPLY.size + len(frame.payload)
    except WireError:
        return
    assert read <= sum(map(len, parts))


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(ReplyKind), payload=st.binary(max_size=200))
def test_an_arbitrary_payload_is_read_or_a_wire_error(kind: ReplyKind, payload: bytes) -> None:
    """A well-framed payload of nonsense is refused by the wire's own error, too."""
    reader = ReplyReader()
    reader.feed(wire.encode_reply(kind, TOKEN, payload))
    try:
        (frame,) = take_all(reader, Credit.of(200))
        decode(frame)
    except WireError:
        return
    assert payload == frame.payload


def decode(frame: Frame) -> object:
    """Read a frame's payload as its kind says."""
    match frame.kind:
        case ReplyKind.PRODUCED:
            return wire.decode_produced(frame.payload)
        case ReplyKind.FAILED:
            return wire.decode_failed(frame.payload)
        case _:
            return wire.decode_json(frame.payload)


@settings(max_examples=100)
@given(
    payloads=st.lists(st.binary(max_size=50), max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_frames_survive_any_cutting(payloads: list[bytes], cuts: list[int]) -> None:
    """However the bytes arrive, the same frames come out."""
    stream = b"".join(wire.encode_reply(ReplyKind.ANSWER, TOKEN, p) for p in payloads)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader, frames = ReplyReader(), []
    for start, end in pairwise(places):
        reader.feed(stream[start:end])
        frames += take_all(reader)
    assert payloads == [frame.payload for frame in frames]


@pytest.mark.parametrize("kind", [kind for kind in ReplyKind if kind is not ReplyKind.PRODUCED])
def test_a_frame_beyond_its_limit_is_refused_by_its_head(kind: ReplyKind) -> None:
    """The announced size decides: nothing is collected for a frame that would be too long."""
    reader = ReplyReader()
    reader.feed(wire.REPLY.pack(kind, TOKEN, wire.FIXED_LIMITS[kind] + 1))
    with pytest.raises(WireError, match="beyond its limit"):
        reader.take()


def test_produced_bytes_need_credit() -> None:
    """A stream beyond the credit is refused by its head; without a job, any stream is."""
    head = wire.REPLY.pack(ReplyKind.PRODUCED, TOKEN, wire.LABEL.size + wire.LONGEST_LABEL + 11)
    for credit in (Credit.of(10), None):
        reader = ReplyReader()
        reader.feed(head)
        with pytest.raises(WireError, match="beyond its limit"):
            reader.take(credit)
    reader = ReplyReader()
    reader.feed(head)
    assert reader.take(Credit.of(11)) is None


def test_an_unknown_kind_is_refused() -> None:
    """A frame whose kind is not in the protocol is no frame."""
    reader = ReplyReader()
    reader.feed(wire.REPLY.pack(77, TOKEN, 0))
    with pytest.raises(WireError, match="unknown kind"):
        reader.take()


def test_credit_charges_bytes_and_streams() -> None:
    """The sum of all streams is bounded, and empty streams are not free."""
    credit = Credit.of(10)
    assert credit.allows(10, 5)
    credit.charge(10, 5)
    assert credit.allows(0, 5)
    assert not credit.allows(1, 5)
    streams = 0
    while credit.allows(0, 0):
        credit.charge(0, 0)
        streams += 1
    assert streams == (wire.FREE_OVERHEAD + 10 - 5 - wire.STREAM_OVERHEAD) // wire.STREAM_OVERHEAD


@given(label=st.text(max_size=20), content=st.binary(max_size=50))
def test_produced_streams_round_trip(label: str, content: bytes) -> None:
    """What is emitted is what is read."""
    reader = ReplyReader()
    for part in wire.encode_produced(TOKEN, label.encode(), content):
        reader.feed(part)
    (frame,) = take_all(reader, Credit.of(50))
    expected = Produced(untrusted_label=label, content=content)
    assert expected == wire.decode_produced(frame.payload)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x05", b"\x05\x00abc", b"\x01\x00\xff", b"\xff\xff" + b"a" * 70_000],
)
def test_a_cut_or_wrong_label_is_refused(payload: bytes) -> None:
    """Labels are whole, bounded UTF-8."""
    with pytest.raises(WireError):
        wire.decode_produced(payload)


@pytest.mark.parametrize("code", [code for code in FailureCode if code in wire.CODE_NUMBERS])
def test_failures_round_trip(code: FailureCode) -> None:
    """What a locked process may say of its sample arrives as it was said."""
    assert (code, "KeyError") == wire.decode_failed(wire.encode_failed(code, "KeyError"))


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x04", b"\xff"])
def test_a_locked_process_cannot_claim_other_failures(payload: bytes) -> None:
    """It cannot say that the machine failed: that would be tried again for ever."""
    with pytest.raises(WireError, match="known code"):
        wire.decode_failed(payload)


@pytest.mark.parametrize(
    ("untrusted", "expected"),
    [
        (b"ValueError", "ValueError"),
        (b"", ""),
        (b"Jean Dupont", ""),
        (b"\x1b[2J", ""),
        ("Erreur\u00e9".encode(), ""),
        (b"a\n", ""),
    ],
)
def test_a_detail_is_one_plain_identifier(untrusted: bytes, expected: str) -> None:
    """A type's name can be made of the sample's content; only what looks like a name is kept."""
    assert (FailureCode.RAISED, expected) == wire.decode_failed(b"\x01" + untrusted)


@settings(max_examples=100)
@given(value=json_values)
def test_json_round_trips(value: object) -> None:
    """Values without lone surrogates arrive as they were."""
    assert value == wire.decode_json(wire.encode_json(value))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"\xff",
        b"[" * 200_000,
        b'"\\ud800"',
        b'{"\\uDC80": 1}',
        b"9" * 5000,
    ],
)
def test_what_no_store_could_take_is_refused(payload: bytes) -> None:
    """Broken JSON, NaN, bottomless nesting, lone surrogates and endless numbers are refused."""
    with pytest.raises(WireError, match="not JSON"):
        wire.decode_json(payload)


def test_escapes_that_stand_for_text_are_read() -> None:
    """An escape alone is no reason to refuse: pairs and controls are ordinary text."""
    assert "\x00\U0001f600" == wire.decode_json(b'"\\u0000\\ud83d\\ude00"')


def test_lone_surrogates_become_question_marks() -> None:
    """A program that decoded hostile bytes carelessly is not punished for it."""
    assert b'"a?b"' == wire.encode_json("a\udc80b")


def test_a_request_is_its_head_and_its_parameters() -> None:
    """The head says how many bytes of parameters and content follow."""
    request = wire.Request(
        kind=RequestKind.INLINE, token=TOKEN, parameters=b"{}", length=3, produce_limit=9
    )
    packed = wire.encode_request(request)
    assert (1, TOKEN, 2, 0, 3, 9) == wire.REQUEST.unpack_from(packed)
    assert b"{}" == packed[wire.REQUEST.size :]
