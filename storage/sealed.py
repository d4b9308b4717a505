"""Small objects that only the holder of a key can read: names and finding details."""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custody.errors import ObjectDamagedError, RefusedError

# Layout: magic and version (4), key id (8), nonce (12), AES-256-GCM ciphertext with its tag (16).
MAGIC = b"ACS\x01"
KEY_SIZE = 32
KEY_ID_SIZE = 8
NONCE_SIZE = 12
HEADER_SIZE = len(MAGIC) + KEY_ID_SIZE
OVERHEAD = HEADER_SIZE + NONCE_SIZE + 16


def key_id(key: bytes) -> bytes:
    """Return eight bytes that tell keys apart and say nothing about them.

    Raises:
        ValueError: the key is not 32 bytes.
    """
    if len(key) != KEY_SIZE:
        raise ValueError("a sealing key is 32 bytes")
    return hashlib.sha256(b"autoclave sealing key id v1\0" + key).digest()[:KEY_ID_SIZE]


def sealed_with(sealed: bytes) -> bytes:
    """Return the id of the key that a sealed object needs.

    Raises:
        ObjectDamagedError: it is no sealed object.
    """
    if len(sealed) < OVERHEAD or not sealed.startswith(MAGIC):
        raise ObjectDamagedError(
            "this is no sealed object", next_step="check that the right object was read"
        )
    return sealed[len(MAGIC) : HEADER_SIZE]


def seal(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt bytes for one context (case, host, shard), outside of which they do not open.

    Random nonces of 96 bits allow 2^32 seals under one key (NIST SP 800-38D §8.3); a key seals
    one object a shard and is made anew for each case and host.
    """
    header = MAGIC + key_id(key)
    nonce = os.urandom(NONCE_SIZE)
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(header, context))


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Decrypt what `seal` made with the same key and context.

    Raises:
        RefusedError: it was sealed with another key.
        ObjectDamagedError: it was changed, belongs to another context, or is no sealed object.
    """
    wanted = sealed_with(sealed)
    if wanted != key_id(key):
        raise RefusedError(
            f"sealed with key {wanted.hex()}, not with {key_id(key).hex()}",
            next_step="restore that key from its backup",
        )
    header, body = sealed[:HEADER_SIZE], sealed[HEADER_SIZE:]
    try:
        return AESGCM(key).decrypt(body[:NONCE_SIZE], body[NONCE_SIZE:], _bound(header, context))
    except InvalidTag as error:
        raise ObjectDamagedError(
            "a sealed object was changed, or belongs elsewhere",
            next_step="rebuild it from the ledger's manifests, or recover the source again",
        ) from error


def _bound(header: bytes, context: bytes) -> bytes:
    """Authenticate the header too, at a fixed length, so that the two cannot be shifted."""
    return header + context
