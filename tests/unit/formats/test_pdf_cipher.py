from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, ProtectedError, UnsupportedError
from formats.pdf import object_texts, scan_pdf
from formats.pdf_cipher import open_without_password
from sanitizers.deciphering import NativeCiphers
from sanitizers.inflating import inflate_zlib
from tests.corpus.ciphered_pdfs import METHODS, ciphered_pdf
from tests.corpus.pdfs import pdf

INNER = b"<</S/JavaScript/JS(x)>>"
CIPHERS = NativeCiphers()


@pytest.mark.parametrize("method", METHODS)
def test_a_restricted_file_is_read_as_every_reader_does(method: str) -> None:
    """The streams are in clear, every byte is at its place, and nothing calls it encrypted."""
    content = ciphered_pdf(METHODS[method], INNER)
    opened = open_without_password(content, CIPHERS)
    scan = scan_pdf(opened)
    assert len(content) == len(opened)
    assert not scan.protected
    assert INNER in b"".join(object_texts(opened, scan, inflate_zlib, most=1000))
    assert b"\x80\x9f" not in opened


def test_what_is_behind_the_end_stays_as_it_is() -> None:
    """A key that an attacker appends has brackets, and no strings."""
    behind = b"\n(key)" * 90
    opened = open_without_password(
        ciphered_pdf(METHODS[next(iter(METHODS))], INNER) + behind, CIPHERS
    )
    assert opened.endswith(behind)


@pytest.mark.parametrize("method", METHODS)
def test_a_password_is_a_closed_door(method: str) -> None:
    """The empty password is proven before anything is deciphered."""
    content = ciphered_pdf(METHODS[method], INNER, password=b"secret")
    with pytest.raises(ProtectedError):
        open_without_password(content, CIPHERS)


@pytest.mark.parametrize(
    "content",
    [
        pdf(trailer=b"/Encrypt 4 0 R"),
        pdf(trailer=b"/Encrypt<</Filter/Standard/V 9/R 9>>"),
        pdf(trailer=b"/Encrypt<</Filter/Adobe.PubSec/V 4/R 4>>"),
        pdf(trailer=b"/Encrypt<</Filter/Standard/V 5/R 6/U()/UE()>>"),
        pdf(trailer=b"/Encrypt 3"),
        pdf(),
    ],
)
def test_what_does_not_say_how_it_is_sealed_stays_closed(content: bytes) -> None:
    """Missing dictionaries, unknown versions and other handlers are a named fault."""
    with pytest.raises(ProtectedError):
        open_without_password(content, CIPHERS)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(METHODS)),
    st.integers(min_value=0, max_value=1200),
    st.binary(max_size=12),
)
def test_a_damaged_lock_opens_or_is_a_named_fault(method: str, at: int, patch: bytes) -> None:
    """Whatever a byte says, the file comes back in its own length, or a fault has a name."""
    content = ciphered_pdf(METHODS[method], INNER)
    changed = content[:at] + patch + content[at + len(patch) :]
    with suppress(FormatError):
        assert len(changed) == len(open_without_password(changed, CIPHERS))


def test_a_key_of_an_unusual_length_is_a_named_fault() -> None:
    """The cipher takes seven lengths; what asks for another one is not opened."""
    content = ciphered_pdf(METHODS["RC4, 128 bits"], INNER).replace(b"/Length 128", b"/Length 48 ")
    with pytest.raises(UnsupportedError):
        open_without_password(content, CIPHERS)


def test_open_brackets_cost_no_more_than_their_length() -> None:
    """A megabyte of strings that never end is blanked in one pass."""
    content = ciphered_pdf(METHODS["RC4, 128 bits"], INNER)
    hostile = content.replace(b"<</Type/Pages", b"<</A" + b"(a)" * 200_000 + b"(" * 200_000, 1)
    assert len(hostile) == len(open_without_password(hostile, CIPHERS))
