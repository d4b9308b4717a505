import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import (
    FormatError,
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.pdf import (
    broken_streams,
    check_end,
    check_outside,
    object_texts,
    plain_names,
    scan_pdf,
)
from sanitizers.inflating import inflate_zlib
from tests.corpus.pdfs import object_stream, pdf, stream

PLAIN = pdf(stream(b"q Q" * 50), object_stream(b"<</Inside true>>"))


def texts(content: bytes) -> bytes:
    """Return all texts that hold dictionaries."""
    found = object_texts(content, scan_pdf(content), inflate_zlib, most=1 << 20)
    return b"\n".join(found)


def test_streams_are_cut_out_and_object_streams_are_opened() -> None:
    """What is outside of streams, and what an object stream holds, is text; the rest is not."""
    scan = scan_pdf(PLAIN)
    assert [s.is_flate for s in scan.streams] == [True, True]
    assert [s.holds_objects for s in scan.streams] == [False, True]
    assert b"/Inside true" in texts(PLAIN)
    assert b"q Q" not in texts(PLAIN)


def test_an_object_stream_without_its_type_is_opened_too() -> None:
    """First and N are what a reader needs; the type is a courtesy."""
    content = pdf(stream(b"9 0 <</Inside true>>", b"/N 1/First 4"))
    assert b"/Inside true" in texts(content)


def test_an_object_stream_that_is_not_packed_is_read_as_it_stands() -> None:
    """No filter means plain bytes."""
    assert b"/Inside true" in texts(pdf(object_stream(b"<</Inside true>>", packed=False)))


def test_escapes_in_names_are_undone() -> None:
    """A name written with escapes is the same name."""
    assert plain_names(b"/J#61va#53cript") == b"/JavaScript"
    assert plain_names(b"<</#4aS (x)/A#41 1>>") == b"<</JS (x)/AA 1>>"


def test_the_claimed_length_is_believed_only_when_an_end_mark_stands_there() -> None:
    """A stream that holds the word of its own end is read to the claimed one."""
    tricky = b"abc\nendstream\nabc"
    content = pdf(b"<</Length %d>>\nstream\n%s\nendstream" % (len(tricky), tricky))
    (found,) = scan_pdf(content).streams
    assert content[found.start : found.end] == tricky
    lied = content.replace(b"/Length 17", b"/Length 99")
    assert scan_pdf(lied).streams[0].end - scan_pdf(lied).streams[0].start < 17


def test_the_word_stream_in_a_text_is_no_stream() -> None:
    """Only the word behind a dictionary opens one."""
    assert scan_pdf(pdf(b"(a stream\nof words)")).streams == ()


def test_an_encrypted_file_needs_a_password() -> None:
    """Its object streams cannot be read."""
    with pytest.raises(ProtectedError):
        texts(pdf(trailer=b"/Encrypt 5 0 R"))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (stream(b"x", b"/Type/ObjStm/N 1/First 4/DecodeParms<</Predictor 12>>"), UnsupportedError),
        (stream(b"x", b"/Type/ObjStm/Filter/LZWDecode", packed=False), UnsupportedError),
        (
            stream(b"no zlib", b"/Type/ObjStm/Filter/FlateDecode", packed=False),
            FormatError,
        ),
        (object_stream(bytes(2 << 20)), LimitError),
    ],
)
def test_an_object_stream_that_cannot_be_read_is_a_named_fault(
    body: bytes, fault: type[FormatError]
) -> None:
    """Nothing is assumed of what cannot be seen."""
    with pytest.raises(fault):
        texts(pdf(body))


def test_the_end_of_a_file_is_where_its_last_mark_stands() -> None:
    """What follows the mark is not part of the file."""
    assert check_end(PLAIN + b"junk") == len(PLAIN) - 1


@pytest.mark.parametrize(
    "content",
    [
        PLAIN[:-40],
        PLAIN + b"7 0 obj\n<</Cut",
        PLAIN.replace(b"<</Type/Catalog", b"<</Linearized 1/L 999999/Type/Catalog"),
    ],
)
def test_a_file_that_was_cut_says_so(content: bytes) -> None:
    """A missing end, an unfinished update and a length beyond the file are cuts."""
    with pytest.raises(TruncatedError):
        check_end(content)


def test_a_file_whose_text_was_destroyed_is_malformed() -> None:
    """Stripes of random bytes leave both ends and destroy the text between them."""
    stripes = bytes(
        byte ^ (37 * at + 91) % 256 if 32 <= at < len(PLAIN) - 32 and at // 16 % 2 else byte
        for at, byte in enumerate(PLAIN.replace(b"stream", b"words!"))
    )
    with pytest.raises(MalformedError):
        check_outside(scan_pdf(stripes))
    with pytest.raises(MalformedError):
        check_outside(scan_pdf(pdf(b"1 0 obj 2 0 obj 3 0 obj 4 0 obj")))
    check_outside(scan_pdf(PLAIN))


def test_a_stream_without_end_is_truncated() -> None:
    """The end mark of the last stream is missing."""
    with pytest.raises(TruncatedError):
        scan_pdf(PLAIN[: PLAIN.rindex(b"endstream")])


def test_streams_that_do_not_inflate_are_reported_by_position() -> None:
    """One broken stream of two is found."""
    scan = scan_pdf(PLAIN)
    start = scan.streams[0].start
    changed = PLAIN[: start + 2] + b"\xff\xff\xff" + PLAIN[start + 5 :]
    found = list(broken_streams(changed, scan_pdf(changed), inflate_zlib, most=1 << 20))
    assert found == [start]
    assert list(broken_streams(PLAIN, scan, inflate_zlib, most=1 << 20)) == []


def test_streams_together_may_not_hold_more_than_allowed() -> None:
    """The bound covers the sum."""
    content = pdf(stream(bytes(90_000)), stream(bytes(90_000)))
    with pytest.raises(LimitError):
        list(broken_streams(content, scan_pdf(content), inflate_zlib, most=100_000))


@pytest.mark.parametrize(
    "hostile",
    [
        b">>stream\n" * 100_000,
        b"<<>>\nstream\nendstream\n" * 50_000,
        b"1 0 obj " * 100_000,
        b"/Filter [" * 50_000,
        b"#41" * 200_000,
    ],
)
def test_repetition_costs_no_more_than_its_length(hostile: bytes) -> None:
    """Hostile repetition is answered in time, with a result or a named fault."""
    started = time.process_time()
    with suppress(FormatError):
        texts(b"%PDF-1.4\n" + hostile)
    assert time.process_time() - started < 3.0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=6))
def test_any_change_ends_in_texts_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but the named faults leaves the reader."""
    changed = PLAIN[:at] + change + PLAIN[at + len(change) :]
    with suppress(FormatError):
        assert texts(changed)
