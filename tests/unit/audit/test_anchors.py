"""Anchors as an outsider reads them: cosignatures and tokens of hostile bytes."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.anchors import (
    TST_INFO_OID,
    anchor_key,
    cosigned_message,
    open_cosigned,
    parse_witness,
    said_of,
    size_of_anchor,
    stamped,
)
from audit.evidence import BAD, Checkpoint, parse_key
from audit.note import checkpoint_text, sign_note
from storage.interface import is_key
from tests.corpus.ledgers import ORIGIN, SIGNER
from tests.corpus.outsiders import AWitness

TEXT = checkpoint_text(Checkpoint(ORIGIN, 7, bytes(range(32))))
NOTE = sign_note(TEXT, SIGNER)
WITNESS = AWitness(log=parse_key(SIGNER.vkey))
KEY = parse_witness(WITNESS.vkey)
DIGEST = hashlib.sha256(NOTE.encode()).digest()


def der(tag, *contents):
    """An element in DER."""
    content = b"".join(contents)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def a_token(digest=DIGEST, moment=b"20261129103000Z", algorithm="0609608648016503040201"):
    """The part of a token that says what was stamped, and when."""
    imprint = der(0x30, der(0x30, bytes.fromhex(algorithm)), der(0x04, digest))
    info = der(
        0x30,
        der(0x02, b"\x01"),
        der(0x06, b"\x2a\x03"),
        imprint,
        der(0x02, b"\x05"),
        der(0x18, moment),
    )
    return der(0x30, TST_INFO_OID, der(0xA0, der(0x04, info)))


def test_a_witness_signs_time_and_text():
    """The message is the one of C2SP tlog-cosignature, and its signature opens the note."""
    cosigned = NOTE + WITNESS.cosign(TEXT)

    assert b"cosignature/v1\ntime 5\n" + TEXT.encode() == cosigned_message(TEXT, 5)
    assert WITNESS.moment == open_cosigned(cosigned, KEY)


@given(st.integers(0, 75), st.integers(1, 255))
def test_no_byte_of_a_cosignature_may_change(place, change):
    """Key, time and signature all count."""
    line = WITNESS.cosign(TEXT)
    dash, name, encoded = line[:-1].split(" ")
    content = bytearray(base64.b64decode(encoded))
    content[place] ^= change
    changed = f"{dash} {name} {base64.b64encode(content).decode()}\n"

    with pytest.raises(BAD):
        open_cosigned(NOTE + changed, KEY)


def test_a_token_says_what_and_when():
    """With and without a fraction of a second."""
    assert (DIGEST.hex(), "2026-11-29T10:30:00.000000Z") == stamped(a_token())
    fraction = stamped(a_token(moment=b"20261129103000.25Z"))
    assert "2026-11-29T10:30:00.250000Z" == fraction.at


@pytest.mark.parametrize(
    "token",
    [
        b"",
        TST_INFO_OID,
        a_token(digest=b"short"),
        a_token(algorithm="06052b0e03021a"),
        a_token(moment=b"20261129103000+0100"),
        a_token(moment=b"2026112910300Z"),
        a_token(moment=b"\xff" * 15),
        a_token()[:-3],
    ],
)
def test_a_token_that_says_something_else_is_none(token):
    """Another hash, another zone, a cut: no token."""
    with pytest.raises(BAD):
        stamped(token)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_make_the_reader_of_tokens_fail(noise, place):
    """It answers, or refuses with an error of bad evidence."""
    token = a_token()
    for content in (TST_INFO_OID + noise, token[:place] + noise + token[place + len(noise) :]):
        try:
            digest, moment = stamped(content)
        except BAD:
            continue
        assert (64, 27) == (len(digest), len(moment))


def test_an_anchor_is_of_the_checkpoint_beside_it():
    """Each kind is refused beside another checkpoint."""
    other = sign_note(checkpoint_text(Checkpoint(ORIGIN, 8, bytes(32))), SIGNER).encode()
    cosigned = (NOTE + WITNESS.cosign(TEXT)).encode()
    paper = b'{"at": "now", "by": "anna", "lines": "%b"}' % TEXT.replace("\n", "\\n").encode()
    for content, suffix in ((a_token(), ".tsr"), (cosigned, ".cosigned"), (paper, ".paper")):
        name = anchor_key(ORIGIN, 7, content, suffix)
        assert is_key(name)
        assert 7 == size_of_anchor(name)
        assert said_of(content, name, NOTE.encode(), {KEY.name: KEY}).at
        with pytest.raises(ValueError, match="another checkpoint"):
            said_of(content, name, other, {KEY.name: KEY})
    with pytest.raises(ValueError, match="not an anchor that is known"):
        said_of(b"", "log/x/anchors/000000000007/ab.txt", NOTE.encode(), {})


def test_a_witness_that_nobody_knows_says_nothing():
    """Its cosignature is no fault, and gives no time."""
    cosigned = (NOTE + WITNESS.cosign(TEXT)).encode()

    assert ("witness", "", "") == said_of(cosigned, "x.cosigned", NOTE.encode(), {})
