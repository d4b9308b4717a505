from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats import er7
from formats.er7 import UnitKind, read_message, read_separators, read_units
from formats.faults import LimitError, MalformedError
from tests.corpus.messages import admission, batch, framed, result, written

ONE, TWO = written(admission("M1")), written(result("R2"))


def units(content):
    """The units of some bytes: kind and exact bytes."""
    return [
        (u.kind, content[u.offset : u.offset + u.size]) for u in read_units(memoryview(content))
    ]


def test_messages_follow_each_other_without_a_gap():
    """Two messages in a row are cut exactly between them."""
    assert [(UnitKind.MESSAGE, ONE), (UnitKind.MESSAGE, TWO)] == units(ONE + TWO)


def test_a_stream_is_cut_at_its_frames():
    """Each frame is one unit, its marks included, and is known to be closed."""
    content = framed(ONE) + framed(TWO)
    found = list(read_units(memoryview(content)))

    assert [framed(ONE), framed(TWO)] == [part for _, part in units(content)]
    assert [(True, True)] * 2 == [(u.framed, u.closed) for u in found]
    assert [ONE, TWO] == [u.content for u in found]


def test_a_frame_without_its_end_is_seen():
    """A stream that was cut leaves its last frame open."""
    found = list(read_units(memoryview(framed(ONE) + b"\x0b" + TWO[:-20])))

    assert [True, False] == [u.closed for u in found]


def test_a_frame_that_lost_its_return_is_closed_where_nothing_follows():
    """FS ends a frame before white space alone; elsewhere it stands inside of the message."""
    lost = framed(ONE)[:-1] + b"\n" + framed(TWO)[:-1]
    inside = framed(ONE.replace(b"DURAND", b"DU\x1cND"))

    assert [(True, False)] * 2 == [(u.closed, u.returned) for u in read_units(memoryview(lost))]
    (whole,) = read_units(memoryview(inside))
    assert (True, True, len(inside)) == (whole.closed, whole.returned, whole.size)


def test_envelopes_are_told_from_messages():
    """Headers and trailers of a batch are units of their own."""
    kinds = [kind for kind, _ in units(batch([ONE, TWO]))]

    assert kinds == [UnitKind.ENVELOPE] * 2 + [UnitKind.MESSAGE] * 2 + [UnitKind.ENVELOPE] * 2


def test_what_belongs_to_nothing_is_a_stray():
    """Bytes before the first header and after a trailer are not dropped."""
    content = b"garbage\r" + ONE + b"FTS|0\rmore garbage\r"

    assert [UnitKind.STRAY, UnitKind.MESSAGE, UnitKind.ENVELOPE, UnitKind.STRAY] == [
        kind for kind, _ in units(content)
    ]


def test_a_byte_order_mark_is_no_content():
    """An editor's mark before the first header does not hide the message."""
    assert [(UnitKind.MESSAGE, ONE)] == units(er7.BYTE_ORDER_MARK + ONE)


def test_a_header_inside_of_a_line_is_glued():
    """Two messages grown together are seen; the word MSH in a text is not one."""
    grown = ONE[:-30] + TWO
    named = written(result(value="voir MSH du 12", kind="ST"))

    assert [True] == [u.glued for u in read_units(memoryview(grown))]
    assert [False] == [u.glued for u in read_units(memoryview(named))]


def test_messages_are_cut_where_pieces_end(monkeypatch):
    """A dump larger than one piece gives the same messages, whatever the piece's size."""
    monkeypatch.setattr(er7, "CHUNK", 700)
    content = b"".join(written(admission(f"M{n}")) for n in range(40))

    assert 40 == len(units(content))
    assert content == b"".join(part for _, part in units(content))


def test_a_message_without_end_is_a_limit(monkeypatch):
    """A message larger than memory allows is a named fault."""
    monkeypatch.setattr(er7, "CHUNK", 64)
    monkeypatch.setattr(er7, "LONGEST_UNIT", 128)
    with pytest.raises(LimitError):
        list(read_units(memoryview(ONE)))


@pytest.mark.parametrize(
    "head", ["MSH", "MSH|", "MSH|^^~\\|", "MSH|^~a&|", "MSHx^~\\&x", "MSH| ~\\&|"]
)
def test_bad_separators_are_refused(head):
    """Separators that are missing, equal or letters could make any text mean anything."""
    with pytest.raises(MalformedError):
        read_separators(head + "DPI|NORD")


def test_separators_of_one_s_own_are_read():
    """MSH-1 and MSH-2 decide, not a habit; the fifth of version 2.7 is allowed."""
    found = read_separators("MSH#$%+!#DPI#NORD")

    assert ("#", "$", "%", "+", "!") == (
        found.field,
        found.component,
        found.repetition,
        found.escape,
        found.subcomponent,
    )
    assert "|" == read_separators("MSH|^~\\&#|DPI|NORD").field


@pytest.mark.parametrize(("end", "told"), [("\r", "\r"), ("\n", "\n"), ("\r\n", "\r\n")])
def test_every_line_end_is_read_and_told(end, told):
    """Segments are found with each kind of line end, and which it was is kept."""
    message = read_message(written(admission(), end).decode())

    assert (told, True) == (message.terminator, message.terminated)
    assert ["MSH", "EVN", "PID", "PV1"] == [s.name for s in message.segments]


def test_fields_have_the_numbers_of_the_standard():
    """MSH-1 is the separator itself, so that MSH counts one further than other segments."""
    message = read_message(ONE.decode())

    assert "ADT^A01^ADT_A01" == message.segments[0].field(9)
    assert "19610714" == message.segments[2].field(7)
    assert "" == message.segments[2].field(99)


def test_too_many_segments_or_fields_are_a_limit():
    """A message made of separators alone costs a bounded amount of work."""
    with pytest.raises(LimitError):
        read_message("MSH|^~\\&|" + "\rNTE" * 6000)
    with pytest.raises(LimitError):
        read_message("MSH|^~\\&|" + "|" * 20_000)


@given(
    st.lists(st.sampled_from([ONE, TWO, b"MSH", b"FHS|", b"BTS|1\r", b"\x0b", b"\x1c\r", b"x\n"]))
)
def test_nothing_is_read_twice_and_nothing_is_lost(parts):
    """Units never overlap, and what is between them is white space and marks only."""
    content = b"".join(parts)
    at, left = 0, b""
    for unit in read_units(memoryview(content)):
        assert unit.offset >= at
        left += content[at : unit.offset]
        at = unit.offset + unit.size
    left += content[at:]

    assert b"" == left.strip(b"\x0b\x1c\r\n\t ")


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    """Arbitrary text is cut or refused by a named fault."""
    with suppress(MalformedError, LimitError):
        assert read_message(f"MSH|^~\\&|{text}").segments
