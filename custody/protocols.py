"""The small Protocols that let stages work together without knowing one another."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from custody.decision import Receipt

Clock = Callable[[], datetime]


class Signer(Protocol):
    """Holds a private key and signs with it."""

    @property
    def name(self) -> str:
        """The key's name as it stands in a signed note."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a detached signature."""
        ...


class ReceiptVerifier(Protocol):
    """Knows the ledger's public key and tells genuine receipts from others."""

    def verify(self, receipt: Receipt) -> None:
        """Return when the event is in a signed checkpoint and names the manifest's root.

        Raises:
            NotInLedgerError: the proof, the checkpoint's signature or the root does not fit.
        """
        ...
