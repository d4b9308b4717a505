"""Asks a witness to cosign a checkpoint (C2SP tlog-witness, "add-checkpoint")."""

import base64

from audit.anchors import COSIGNED_SUFFIX, anchors_folder, open_cosigned, size_of_anchor
from audit.evidence import BAD, Key
from audit.merkle import consistency
from audit.tiles import Tiles, read
from catalogue import ledger as rows
from custody.errors import LedgerError, SignatureError
from pipeline.anchoring.checkpoints import said_by
from pipeline.anchoring.outside import Answer, post
from pipeline.anchoring.trusted import Witness
from pipeline.wiring import Runtime

GRANTED, CONFLICT, UNPROVEN = 200, 409, 422
PATH = "/add-checkpoint"
# A size is below 2**63.
MOST_DIGITS = 19
DISAGREE = "keep the witness's answer, and run `autoclave audit verify` against copies kept outside"


def cosigned_by(runtime: Runtime, witness: Witness, stored: rows.StoredCheckpoint) -> bytes:
    """Return a checkpoint with the witness's cosignature below it.

    The witness is shown that what it saw last is the beginning of this log. When it has seen
    another size than we remember, it says which, and is asked once more.

    Raises:
        LedgerError: the witness knows a log that is ahead of this one, or has another history.
        SignatureError: it refuses, or its answer is not signed by its key.
        UnavailableError: it does not answer.
    """
    answer = _asked(runtime, witness, stored, _last_seen(runtime, witness.key, stored))
    if answer.status == CONFLICT:
        answer = _asked(runtime, witness, stored, _told_size(witness, answer, stored))
    if answer.status == UNPROVEN:
        raise LedgerError(
            f"the witness {witness.key.name} has seen another history of this ledger",
            next_step=DISAGREE,
        )
    if answer.status != GRANTED:
        raise SignatureError(
            f"the witness {witness.key.name} refuses with {answer.status}",
            next_step="ask who runs it whether it knows this ledger's origin and key",
        )
    return _with_cosignature(witness.key, stored, answer.body)


def _asked(runtime: Runtime, witness: Witness, stored: rows.StoredCheckpoint, old: int) -> Answer:
    proof = _proof(runtime, stored, old)
    lines = [f"old {old}", *(base64.b64encode(node).decode() for node in proof)]
    body = "\n".join(lines) + "\n\n" + stored.note
    return post(witness.url + PATH, body.encode(), "text/plain; charset=utf-8")


def _proof(runtime: Runtime, stored: rows.StoredCheckpoint, old: int) -> list[bytes]:
    if old in {0, stored.size}:
        return []
    with runtime.ledger.paused():
        with runtime.catalogue.read() as connection:
            done = rows.newest_checkpoint(connection, stored.origin, published=True)
        size = stored.size if done is None else done.size
        return consistency(Tiles(runtime.audit, stored.origin, size), old, stored.size)


def _told_size(witness: Witness, answer: Answer, stored: rows.StoredCheckpoint) -> int:
    text = answer.body.decode("ascii", errors="replace").strip()
    if not text.isdigit() or len(text) > MOST_DIGITS:
        raise SignatureError(
            f"the witness {witness.key.name} answers in words that are not its protocol's",
            next_step="check the address in audit.witnesses",
        )
    size = int(text)
    if size > stored.size:
        raise LedgerError(
            f"the witness {witness.key.name} has seen {size} entries of {stored.origin}, and this"
            f" ledger has {stored.size}",
            next_step=DISAGREE,
        )
    return size


def _last_seen(runtime: Runtime, key: Key, stored: rows.StoredCheckpoint) -> int:
    """Return the largest size that the witness cosigned of this log, as far as it is kept here."""
    folder = anchors_folder(stored.origin)
    names = {v.key for v in runtime.audit.versions(folder) if v.key.endswith(COSIGNED_SUFFIX)}
    for name in sorted(names, reverse=True):
        size = size_of_anchor(name)
        if size <= said_by(stored).size and _is_by(key, read(runtime.audit, name)):
            return size
    return 0


def _is_by(key: Key, content: bytes | None) -> bool:
    try:
        return content is not None and open_cosigned(content.decode(), key) >= 0
    except BAD:
        return False


def _with_cosignature(key: Key, stored: rows.StoredCheckpoint, untrusted: bytes) -> bytes:
    try:
        note = stored.note + untrusted.decode()
        open_cosigned(note, key)
    except BAD as error:
        raise SignatureError(
            f"the answer of the witness {key.name} is not signed by it: {error}",
            next_step="compare its key with audit.witnesses",
        ) from error
    return note.encode()
