"""Whom records are about, and the keyed codes that stand for them where no identifier may stand.

A code is made of two: one of the identifier's value, then a short one of the system that gave it.
So a number is found again under whatever system, and two hospitals' patient 4711 are two codes.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

VALUE_BYTES = 12
SYSTEM_BYTES = 4
CODE_BYTES = VALUE_BYTES + SYSTEM_BYTES
KEY_BYTES = 32
ID_CHARACTERS = 16
_BLOCK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKey:
    """The key of codes; `key_id` tells which, and says nothing about it.

    Raises:
        ValueError: the secret is not 32 bytes.
    """

    secret: bytes
    _inner: Any = field(init=False, repr=False, compare=False)
    _outer: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash the key's two blocks once (RFC 2104): each code costs a third of `hmac.digest`."""
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a key of codes has {KEY_BYTES} bytes")
        block = self.secret.ljust(_BLOCK, b"\0")
        for name, pad in (("_inner", 0x36), ("_outer", 0x5C)):
            object.__setattr__(self, name, hashlib.sha256(bytes(byte ^ pad for byte in block)))

    @property
    def key_id(self) -> str:
        """Return 16 hexadecimal characters that tell keys apart."""
        told = hashlib.sha256(b"autoclave subject key id v1\0" + self.secret)
        return told.hexdigest()[:ID_CHARACTERS]

    def of_value(self, value: str) -> bytes:
        """Return the beginning of every code of one value: HMAC-SHA-256, cut to 96 bits."""
        return self._digest(b"subject\0" + value.encode())[:VALUE_BYTES]

    def of_system(self, system: str) -> bytes:
        """Return the end of every code of one system: few exist, so 32 bits tell them apart."""
        return self._digest(b"system\0" + system.encode())[:SYSTEM_BYTES]

    def code(self, system: str, value: str) -> bytes:
        """Return the code of one identifier."""
        return self.of_value(value) + self.of_system(system)

    def _digest(self, message: bytes) -> bytes:
        """Return HMAC-SHA-256 under the key."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        whole: bytes = outer.digest()
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectCount:
    """How many records of an extract are about one identifier: accepted ones, and refused ones."""

    system: str
    value: str
    accepted: int
    refused: int
