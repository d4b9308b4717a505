"""Ledger keys: raw Ed25519 seeds, and the fingerprint that goes onto paper."""

import os
from pathlib import Path

from audit.note import Ed25519Signer
from audit.verify import fingerprint
from custody.errors import SettingsError

__all__ = ["SEED_SIZE", "fingerprint", "generate", "load", "signer"]

SEED_SIZE = 32


def generate() -> bytes:
    """Return a new random seed."""
    return os.urandom(SEED_SIZE)


def load(path: Path) -> bytes:
    """Return the seed in a key file.

    Raises:
        SettingsError: the file cannot be read, others may read it, or it holds no seed.
    """
    try:
        with path.open("rb") as file:
            others = os.fstat(file.fileno()).st_mode & 0o077
            seed = file.read(SEED_SIZE + 1)
    except OSError as error:
        raise SettingsError(
            f"the ledger's key cannot be read: {error.strerror}",
            next_step="restore the key from its backup; without it the ledger cannot be continued",
        ) from error
    if others:
        raise SettingsError(
            "the ledger's key can be read by other accounts",
            next_step="chmod 600 the key file, and replace the key if someone may have read it",
        )
    if len(seed) != SEED_SIZE:
        raise SettingsError(
            "the ledger's key file does not hold 32 bytes",
            next_step="restore the key from its backup",
        )
    return seed


def signer(name: str, path: Path) -> Ed25519Signer:
    """Return the signer of a key file.

    Raises:
        SettingsError: the key file is not fit for use.
    """
    return Ed25519Signer(name, load(path))
