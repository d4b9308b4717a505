import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ssh_wire import LONGEST_MPINT, WireReader, decode_base64, mpint, string
from custody.errors import SignatureError


@given(st.binary(max_size=300), st.integers(1, 1 << 600))
def test_what_is_written_is_read(content, number):
    """A string and a number come back as they were, and nothing is left."""
    reader = WireReader(string(content) + mpint(number))

    assert (content, number) == (reader.string(), reader.mpint())
    reader.finish()


@pytest.mark.parametrize(
    "digits",
    [
        b"",
        b"\0",
        b"\x80",
        b"\0\x01",
        b"\0\0\x80",
        b"\x01" + bytes(LONGEST_MPINT),
    ],
)
def test_numbers_have_one_form(digits):
    """Zero, negative, padded and huge numbers are refused."""
    with pytest.raises(SignatureError, match="a number in it"):
        WireReader(string(digits)).mpint()


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"\0\0\0\x02x", b"\xff\xff\xff\xffx"])
def test_a_string_that_ends_early_is_refused(content):
    """A length is never believed beyond the bytes that are there."""
    with pytest.raises(SignatureError, match="ends early"):
        WireReader(content).string()


@pytest.mark.parametrize("name", [b"a\n", b"\x1b[2J", "é".encode(), b"\xff"])
def test_names_are_printable(name):
    """A name that could play with a terminal is refused before it is shown."""
    with pytest.raises(SignatureError, match="printable"):
        WireReader(string(name)).text()


def test_left_over_bytes_are_counted():
    """What follows the last field is refused."""
    reader = WireReader(b"abc")
    reader.take(1)

    with pytest.raises(SignatureError, match="2 bytes follow"):
        reader.finish()


@pytest.mark.parametrize(
    ("text", "reason"), [("eB==", "loose"), ("e", "base64"), ("é", "base64"), ("eA==\n", "base64")]
)
def test_base64_has_one_form(text, reason):
    """Only the text that encoding gives is decoded."""
    with pytest.raises(SignatureError, match=reason):
        decode_base64(text)

    assert b"x" == decode_base64("eA==")
