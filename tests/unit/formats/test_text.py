import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.text import read_text, stops_in_a_letter

FRENCH = "Le patient a été opéré à l'hôpital. " * 5


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", "us-ascii"),
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "windows-1252"),
    ],
)
def test_a_french_text_is_read_in_each_usual_encoding(encoding: str, expected: str) -> None:
    """With or without a byte order mark, the view holds the same words."""
    words = FRENCH if encoding != "ascii" else "Le patient va bien. " * 5
    text = read_text(words.encode(encoding))
    assert text is not None
    assert (text.encoding, text.view.decode()) == (expected, words)


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_four_bytes_a_letter_are_text_without_a_mark_too(encoding: str) -> None:
    """Letters of other planes included; a table of small numbers holds no words."""
    words = FRENCH * 9 + "\U0001d504"
    text = read_text(words.encode(encoding))
    assert text is not None
    assert (text.encoding, text.view.decode()) == (encoding, words)
    order = "<" if encoding.endswith("le") else ">"
    assert read_text(struct.pack(f"{order}600I", *range(40, 640))) is None


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 4,
        b"\x00" * 100,
        b"words\x00words" * 50,
        b"\xff\xfe\x00",
        b"a\x00b\x01" * 50 + b"\x00",
        b"\x01\x02\x03" * 100,
    ],
)
def test_bytes_that_no_text_has_are_no_text(content: bytes) -> None:
    """Control characters, odd halves of UTF-16 and stray zeros are not text."""
    assert read_text(content) is None


def test_zeros_behind_a_text_leave_it_a_text() -> None:
    """The blocks that a power failure never wrote are damage, judged elsewhere."""
    text = read_text(b"MSH|^~\\&|LAB\r" * 10 + bytes(4096))
    assert text is not None
    latin = read_text(FRENCH.encode("cp1252") + bytes(512))
    assert latin is not None


def test_few_control_characters_are_tolerated() -> None:
    """One bell in ten thousand letters is still a text."""
    assert read_text(b"a" * 10_000 + b"\x07") is not None
    assert read_text(b"a" * 100 + b"\x07") is None


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "iso-8859-7", "euc-jp", "big5"])
def test_other_scripts_are_text_in_their_own_encodings(encoding: str) -> None:
    """No control character, length, and breaks between the words: no packed bytes have them all."""
    words = {
        "iso-8859-7": "\u039f ασθενής είναι καλά. ",
        "euc-jp": "患者は 元気です。\n",
        "big5": "病人 很好。\n",
    }.get(encoding, "Пациент чувствует себя хорошо. ")
    text = read_text((words * 12).encode(encoding))
    assert text is not None
    assert text.encoding == "unknown-8bit"
    assert read_text(words.encode(encoding)[:12]) is None


@settings(max_examples=80)
@given(st.binary(max_size=600))
def test_any_bytes_are_text_or_not(content: bytes) -> None:
    """Nothing raises, and a view is always valid UTF-8."""
    text = read_text(content)
    assert text is None or text.view.decode("utf-8", "strict") is not None


@pytest.mark.parametrize("letter", ["é", "€", "\U0001f600"])
def test_a_text_that_stops_in_a_letter_is_told(letter: str) -> None:
    """Each of its bytes but the last is missing something (RFC 3629 4)."""
    before, whole = "déjà vu ".encode(), letter.encode()
    told = [stops_in_a_letter(before + whole[:size]) for size in range(len(whole) + 1)]
    assert [False, *[True] * (len(whole) - 1), False] == told


def test_a_text_of_one_byte_a_letter_may_end_in_any() -> None:
    """Nothing before it says that it is UTF-8, or something says that it is not."""
    assert not stops_in_a_letter("le caf\xe9".encode("latin-1"))
    assert not stops_in_a_letter("d\xe9j\xe0 caf\xe9".encode("latin-1"))
    assert not stops_in_a_letter("déjà ".encode() + "caf\xe9\n".encode("latin-1"))
    assert not stops_in_a_letter(b"")
