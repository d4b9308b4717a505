"""Passwords of accounts: their Argon2id hashes, and the secrets that keys are sealed under.

The two are made with different salts, so that the hash that stands in an account's file says
nothing about the secret (RFC 9106 §3.1).
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from custody.errors import UsageError

SALT_BYTES = 16
HASH_BYTES = 32
LEAST_CHARACTERS = 12
MOST_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one guess costs: the second recommendation of RFC 9106 §4, 64 MiB and three passes."""

    iterations: int = 3
    lanes: int = 4
    kibibytes: int = 65_536


DEFAULT_COST = Cost()


def check_password(password: str) -> None:
    """Return when a password may be one.

    Raises:
        UsageError: it is too short, or longer than anybody types.
    """
    if len(password) < LEAST_CHARACTERS:
        raise UsageError(
            f"a password has at least {LEAST_CHARACTERS} characters",
            next_step="take a sentence, or let a password manager make one",
        )
    if len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise UsageError(
            f"a password has at most {MOST_BYTES} bytes", next_step="take a shorter one"
        )


def hashed(password: str, cost: Cost = DEFAULT_COST) -> str:
    """Return the hash of a password with its salt and cost, as a PHC string."""
    return _argon2(os.urandom(SALT_BYTES), cost).derive_phc_encoded(_bytes(password))


def matches(password: str, stored: str) -> bool:
    """Whether a password is the one whose PHC string is stored; no string is never matched."""
    given = _bytes(password)
    if not stored or len(given) > MOST_BYTES:
        return False
    try:
        Argon2id.verify_phc_encoded(given, stored)
    except (InvalidKey, ValueError):
        return False
    return True


def sealing_secret(password: str, salt: bytes, cost: Cost = DEFAULT_COST) -> str:
    """Return the secret that a key is sealed under, as hexadecimal text."""
    return _argon2(salt, cost).derive(_bytes(password)).hex()


def _argon2(salt: bytes, cost: Cost) -> Argon2id:
    return Argon2id(
        salt=salt,
        length=HASH_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.kibibytes,
    )


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
