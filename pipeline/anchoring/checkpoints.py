"""Finds the published checkpoint that somebody outside speaks of."""

from collections.abc import Iterator

from audit.anchors import stamped
from audit.evidence import BAD, Checkpoint, parse_checkpoint
from audit.note import text_of
from catalogue import ledger as rows
from custody.digest import digest_of
from custody.errors import SignatureError
from pipeline.wiring import Runtime

NO_ANCHOR = "give a timestamp token (.tsr), or a checkpoint that a witness cosigned"
REWRITTEN = "compare the fingerprint of the key with the paper; if it agrees, history was rewritten"


def checkpoint_of_token(runtime: Runtime, untrusted_token: bytes) -> rows.StoredCheckpoint:
    """Return the checkpoint that a timestamp is over.

    Raises:
        SignatureError: it is no token, or over no checkpoint of this ledger.
    """
    try:
        digest = stamped(untrusted_token).digest
    except BAD as error:
        raise SignatureError(f"not an anchor: {error}", next_step=NO_ANCHOR) from error
    for stored in _newest_first(runtime):
        if digest_of(stored.note.encode()) == digest:
            return stored
    raise SignatureError("the timestamp is over no checkpoint of this ledger", next_step=REWRITTEN)


def checkpoint_of_text(runtime: Runtime, untrusted_text: str) -> rows.StoredCheckpoint:
    """Return the checkpoint whose three lines these are.

    Raises:
        SignatureError: they are no checkpoint, or none of this ledger.
    """
    try:
        said = parse_checkpoint(untrusted_text)
    except BAD as error:
        raise SignatureError("not an anchor", next_step=NO_ANCHOR) from error
    with runtime.catalogue.read() as connection:
        stored = rows.checkpoint(connection, said.origin, said.size)
    if stored is None or not stored.published or text_of(stored.note) != untrusted_text:
        raise SignatureError(
            f"this ledger has no checkpoint {said.size} of {said.origin} with that root",
            next_step=REWRITTEN,
        )
    return stored


def said_by(stored: rows.StoredCheckpoint) -> Checkpoint:
    """Return origin, size and root of a checkpoint of our own."""
    return parse_checkpoint(text_of(stored.note))


def _newest_first(runtime: Runtime) -> Iterator[rows.StoredCheckpoint]:
    with runtime.catalogue.read() as connection:
        found = [
            stored
            for origin in rows.origins(connection)
            for stored in rows.all_checkpoints(connection, origin)
            if stored.published
        ]
    return reversed(found)
