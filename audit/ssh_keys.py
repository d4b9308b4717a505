"""SSH keys that a decision may be signed with, and the raw signatures that they make."""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from audit.ssh_wire import WireReader, decode_base64, malformed, mpint, string
from custody.errors import SignatureError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

LEAST_RSA_BITS = 3072
MOST_RSA_BITS = 16384
USER_PRESENT = 0x01
KEY_LINE_FIELDS = 2
SUPPORTED = "use an Ed25519 key (`ssh-keygen -t ed25519`), ECDSA P-256, or RSA of 3072 bits or more"


def generate() -> Ed25519PrivateKey:
    """Return a new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def load_private_key(path: Path, passphrase: str | None = None) -> PrivateKey:
    """Return the private key in a file, in OpenSSH's format or in PEM.

    Raises:
        SignatureError: the file cannot be read, needs another passphrase, or holds another key.
    """
    secret = passphrase.encode() if passphrase else None
    try:
        key = _decoded(path.read_bytes(), secret)
    except OSError as error:
        raise SignatureError(
            f"the private key cannot be read: {error.strerror}", next_step="check its path"
        ) from error
    except UnsupportedAlgorithm as error:
        # Opening these takes bcrypt, which is no part of `cryptography`; hardware keys never open.
        raise SignatureError(
            "OpenSSH's passphrase-protected and hardware keys cannot be opened here",
            next_step="sign with `ssh-keygen -Y sign` and hand in the signature instead",
        ) from error
    except (ValueError, TypeError) as error:
        raise SignatureError(
            "the private key cannot be opened", next_step="check the file and its passphrase"
        ) from error
    return _supported(key)


def write_private_key(path: Path, key: PrivateKey, passphrase: str | None = None) -> None:
    """Write a private key to a new file that only its owner can read (mode 0600).

    Raises:
        FileExistsError: a file stands there; a key is never overwritten.
    """
    if passphrase:
        encoded = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
    else:
        encoded = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(encoded)
        file.flush()
        os.fsync(file.fileno())


def public_line(private_key: PrivateKey) -> str:
    """Return the public half as one OpenSSH line, without a comment."""
    return (
        private_key.public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode("ascii")
    )


def public_blob(untrusted_line: str) -> bytes:
    """Return the wire form of a public key from its line (`TYPE BASE64 [COMMENT]`).

    Raises:
        SignatureError: it is no such line, or its two statements of the type differ.
    """
    fields = untrusted_line.strip().split(maxsplit=KEY_LINE_FIELDS)
    if len(fields) < KEY_LINE_FIELDS or "\n" in untrusted_line.strip():
        raise malformed("a public key is one line, `TYPE BASE64 [COMMENT]`")
    blob = decode_base64(fields[1])
    if WireReader(blob).text() != fields[0]:
        raise malformed("the public key names two different types")
    return blob


def accepted_line(untrusted_line: str) -> str:
    """Return a public key's line as it is kept, `TYPE BASE64`, if signatures of it can count.

    A key that never verifies would make a person who never signs, and be counted as one who does.

    Raises:
        SignatureError: it is no such line, or the key is of a kind or size that is not accepted.
    """
    blob = public_blob(untrusted_line)
    kind, encoded = untrusted_line.split()[:KEY_LINE_FIELDS]
    if kind not in KINDS:
        raise SignatureError(f"keys of the type {kind} are not accepted", next_step=SUPPORTED)
    reader = WireReader(blob)
    for read in (WireReader.text, *FIELDS[kind]):
        read(reader)
    reader.finish()
    return f"{kind} {encoded}"


def fingerprint(line: str) -> str:
    """Return a public key's fingerprint as `ssh-keygen -l` prints it (RFC 4648 §3.2, no padding).

    Raises:
        SignatureError: it is no line of a public key.
    """
    hashed = hashlib.sha256(public_blob(line)).digest()
    return "SHA256:" + base64.b64encode(hashed).decode("ascii").rstrip("=")


def sign_raw(private_key: PrivateKey, message: bytes) -> bytes:
    """Return the wire form of a signature over exactly these bytes (RFC 8709, 5656, 8332).

    Raises:
        SignatureError: the key is of a kind or size that `verify_raw` would not accept.
    """
    match _supported(private_key):
        case Ed25519PrivateKey() as key:
            return string(b"ssh-ed25519") + string(key.sign(message))
        case EllipticCurvePrivateKey() as key:
            r, s = decode_dss_signature(key.sign(message, ECDSA(hashes.SHA256())))
            return string(b"ecdsa-sha2-nistp256") + string(mpint(r) + mpint(s))
        case RSAPrivateKey() as key:
            signed = key.sign(message, padding.PKCS1v15(), hashes.SHA512())
            return string(b"rsa-sha2-512") + string(signed)


def verify_raw(untrusted_key: bytes, untrusted_signature: bytes, message: bytes) -> None:
    """Return when the key made the signature over exactly these bytes.

    Raises:
        SignatureError: it did not, or one of the two is malformed or of an unsupported kind.
    """
    key, signature = WireReader(untrusted_key), WireReader(untrusted_signature)
    kind, algorithm = key.text(), signature.text()
    if kind not in KINDS:
        raise SignatureError(f"keys of the type {kind} are not accepted", next_step=SUPPORTED)
    expected_algorithm, check = KINDS[kind]
    if algorithm != expected_algorithm:
        raise SignatureError(
            f"a signature of the kind {algorithm} is not accepted for {kind}", next_step=SUPPORTED
        )
    try:
        check(key, signature, message)
    except InvalidSignature as error:
        raise SignatureError(
            "the signature is not by this key over this text",
            next_step="sign exactly the text that was shown, with the key that is registered",
        ) from error


def _decoded(content: bytes, secret: bytes | None) -> object:
    if b"OPENSSH PRIVATE KEY" in content:
        return serialization.load_ssh_private_key(content, secret)
    return serialization.load_pem_private_key(content, secret)


def _supported(key: object) -> PrivateKey:
    match key:
        case Ed25519PrivateKey():
            return key
        case EllipticCurvePrivateKey() if isinstance(key.curve, SECP256R1):
            return key
        case RSAPrivateKey() if LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
            return key
        case _:
            raise SignatureError("this kind of key is not accepted", next_step=SUPPORTED)


def _check_ed25519(key: WireReader, signature: WireReader, message: bytes) -> None:
    public = _ed25519(key)
    key.finish()
    signed = signature.string()
    signature.finish()
    public.verify(signed, message)


def _check_ecdsa(key: WireReader, signature: WireReader, message: bytes) -> None:
    public = _nistp256(key)
    key.finish()
    signed = _dss(signature)
    signature.finish()
    public.verify(signed, message, ECDSA(hashes.SHA256()))


def _check_rsa(key: WireReader, signature: WireReader, message: bytes) -> None:
    public = _rsa(key)
    key.finish()
    signed = signature.string()
    signature.finish()
    public.verify(signed, message, padding.PKCS1v15(), hashes.SHA512())


def _check_sk_ed25519(key: WireReader, signature: WireReader, message: bytes) -> None:
    public = _ed25519(key)
    application = key.string()
    key.finish()
    signed = signature.string()
    public.verify(signed, _authenticated(application, signature, message))


def _check_sk_ecdsa(key: WireReader, signature: WireReader, message: bytes) -> None:
    public = _nistp256(key)
    application = key.string()
    key.finish()
    signed = _dss(signature)
    public.verify(signed, _authenticated(application, signature, message), ECDSA(hashes.SHA256()))


def _authenticated(application: bytes, signature: WireReader, message: bytes) -> bytes:
    """Return what a hardware key signs (OpenSSH PROTOCOL.u2f, "SSH U2F signatures")."""
    flags = signature.take(1)
    counter = signature.take(4)
    signature.finish()
    if not flags[0] & USER_PRESENT:
        raise SignatureError(
            "nobody touched the hardware key", next_step="sign again and touch the key"
        )
    hashed_application = hashlib.sha256(application).digest()
    return hashed_application + flags + counter + hashlib.sha256(message).digest()


def _ed25519(key: WireReader) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(key.string())
    except ValueError as error:
        raise malformed("an Ed25519 key has 32 bytes") from error


def _nistp256(key: WireReader) -> EllipticCurvePublicKey:
    if key.text() != "nistp256":
        raise malformed("the key's curve is not the one of its type")
    point = key.string()
    if point[:1] != b"\x04":
        raise malformed("a point on the curve is not in its uncompressed form")
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise malformed("the key is not a point on its curve") from error


def _rsa(key: WireReader) -> RSAPublicKey:
    exponent, modulus = key.mpint(), key.mpint()
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise SignatureError(
            f"an RSA key of {modulus.bit_length()} bits is not accepted", next_step=SUPPORTED
        )
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise malformed("the RSA key's numbers make no key") from error


def _dss(signature: WireReader) -> bytes:
    numbers = WireReader(signature.string())
    r, s = numbers.mpint(), numbers.mpint()
    numbers.finish()
    return encode_dss_signature(r, s)


Check = Callable[[WireReader, WireReader, bytes], None]

# One signature algorithm a key type: an attacker gets no weaker one to choose (no SHA-1 "ssh-rsa").
KINDS: dict[str, tuple[str, Check]] = {
    "ssh-ed25519": ("ssh-ed25519", _check_ed25519),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256", _check_ecdsa),
    "ssh-rsa": ("rsa-sha2-512", _check_rsa),
    "sk-ssh-ed25519@openssh.com": ("sk-ssh-ed25519@openssh.com", _check_sk_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": (
        "sk-ecdsa-sha2-nistp256@openssh.com",
        _check_sk_ecdsa,
    ),
}

# What stands after its type in a public key of each kind.
FIELDS: dict[str, tuple[Callable[[WireReader], object], ...]] = {
    "ssh-ed25519": (_ed25519,),
    "ecdsa-sha2-nistp256": (_nistp256,),
    "ssh-rsa": (_rsa,),
    "sk-ssh-ed25519@openssh.com": (_ed25519, WireReader.string),
    "sk-ecdsa-sha2-nistp256@openssh.com": (_nistp256, WireReader.string),
}
