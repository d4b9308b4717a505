"""Rotations of the ledger's key: the old key says which one follows, and the new one agrees.

Like `audit.evidence` this is carried in the one-file verifier: Python 3.8 and `cryptography`.
"""

from __future__ import annotations

import json
from typing import Any

from audit.evidence import EvidenceError, Files, Key, about, open_note, parse_key

ROTATED = "autoclave.key.rotated"
ROTATION_TITLE = "autoclave key rotation v1"
ROTATIONS_FILE = "keys/rotations.json"


def rotation_text(old: str, new: str) -> str:
    """Return what both keys sign, given as name+hash+base64."""
    return ROTATION_TITLE + "\nold: " + old + "\nnew: " + new + "\n"


def open_rotation(note: str) -> tuple[str, str]:
    """Return the old and the new key of a statement that both of them signed; else ValueError."""
    title, old, new = note.partition("\n\n")[0].split("\n")
    if (title, old[:5], new[:5]) != (ROTATION_TITLE, "old: ", "new: "):
        raise ValueError("not a rotation of a key")
    keys = parse_key(old[5:]), parse_key(new[5:])
    if keys[0].name != keys[1].name or keys[0] == keys[1]:
        raise ValueError("a key is followed by another one of the same name")
    for key in keys:
        if open_note(note.encode(), key) != rotation_text(old[5:], new[5:]):
            raise ValueError("not a rotation of a key")
    return old[5:], new[5:]


def chain_of(current: str, statements: list[str]) -> Key:
    """Return a key with all before it, the oldest first; ValueError when they do not fit.

    Statements that lead on from the current key are of a rotation that is not finished yet, and
    say nothing.
    """
    chain: list[str] = []
    for statement in statements:
        old, new = open_rotation(statement)
        if chain and chain[-1] != old:
            raise ValueError("the rotations of the key do not follow one another")
        chain += [new] if chain else [old, new]
    if chain and current not in chain:
        raise ValueError("the rotations do not lead to the key of this ledger")
    before = chain[: chain.index(current)] if chain else []
    return parse_key(current)._replace(older=tuple(map(parse_key, before)))


def keys_of(key: Key) -> list[Key]:
    """Return a key and those before it, the oldest first."""
    return [*key.older, key._replace(older=())]


def rotations_in(files: Files) -> list[str]:
    """Return the statements that an export carries, each signed by both of its keys."""
    with about(ROTATIONS_FILE):
        try:
            statements = [str(each) for each in json.loads(files.read(ROTATIONS_FILE).decode())]
        except KeyError:
            return []
        for statement in statements:
            open_rotation(statement)
        return statements


class Rotations:
    """Which key signed which checkpoint of a log, and where the log says that it was changed."""

    def __init__(self, key: Key) -> None:
        self.keys = keys_of(key)
        self.signers: dict[int, int] = {}
        self.changed: dict[int, int] = {}

    def follow(self, event: dict[str, Any], seq: int) -> None:
        """Take up an event about a rotation; ValueError when both keys did not sign it."""
        old, new = map(parse_key, open_rotation(event["body"]["statement"]))
        if new not in self.keys or old not in self.keys:
            # One that was begun and given up: no checkpoint may be signed by its key.
            return
        at = self.keys.index(new)
        if self.keys[at - 1] != old:
            raise ValueError("a rotation to a key that does not follow the one before it")
        self.changed.setdefault(at, seq)


def check_rotations(logs: list[tuple[str, Rotations]]) -> None:
    """Each checkpoint is signed by the key of its time; the logs come in their order.

    A key signs nothing before the entry that announces it, nor an older one after it did. The
    newest checkpoint is signed by the key of today: who stole an older one cannot end the log.
    """
    before: set[int] = {0}
    last = 0
    for base, log in logs:
        for size in sorted(log.signers):
            by = log.signers[size]
            where = base + "checkpoints/" + str(size).zfill(12)
            if by < last:
                raise EvidenceError(where, "signed by a key that another one had replaced")
            if by not in before and log.changed.get(by, size) >= size:
                raise EvidenceError(where, "signed by a key that the ledger did not announce")
            last = by
        before |= set(log.changed)
        if log is logs[-1][1] and last != len(log.keys) - 1:
            raise EvidenceError(base + "checkpoint", "signed by a key that was replaced")
