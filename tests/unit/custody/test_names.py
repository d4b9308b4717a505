"""Names from hostile disks are escaped for eyes and kept exactly for machines."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custody.names import escape, extension, from_base64, parent, to_base64, unescape

awkward = st.text(
    st.characters(categories=["Cc", "Cf", "Co", "Zs", "Zl", "Zp", "Mn", "Lo", "So"]), max_size=12
).map(str.encode)
names = st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode), awkward)
VISIBLE = ["compte-rendu.docx", "Éléonore Dupré.pdf", "画像.dcm", "a b", "100 %"]


@given(names, names)
@settings(max_examples=300)
@example(b"\\x41", b"A")
@example(b"\xe9", b"\\xe9")
@example("\u202e".encode(), b"\\u202e")
@example("\U000e0041".encode(), b"\\U000e0041")
def test_escape_is_injective(first, second):
    """Two different names never give the same text."""
    assert (first == second) == (escape(first) == escape(second))


@given(names)
@settings(max_examples=300)
def test_an_escaped_name_is_printable_and_one_line(name):
    """Nothing in the text moves a cursor, breaks a line or turns the writing direction."""
    text = escape(name)

    assert text.isprintable()
    assert [text] == (text.splitlines() or [""])


@given(names)
@settings(max_examples=200)
def test_an_escaped_name_gives_the_name_back(name):
    """Whoever reads the text can write the exact bytes again."""
    assert name == unescape(escape(name))


@given(st.text("\\xuU0fF9e\u202ea\x00\ud800", max_size=12))
@settings(max_examples=300)
@example("\\x41")
@example("\\Uffffffff")
@example("a\\")
def test_what_no_escape_shows_is_no_name(text):
    """A text is read as an escaped name only if it is what that name looks like."""
    try:
        name = unescape(text)
    except ValueError:
        return
    assert text == escape(name)


@pytest.mark.parametrize("name", VISIBLE)
def test_ordinary_names_stay_as_they_are(name):
    """Accents, other scripts and plain spaces are not escaped."""
    assert name == escape(name.encode())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"a\nb", "a\\u000ab"),
        (b"\x1b[2J", "\\u001b[2J"),
        (b"caf\xe9", "caf\\xe9"),
        ("facture\u202efdp.exe".encode(), "facture\\u202efdp.exe"),
        ("zero\u200bwidth".encode(), "zero\\u200bwidth"),
        ("hard\u00a0space".encode(), "hard\\u00a0space"),
        ("filler\u3164".encode(), "filler\\u3164"),
        ("joiner\u034f".encode(), "joiner\\u034f"),
        ("selector\ufe0f".encode(), "selector\\ufe0f"),
        ("braille\u2800".encode(), "braille\\u2800"),
        ("tag\U000e0041".encode(), "tag\\U000e0041"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"a\\b", "a\\\\b"),
        (b"", ""),
    ],
)
def test_hidden_characters_are_spelled_out(name, expected):
    """Each kind of hidden character has its published spelling."""
    assert expected == escape(name)


@given(names)
def test_base64_is_a_round_trip(name):
    """The machine's form gives the exact bytes back, in ASCII."""
    text = to_base64(name)

    assert text.isascii()
    assert name == from_base64(text)


@pytest.mark.parametrize("text", ["%", "a", "abc", "é===", "YQ==\n", "YQ=", "Y Q=="])
def test_what_is_no_base64_is_refused(text):
    """Stray characters and wrong padding are errors, not guesses."""
    with pytest.raises(ValueError, match=r".+"):
        from_base64(text)


@pytest.mark.parametrize(
    ("path", "expected"), [(b"a/b/c.txt", b"a/b"), (b"c.txt", b""), (b"a/", b"a"), (b"", b"")]
)
def test_parent_is_the_directory_part(path, expected):
    """The root itself has the empty parent."""
    assert expected == parent(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"a/report.PDF", "pdf"),
        (b"archive.tar.gz", "gz"),
        (b"a.b/c", ""),
        (b".profile", ""),
        (b"a/.profile", ""),
        (b"name.", ""),
        (b"name.\xff", "\ufffd"),
        (b"", ""),
    ],
)
def test_extension_is_of_the_last_part_only(path, expected):
    """A dot in a folder's name or at the beginning makes no extension."""
    assert expected == extension(path)


@given(names)
def test_parent_and_extension_accept_every_name(name):
    """No bytes from a disk make them fail."""
    assert name.startswith(parent(name))
    assert extension(name) == extension(b"folder/" + name)
