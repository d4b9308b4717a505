"""Signed notes (C2SP signed-note): made here with an Ed25519 key, opened in `audit.evidence`."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.evidence import BAD, DASH, ED25519, Checkpoint, Key, open_note, parse_checkpoint
from audit.rotation import chain_of
from custody.errors import SignatureError
from custody.protocols import Signer


class NoteSigner(Signer, Protocol):
    """A signer that can also say which key an outsider has to know."""

    @property
    def vkey(self) -> str:
        """The public key as name+hash+base64."""
        ...

    @property
    def key(self) -> Key:
        """The public key, with the ones that it replaced."""
        ...

    @property
    def rotations(self) -> tuple[str, ...]:
        """The statements by which it replaced them, the oldest first."""
        ...


class Ed25519Signer:
    """Signs with a raw Ed25519 private key of 32 bytes; `rotations` say which it replaced.

    Raises:
        ValueError: the seed has another length, the name is empty or holds a space or a plus, or
            the rotations do not lead to this key.
    """

    def __init__(self, name: str, seed: bytes, rotations: Sequence[str] = ()) -> None:
        if not name or "+" in name or len(name.split()) != 1 or name != name.strip():
            raise ValueError("a key's name is one word without a plus")
        self._name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._chain = chain_of(self.vkey, list(rotations))
        self._rotations = tuple(rotations)[: len(self._chain.older)]

    @property
    def name(self) -> str:
        """The key's name as it stands in a signed note."""
        return self._name

    @property
    def vkey(self) -> str:
        """The public key as name+hash+base64."""
        typed = bytes([ED25519]) + self._key.public_key().public_bytes_raw()
        encoded = base64.b64encode(typed).decode()
        return f"{self._name}+{_key_id(self._name, typed).hex()}+{encoded}"

    @property
    def key(self) -> Key:
        """The public key, with the ones that it replaced."""
        return self._chain

    @property
    def rotations(self) -> tuple[str, ...]:
        """The statements by which it replaced them, the oldest first."""
        return self._rotations

    def sign(self, message: bytes) -> bytes:
        """Return a detached signature of 64 bytes."""
        return self._key.sign(message)


def sign_note(text: str, *signers: NoteSigner) -> str:
    """Return a text with a line of each signer below it.

    Raises:
        ValueError: the text does not end its last line, or has an empty line.
    """
    if not text.endswith("\n") or "\n\n" in text:
        raise ValueError("a note's text is whole lines, none of them empty")
    return f"{text}\n" + "".join(_signed(text, signer) for signer in signers)


def _signed(text: str, signer: NoteSigner) -> str:
    typed = base64.b64decode(signer.vkey.split("+", 2)[2])
    signature = _key_id(signer.name, typed) + signer.sign(text.encode())
    return f"{DASH} {signer.name} {base64.b64encode(signature).decode()}\n"


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Return the text of a checkpoint (C2SP tlog-checkpoint)."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def text_of(note: str) -> str:
    """Return the text of a note without looking at its signatures: for notes of our own."""
    return note.rpartition("\n\n")[0] + "\n"


def open_checkpoint(note: bytes, key: Key) -> Checkpoint:
    """Return what a signed checkpoint says.

    Raises:
        SignatureError: it is no checkpoint, or the key did not sign it.
    """
    try:
        return parse_checkpoint(open_note(note, key))
    except BAD as error:
        raise SignatureError(
            f"not a checkpoint that {key.name} signed: {error}",
            next_step="check that the key and the stores belong to this home",
        ) from error


def _key_id(name: str, typed_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + typed_key).digest()[:4]
