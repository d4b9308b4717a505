import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.payloads import decode_base64, decode_hex, payload_reasons
from tests.corpus.resources import PROGRAM

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "declared", "codes"),
    [
        (None, "", ["GEN-016"]),
        (PDF, "application/pdf", []),
        (PDF, "image/png", ["GEN-017"]),
        (b"", "application/pdf", []),
        (b"Bonjour, tout va bien.\n", "text/plain", []),
        (PROGRAM, "application/pdf", ["GEN-015"]),
        (b"\x7fELF" + bytes(60), "", ["GEN-015"]),
        (b"#!/bin/sh\nrm -rf x\n", "text/plain", ["GEN-015"]),
        (b"<html><body><script>x</script></body></html>", "text/html", ["GEN-015"]),
        (b"<html><body onload='x()'>a</body></html>", "text/html", ["GEN-015"]),
        (b"<html><body><p>Compte rendu</p></body></html>", "text/html", []),
    ],
)
def test_attachments_are_what_their_bytes_are(content, declared, codes):
    """Programs and scripts are found under every label; documents under their own are not."""
    assert codes == [reason.code for reason in payload_reasons(content, "x", declared)]


def test_base64_is_strict_but_for_line_breaks():
    """Line breaks are usual; letters outside of the alphabet and missing padding are damage."""
    assert b"abcd" == decode_base64("YWJj\r\n ZA==")
    assert decode_base64("YWJjZA=") is None
    assert decode_base64("YW*jZA==") is None
    assert decode_base64("é") is None


def test_hexadecimal_is_decoded_or_refused():
    """Pairs of hexadecimal digits are bytes, and nothing else is."""
    assert b"\x0d\x0a" == decode_hex("0D0A")
    assert decode_hex("0D0") is None


@given(st.binary(max_size=200), st.sampled_from(["", "application/pdf", "text/html"]))
def test_no_attachment_breaks_the_look(content, declared):
    """Arbitrary bytes get an answer."""
    assert isinstance(payload_reasons(content, "x", declared), tuple)
