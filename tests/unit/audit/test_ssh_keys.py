"""A key that is kept as a person's is one whose signatures can count, in one form only."""

import base64
from string import ascii_letters, digits

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.ssh_keys import accepted_line, fingerprint, public_blob, public_line
from audit.ssh_wire import WireReader, mpint, string
from custody.errors import SignatureError

ED25519 = public_line(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NISTP256 = public_line(ec.derive_private_key(0xA0C1A7E, ec.SECP256R1()))
FINGERPRINT = "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg"
ALPHABET = ascii_letters + digits + "+/"
POINT = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")


def line(*fields: bytes) -> str:
    """A public key's line over some fields, the first of which is the type."""
    blob = b"".join(map(string, fields))
    return f"{fields[0].decode()} {base64.b64encode(blob).decode()}"


def rsa_line(bits: int) -> str:
    """An RSA key's line; no private key belongs to it."""
    return line_of_numbers(65537, (1 << (bits - 1)) + 1)


def line_of_numbers(exponent: int, modulus: int) -> str:
    """An RSA key's line of any two numbers."""
    blob = string(b"ssh-rsa") + mpint(exponent) + mpint(modulus)
    return f"ssh-rsa {base64.b64encode(blob).decode()}"


@pytest.mark.parametrize(
    ("untrusted_line", "reason"),
    [
        ("", "one line"),
        ("ssh-ed25519", "one line"),
        ("ssh-ed25519 AAAA", "ends early"),
        ("ssh-ed25519 ????", "no|not base64"),
        (f"{ED25519}\n{NISTP256}", "one line"),
        (ED25519.replace("ssh-ed25519", "ssh-rsa"), "two different types"),
        (line(b"ssh-ed25519", bytes(31)), "32 bytes"),
        (line(b"ssh-ed25519", POINT, b"more"), "follow its end"),
        (line(b"ssh-ed25519"), "ends early"),
        (line(b"ecdsa-sha2-nistp256", b"nistp384", b"\x04" + bytes(64)), "curve"),
        (line(b"ecdsa-sha2-nistp256", b"nistp256", b"\x04" + bytes(64)), "not a point"),
        (line(b"ecdsa-sha2-nistp384", b"nistp384", b"\x04" + bytes(96)), "not accepted"),
        (line(b"ssh-dss", b"x"), "not accepted"),
        (line(b"sk-ssh-ed25519@openssh.com", POINT), "ends early"),
        (rsa_line(2048), "2048 bits"),
        (line_of_numbers(2, (1 << 3071) + 1), "make no key"),
    ],
)
def test_a_key_that_could_never_sign_is_refused(untrusted_line, reason):
    """A person with such a key would be counted as one who decides and could not."""
    with pytest.raises(SignatureError, match=reason):
        accepted_line(untrusted_line)


def test_a_key_in_another_spelling_is_refused():
    """Loose bits of base64 would let one key come in under two names."""
    kept = line(b"sk-ssh-ed25519@openssh.com", POINT, b"ssh:")
    spellings = [f"{kept[:-2]}{last}=" for last in ALPHABET]
    same = [s for s in spellings if base64.b64decode(s.split()[1]) == public_blob(kept)]

    assert len(same) > 1
    assert [kept] == [spelling for spelling in same if accepted(spelling)]


def accepted(untrusted_line: str) -> bool:
    """Whether a line is accepted."""
    try:
        accepted_line(untrusted_line)
    except SignatureError:
        return False
    return True


@pytest.mark.parametrize(
    "plain",
    [
        ED25519,
        NISTP256,
        public_line(rsa.generate_private_key(65537, 3072)),
        line(b"sk-ssh-ed25519@openssh.com", POINT, b"ssh:"),
        line(
            b"sk-ecdsa-sha2-nistp256@openssh.com",
            b"nistp256",
            public_blob(NISTP256)[-65:],
            b"ssh:",
        ),
    ],
    ids=lambda text: text.split()[0],
)
def test_every_kind_of_key_is_kept_without_its_comment(plain):
    """Blanks and the comment go; they are not part of the key."""
    assert plain == accepted_line(f"  {plain.replace(' ', '  ')}  claire@ward 3\n")


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints():
    """Fixed: taken from `ssh-keygen -lf`."""
    assert FINGERPRINT == fingerprint(f"{ED25519} a comment")


def test_a_line_without_a_key_has_no_fingerprint():
    """Nothing is printed for the logbook that names no key."""
    with pytest.raises(SignatureError):
        fingerprint("ssh-ed25519")


def test_the_lines_made_here_are_what_they_say():
    """The hand-made lines hold their type first, as the reader wants it."""
    assert "ssh-dss" == WireReader(public_blob(line(b"ssh-dss", b"x"))).text()
