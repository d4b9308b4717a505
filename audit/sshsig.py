"""Signatures of people over decisions, as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig)."""

import base64
import hashlib
import hmac
import textwrap

from audit.ssh_keys import (
    PrivateKey,
    generate,
    load_private_key,
    public_blob,
    public_line,
    sign_raw,
    verify_raw,
    write_private_key,
)
from audit.ssh_wire import WireReader, decode_base64, malformed, string
from custody.errors import SignatureError

__all__ = [
    "DECISION_NAMESPACE",
    "RESTORE_NAMESPACE",
    "PrivateKey",
    "generate",
    "load_private_key",
    "public_line",
    "sign",
    "verify",
    "write_private_key",
]

DECISION_NAMESPACE = "decision@autoclave"
RESTORE_NAMESPACE = "restore-set@autoclave"

PREAMBLE = b"SSHSIG"
VERSION = 1
HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
HASH = "sha512"

BEGIN = "-----BEGIN SSH SIGNATURE-----"
END = "-----END SSH SIGNATURE-----"
LINE = 70
LONGEST_ARMORED = 16_384
SHORTEST_ARMORED_LINES = 3


def sign(private_key: PrivateKey, message: bytes, namespace: str) -> str:
    """Return an armored signature that `ssh-keygen -Y verify` accepts too.

    Raises:
        SignatureError: the key is of a kind or size that `verify` would not accept.
        ValueError: the namespace is empty or not printable ASCII.
    """
    purpose = _purpose(namespace)
    signature = sign_raw(private_key, _signed_bytes(purpose, HASH, message))
    fields = (public_blob(public_line(private_key)), purpose, b"", HASH.encode(), signature)
    content = PREAMBLE + VERSION.to_bytes(4, "big") + b"".join(string(field) for field in fields)
    lines = textwrap.wrap(base64.b64encode(content).decode("ascii"), LINE)
    return "\n".join([BEGIN, *lines, END]) + "\n"


def verify(public_key_line: str, message: bytes, namespace: str, armored: str) -> None:
    """Return when the registered key signed exactly this message for exactly this purpose.

    Raises:
        SignatureError: it did not, or the signature or the key is malformed or not accepted.
        ValueError: the namespace is empty or not printable ASCII.
    """
    purpose = _purpose(namespace)
    # 1. Armour and structure (PROTOCOL.sshsig, "Blob format"), every byte accounted for.
    reader = WireReader(_dearmored(armored))
    if reader.take(len(PREAMBLE)) != PREAMBLE:
        raise malformed("it does not start as one")
    if (version := reader.uint32()) != VERSION:
        raise malformed(f"its version is {version}, not {VERSION}")
    untrusted_key, untrusted_purpose = reader.string(), reader.string()
    reserved, hash_name, signature = reader.string(), reader.text(), reader.string()
    reader.finish()
    # 2. OpenSSH signs an empty reserved field whatever stands there: filled, it would be unsigned.
    if reserved:
        raise malformed("its reserved field is not empty")
    if hash_name not in HASHES:
        raise malformed("its hash is neither sha256 nor sha512")
    # 3. The key is the registered one, not the one that the signature brings along.
    key = public_blob(public_key_line)
    if not hmac.compare_digest(key, untrusted_key):
        raise SignatureError(
            "the signature is by another key than the registered one",
            next_step="sign with the key that `autoclave people list` shows for this person",
        )
    # 4. The purpose: a signature over a commit or a file is not one over a decision.
    if untrusted_purpose != purpose:
        raise SignatureError(
            "the signature was made for another purpose",
            next_step=f"sign with `ssh-keygen -Y sign -n {namespace}`",
        )
    # 5. The signature itself.
    verify_raw(key, signature, _signed_bytes(purpose, hash_name, message))


def _purpose(namespace: str) -> bytes:
    if not (namespace and namespace.isascii() and namespace.isprintable()):
        raise ValueError("a namespace is printable ASCII and not empty")
    return namespace.encode("ascii")


def _signed_bytes(purpose: bytes, hash_name: str, message: bytes) -> bytes:
    """Return what is signed (PROTOCOL.sshsig, "Signed Data")."""
    hashed = HASHES[hash_name](message).digest()
    fields = (purpose, b"", hash_name.encode("ascii"), hashed)
    return PREAMBLE + b"".join(string(field) for field in fields)


def _dearmored(untrusted_text: str) -> bytes:
    """Return the bytes between the two marker lines (PROTOCOL.sshsig, "Armored format")."""
    if len(untrusted_text) > LONGEST_ARMORED:
        raise malformed("it is far too long")
    lines = untrusted_text.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) < SHORTEST_ARMORED_LINES or lines[0] != BEGIN or lines[-1] != END:
        raise malformed("its first and last lines are not the usual markers")
    return decode_base64("".join(lines[1:-1]))
