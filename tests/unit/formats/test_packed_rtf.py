"""The packed text of Outlook messages: the examples of its specification, and hostile ones."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, LimitError, MalformedError, TruncatedError
from formats.packed_rtf import unpack_rtf
from tests.corpus.outlook_messages import RTF, packed_rtf

MOST = 1 << 20
# [MS-OXRTFCP] 4.1 and 4.2.
SIMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)
OVERLAPPING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (SIMPLE, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"),
        (OVERLAPPING, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
        (packed_rtf(), RTF),
        (packed_rtf(RTF * 300), RTF * 300),
        (struct.pack("<II4sI", 12 + len(RTF), len(RTF), b"MELA", 0) + RTF, RTF),
    ],
)
def test_packed_texts_come_out_whole(packed: bytes, plain: bytes) -> None:
    """The examples of the specification, long texts, and texts that are not packed."""
    assert plain == unpack_rtf(packed, most=MOST)


@pytest.mark.parametrize(
    ("packed", "fault"),
    [
        (b"", TruncatedError),
        (SIMPLE[:-1], TruncatedError),
        (SIMPLE[:20], TruncatedError),
        (SIMPLE[:8] + b"LZXX" + SIMPLE[12:], MalformedError),
        (SIMPLE[:12] + b"\0\0\0\0" + SIMPLE[16:], MalformedError),
        (SIMPLE[:4] + struct.pack("<I", 44) + SIMPLE[8:], TruncatedError),
        (SIMPLE[:4] + struct.pack("<I", MOST + 1) + SIMPLE[8:], LimitError),
    ],
)
def test_what_does_not_fit_is_a_named_fault(packed: bytes, fault: type[FormatError]) -> None:
    """Cuts, foreign marks, checksums and sizes that lie are told apart."""
    with pytest.raises(fault):
        unpack_rtf(packed, most=MOST)


def with_checksum(body: bytes, size: int) -> bytes:
    """A packed text whose checksum fits, whatever it holds."""
    crc = 0
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return struct.pack("<II4sI", len(body) + 12, size, b"LZFu", crc) + body


def test_a_text_that_goes_on_is_stopped() -> None:
    """References that repeat themselves for ever end when the text is longer than it says."""
    body = (b"\xff" + b"\x00\x0f" * 8) * 2000

    with pytest.raises(MalformedError, match="longer"):
        unpack_rtf(with_checksum(body, 10), most=MOST)


def test_a_reference_to_nothing_is_refused() -> None:
    """What the dictionary never held cannot be referred to."""
    with pytest.raises(MalformedError, match="never"):
        unpack_rtf(with_checksum(b"\x01\xf0\x00", 2), most=MOST)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_tokens_end_in_a_text_or_a_named_fault(body: bytes, size: int) -> None:
    """Whatever the tokens, a text is as long as it says."""
    with suppress(FormatError):
        assert size == len(unpack_rtf(with_checksum(body, size), most=MOST))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=9000))
def test_what_is_packed_comes_out_as_it_was(plain: bytes) -> None:
    """Any bytes survive, also across the end of the dictionary."""
    assert plain == unpack_rtf(packed_rtf(plain), most=MOST)
