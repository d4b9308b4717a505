import base64
import hashlib
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import sshsig
from audit.ssh_keys import public_blob, sign_raw
from audit.ssh_wire import mpint, string
from custody.errors import ExitCode, SignatureError

MESSAGE = b"autoclave decision v1\ndecision: 1\n"
SPACE = sshsig.DECISION_NAMESPACE

ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NISTP256 = ec.derive_private_key(0xA0C1A7E, ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 3072)
LINE = sshsig.public_line(ED25519)
SIGNATURE = sshsig.sign(ED25519, MESSAGE, SPACE)


def armor(content: bytes) -> str:
    """An armored signature around any bytes."""
    return f"{sshsig.BEGIN}\n{base64.b64encode(content).decode()}\n{sshsig.END}\n"


def blob_of(
    *,
    preamble: bytes = b"SSHSIG",
    version: int = 1,
    key: bytes | None = None,
    namespace: bytes = SPACE.encode(),
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    signature: bytes | None = None,
    tail: bytes = b"",
) -> bytes:
    """A signature before its armour: valid, unless a field is given otherwise."""
    signed = b"SSHSIG" + b"".join(
        map(string, (namespace, b"", hash_name, hashlib.sha512(MESSAGE).digest()))
    )
    fields = (
        key or public_blob(LINE),
        namespace,
        reserved,
        hash_name,
        signature or sign_raw(ED25519, signed),
    )
    return preamble + version.to_bytes(4, "big") + b"".join(map(string, fields)) + tail


@pytest.mark.parametrize("key", [ED25519, NISTP256, RSA], ids=["ed25519", "nistp256", "rsa"])
def test_what_each_kind_of_key_signs_verifies(key):
    """A signature by every accepted kind of key verifies over the same text and no other."""
    armored = sshsig.sign(key, MESSAGE, SPACE)
    line = sshsig.public_line(key)

    sshsig.verify(line, MESSAGE, SPACE, armored)
    with pytest.raises(SignatureError, match="not by this key over this text"):
        sshsig.verify(line, MESSAGE + b" ", SPACE, armored)


def test_the_hand_made_blob_is_the_one_that_verifies():
    """The blob that the other tests spoil is valid before they do."""
    sshsig.verify(LINE, MESSAGE, SPACE, armor(blob_of()))

    assert armor(blob_of()).replace("\n", "") == SIGNATURE.replace("\n", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"preamble": b"SSHSIX"}, "does not start as one"),
        ({"version": 2}, "version is 2"),
        ({"key": public_blob(sshsig.public_line(OTHER))}, "another key"),
        ({"namespace": b"file"}, "another purpose"),
        ({"reserved": b"x"}, "reserved"),
        ({"hash_name": b"md5"}, "neither sha256 nor sha512"),
        ({"hash_name": b"sha256"}, "not by this key over this text"),
        ({"signature": string(b"ssh-ed25519") + string(bytes(64))}, "not by this key"),
        ({"signature": string(b"ssh-ed25519") + string(bytes(63))}, "not by this key"),
        ({"signature": string(b"ssh-ed25519") + string(bytes(64)) + b"x"}, "follow its end"),
        ({"signature": string(b"ssh-rsa") + string(bytes(64))}, "not accepted for ssh-ed25519"),
        ({"tail": b"\0"}, "1 bytes follow its end"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_spoilt_field_is_refused(changes, reason):
    """A signature with any one field changed is refused, with the reason and a next step."""
    with pytest.raises(SignatureError, match=reason) as caught:
        sshsig.verify(LINE, MESSAGE, SPACE, armor(blob_of(**changes)))

    assert caught.value.next_step
    assert ExitCode.REFUSED == caught.value.exit_code


@pytest.mark.parametrize(
    "armored",
    [
        "",
        "\n",
        sshsig.BEGIN,
        f"{sshsig.BEGIN}\n{sshsig.END}\n",
        SIGNATURE.replace("SSH", "PGP"),
        "note\n" + SIGNATURE,
        SIGNATURE + "note\n",
        SIGNATURE.replace("\n", "\n\u00e9", 1),
        SIGNATURE.replace("U1NI", "U1N I", 1),
        SIGNATURE + SIGNATURE,
        sshsig.BEGIN + "\n" + "A" * 20_000 + "\n" + sshsig.END,
    ],
)
def test_a_spoilt_armour_is_refused(armored):
    """Text around, inside or instead of the base64 lines is malformed."""
    with pytest.raises(SignatureError, match="malformed"):
        sshsig.verify(LINE, MESSAGE, SPACE, armored)


def test_line_ends_of_other_systems_are_accepted():
    """A signature that went through a Windows PC verifies."""
    sshsig.verify(LINE, MESSAGE, SPACE, SIGNATURE.replace("\n", "\r\n"))

    assert "\r" not in SIGNATURE


def test_loose_bits_in_base64_are_refused():
    """Two armored texts never stand for the same signature bytes."""
    text = base64.b64encode(b"x").decode()
    loose = sshsig.BEGIN + "\n" + text.replace("A==", "B==") + "\n" + sshsig.END
    assert base64.b64decode("eB==") == b"x"

    with pytest.raises(SignatureError, match="loose bits"):
        sshsig.verify(LINE, MESSAGE, SPACE, loose.replace(text, "eB=="))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.binary(max_size=300).map(armor))
def test_arbitrary_text_raises_nothing_but_signature_errors(armored):
    """Whatever text stands for a signature, it is refused as one."""
    with pytest.raises(SignatureError):
        sshsig.verify(LINE, MESSAGE, SPACE, armored)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(blob_of()) - 1), st.integers(1, 255))
def test_no_byte_of_a_signature_is_free(position, change):
    """A valid signature with any one byte changed is refused."""
    content = bytearray(blob_of())
    content[position] ^= change

    with pytest.raises(SignatureError):
        sshsig.verify(LINE, MESSAGE, SPACE, armor(bytes(content)))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"]
    ),
    st.binary(max_size=120),
    st.binary(max_size=120),
)
def test_arbitrary_keys_raise_nothing_but_signature_errors(kind, key_rest, signature_rest):
    """A registered line with a spoilt key inside never ends in a crash."""
    key = string(kind.encode()) + key_rest
    line = f"{kind} {base64.b64encode(key).decode()}"
    signature = string(kind.encode()) + signature_rest

    with pytest.raises(SignatureError):
        sshsig.verify(line, MESSAGE, SPACE, armor(blob_of(key=key, signature=signature)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "one line"),
        ("ssh-ed25519", "one line"),
        (LINE + "\n" + LINE, "one line"),
        (LINE.replace("ssh-ed25519", "ssh-rsa", 1), "two different types"),
        ("ssh-ed25519 ????", "not base64"),
        ("ssh-dss " + base64.b64encode(string(b"ssh-dss")).decode(), "another key"),
    ],
)
def test_a_spoilt_public_key_line_is_refused(line, reason):
    """The registered key is checked as strictly as the signature."""
    with pytest.raises(SignatureError, match=reason):
        sshsig.verify(line, MESSAGE, SPACE, SIGNATURE)


def test_a_comment_after_the_key_does_not_matter():
    """A line as it stands in a .pub file is accepted, comment and line end included."""
    sshsig.verify(LINE + " claire@hopital\n", MESSAGE, SPACE, SIGNATURE)

    assert LINE.count(" ") == 1


def test_an_unknown_type_of_key_is_named():
    """The refusal says which type of key it was and which ones to use."""
    key = string(b"ssh-dss") + string(b"x")
    line = "ssh-dss " + base64.b64encode(key).decode()

    with pytest.raises(SignatureError, match=r"ssh-dss are not accepted -> use an Ed25519"):
        sshsig.verify(line, MESSAGE, SPACE, armor(blob_of(key=key)))


@pytest.mark.parametrize("namespace", ["", "d\u00e9cision", "a\nb"])
def test_a_namespace_without_meaning_is_a_bug(namespace):
    """The namespace is the caller's constant, so a bad one is no matter of signatures."""
    with pytest.raises(ValueError, match="namespace"):
        sshsig.sign(ED25519, MESSAGE, namespace)
    with pytest.raises(ValueError, match="namespace"):
        sshsig.verify(LINE, MESSAGE, namespace, SIGNATURE)


def sk_blob(private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, flags: int) -> tuple[str, str]:
    """A signature as a hardware key would make it: its public line and the armored text."""
    signed = b"SSHSIG" + b"".join(
        map(string, (SPACE.encode(), b"", b"sha512", hashlib.sha512(MESSAGE).digest()))
    )
    counter = flags.to_bytes(1, "big") + (7).to_bytes(4, "big")
    over = hashlib.sha256(b"ssh:").digest() + counter + hashlib.sha256(signed).digest()
    if isinstance(private, Ed25519PrivateKey):
        kind = b"sk-ssh-ed25519@openssh.com"
        public = string(private.public_key().public_bytes_raw())
        made = private.sign(over)
    else:
        kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
        point = private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        public = string(b"nistp256") + string(point)
        r, s = decode_dss_signature(private.sign(over, ec.ECDSA(SHA256())))
        made = mpint(r) + mpint(s)
    key = string(kind) + public + string(b"ssh:")
    signature = string(kind) + string(made) + counter
    line = f"{kind.decode()} {base64.b64encode(key).decode()}"
    return line, armor(blob_of(key=key, signature=signature))


@pytest.mark.parametrize("private", [ED25519, NISTP256], ids=["ed25519", "nistp256"])
def test_a_touched_hardware_key_verifies_and_an_untouched_one_does_not(private):
    """A security key counts only with the proof that somebody touched it."""
    line, touched = sk_blob(private, 1)
    _, untouched = sk_blob(private, 0)

    sshsig.verify(line, MESSAGE, SPACE, touched)
    with pytest.raises(SignatureError, match="nobody touched"):
        sshsig.verify(line, MESSAGE, SPACE, untouched)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["nistp384", "rsa-2048"],
)
def test_weak_or_unusual_keys_do_not_sign(key):
    """A key that `verify` would refuse is refused before anything is signed with it."""
    with pytest.raises(SignatureError, match="not accepted"):
        sshsig.sign(key, MESSAGE, SPACE)


def test_a_short_rsa_key_is_refused_when_verifying():
    """An RSA key under 3072 bits is named with its size."""
    key = string(b"ssh-rsa") + mpint(65537) + mpint((1 << 2047) | 1)
    line = "ssh-rsa " + base64.b64encode(key).decode()
    signature = string(b"rsa-sha2-512") + string(bytes(256))

    with pytest.raises(SignatureError, match="2048 bits"):
        sshsig.verify(line, MESSAGE, SPACE, armor(blob_of(key=key, signature=signature)))


@pytest.mark.parametrize("passphrase", [None, "stérile"])
def test_a_written_key_is_private_and_comes_back(tmp_path, passphrase):
    """A key is written for its owner only, and reads back as the same key."""
    path = tmp_path / "key"
    sshsig.write_private_key(path, ED25519, passphrase)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert LINE == sshsig.public_line(sshsig.load_private_key(path, passphrase))


def test_a_key_is_never_overwritten(tmp_path):
    """A second key does not take the place of the first."""
    path = tmp_path / "key"
    sshsig.write_private_key(path, ED25519)

    with pytest.raises(FileExistsError):
        sshsig.write_private_key(path, OTHER)
    assert LINE == sshsig.public_line(sshsig.load_private_key(path))


def test_two_generated_keys_differ():
    """A generated key is new each time."""
    lines = {sshsig.public_line(sshsig.generate()) for _ in range(3)}

    assert 3 == len(lines)


@pytest.mark.parametrize(
    ("content", "passphrase", "reason"),
    [
        (b"", None, "cannot be opened"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", None, "cannot be opened"),
        (LINE.encode(), None, "cannot be opened"),
    ],
)
def test_what_is_no_private_key_is_refused(tmp_path, content, passphrase, reason):
    """A file that holds no private key is refused with the reason."""
    path = tmp_path / "key"
    path.write_bytes(content)

    with pytest.raises(SignatureError, match=reason):
        sshsig.load_private_key(path, passphrase)


def test_a_missing_file_a_wrong_passphrase_and_another_kind_of_key_are_told_apart(tmp_path):
    """Each way in which a key cannot be loaded has its own reason."""
    locked, other = tmp_path / "locked", tmp_path / "other"
    sshsig.write_private_key(locked, ED25519, "right")
    other.write_bytes(
        ed448.Ed448PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )

    with pytest.raises(SignatureError, match="No such file"):
        sshsig.load_private_key(tmp_path / "absent")
    for passphrase in ("wrong", None):
        with pytest.raises(SignatureError, match="passphrase"):
            sshsig.load_private_key(locked, passphrase)
    with pytest.raises(SignatureError, match="kind of key is not accepted"):
        sshsig.load_private_key(other)
