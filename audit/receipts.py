"""Receipts: proof, without the ledger at hand, that an event is in a published checkpoint."""

import base64
import json
from dataclasses import dataclass

from audit.evidence import BAD, Key, decode_base64, leaf_hash, parse_key, verify_inclusion
from audit.note import open_checkpoint
from custody.decision import Receipt
from custody.errors import NotInLedgerError, SignatureError

TITLE = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a C2SP tlog-proof says: index, path of hashes, and the signed checkpoint."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def encode(self) -> str:
        """Return the text of the proof."""
        path = "".join(base64.b64encode(sibling).decode() + "\n" for sibling in self.path)
        return f"{TITLE}\nindex {self.index}\n{path}\n{self.note}"


def parse_proof(untrusted_text: str) -> Proof:
    """Check the shape of a tlog-proof; extra data is not ours and is refused.

    Raises:
        ValueError: it is not the text of a proof.
    """
    top, gap, note = untrusted_text.partition("\n\n")
    title, index, *path = top.split("\n")
    number = index.removeprefix("index ")
    if not gap or title != TITLE or index != f"index {int(number)}" or len(path) > LONGEST_PATH:
        raise ValueError("not a tlog-proof")
    return Proof(index=int(number), path=tuple(decode_base64(line) for line in path), note=note)


def manifest_of(entry: bytes) -> str | None:
    """Return the root of the manifest that a ledger entry names, if it names one."""
    root = json.loads(entry)["event"]["subject"].get("manifest")
    return root if isinstance(root, str) else None


class LedgerReceiptVerifier:
    """Verifies receipts with nothing but the ledger's public key.

    Raises:
        ValueError: the text is no key.
    """

    def __init__(self, key: str | Key) -> None:
        self._key = parse_key(key) if isinstance(key, str) else key

    def verify(self, receipt: Receipt) -> None:
        """Return when the event is in a signed checkpoint and names the manifest's root.

        Raises:
            NotInLedgerError: the proof, the checkpoint's signature or the root does not fit.
        """
        self.verify_entry(receipt.event, receipt.proof)
        try:
            named = manifest_of(receipt.event)
        except (*BAD, KeyError, AttributeError) as error:
            raise _refusal(f"the receipt cannot be read: {error}") from error
        if named is None or named != receipt.manifest_root:
            raise _refusal("the event does not name the manifest of the receipt")

    def verify_entry(self, entry: bytes, proof_text: str) -> None:
        """Return when the bytes are an entry of the ledger, whatever event it is.

        Raises:
            NotInLedgerError: the proof or the checkpoint's signature does not fit.
        """
        try:
            proof = parse_proof(proof_text)
            checkpoint = open_checkpoint(proof.note.encode(), self._key)
        except (*BAD, SignatureError) as error:
            raise _refusal(f"the receipt cannot be read: {error}") from error
        path = list(proof.path)
        leaf = leaf_hash(entry)
        if not verify_inclusion(leaf, proof.index, checkpoint.size, path, checkpoint.root):
            raise _refusal("the event is not in the checkpoint of the receipt")


def _refusal(reason: str) -> NotInLedgerError:
    return NotInLedgerError(
        reason, next_step="run `autoclave audit verify`; nothing is promoted without a receipt"
    )
