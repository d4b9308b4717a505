"""Keyed codes that stand for names where names must not stand.

A *name key* finds the entries of one path again in the catalogue; it depends on the host's naming
key, and goes when that key or the row is erased. A *commitment* stands in manifests and, through
them, in the ledger: it depends on a random salt that lives beside the encrypted name, so that once
the name is erased nobody can confirm a guess, not even with every key.
"""

import hashlib
import hmac

KEY_BYTES = 16
SALT_BYTES = 16


def name_key(naming_key: bytes, path: bytes) -> bytes:
    """Return the 16-byte code under which the catalogue knows a path of one host."""
    return hmac.digest(naming_key, b"path\0" + path, "sha256")[:KEY_BYTES]


def directory_key(naming_key: bytes, directory: bytes) -> bytes:
    """Return the 16-byte code of a directory; its entries are assessed together."""
    return hmac.digest(naming_key, b"directory\0" + directory, "sha256")[:KEY_BYTES]


def commitment(salt: bytes, path: bytes) -> str:
    """Return the hexadecimal commitment to a name that manifests hold.

    Raises:
        ValueError: the salt is too short to hide a guessable name, or so long that its end could
            pass for the beginning of another name.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a commitment's salt has {SALT_BYTES} bytes")
    return hashlib.sha256(b"autoclave name\0" + salt + path).hexdigest()
