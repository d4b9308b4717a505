"""Erases whom records are about, together with the names of the files that they stood in."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import entries, erasure, expansions, names, subjects
from catalogue.entries import StoredEntry
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.subjects import IndexedExtract
from custody.digest import Digest
from pipeline.keys import NamingKeys
from pipeline.names import NamesBook
from pipeline.steps.indexing import ERASED_EXTRACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A names object of a shard, and what stands in its place."""

    old: NamesObject
    new: SealedObject


def forgotten_shards(held: Iterable[NamesObject]) -> list[int]:
    """Return the shards among some objects whose index goes with them."""
    return [stored.shard_id for stored in held if stored.kind is NamesKind.SUBJECTS]


def only_of(connection: sa.Connection, found: Sequence[StoredEntry]) -> list[IndexedExtract]:
    """Return the extracts in contents that only these entries stand for, and in their parts."""
    own = {entry.name_key for entry in found}
    contents: set[Digest] = set()
    for digest in {entry.digest for entry in found if entry.digest is not None}:
        others = {e.name_key for e in entries.by_digest(connection, digest)} - own
        if all(map(erasure.is_erased, others)):
            parts = expansions.below(connection, [digest])
            contents |= {digest, *(p for p in parts if not entries.by_digest(connection, p))}
    return subjects.of_digests(connection, contents)


def without_subjects(
    book: NamesBook,
    connection: sa.Connection,
    keys: NamingKeys,
    gone: Sequence[IndexedExtract],
) -> Iterator[Rewritten]:
    """Write the objects of some extracts anew without them; the other lines keep their places.

    An object under another host's key stays: its own erasure reaches it.
    """
    by_shard: dict[int, set[int]] = {}
    for each in gone:
        by_shard.setdefault(each.shard_id, set()).add(each.extract)
    for shard_id, ordinals in sorted(by_shard.items()):
        stored = names.get(connection, shard_id, NamesKind.SUBJECTS)
        if stored is None or stored.erased_at is not None or stored.sealed.key_id != keys.key_id:
            continue
        kept = blanked(book.read_subjects(stored.sealed), ordinals)
        yield Rewritten(old=stored, new=book.write_subjects(new_key(stored), keys, kept))


def blanked(lines: Iterable[str], ordinals: set[int]) -> Iterator[str]:
    """Yield the lines of an object with nothing left of some of its extracts."""
    extract = -1
    for line in lines:
        is_head = line.startswith("[")
        extract += is_head
        if extract not in ordinals:
            yield line
        else:
            yield ERASED_EXTRACT if is_head else ""


def new_key(stored: NamesObject) -> str:
    """Return where what takes the place of an object goes."""
    stem, _, kind = stored.sealed.key.rpartition(".")
    return f"{stem.partition('.')[0]}.{os.urandom(6).hex()}.{kind}"
