"""Keys of a table: a first look over all lines finds those that stand twice.

Whoever copies a row and changes it leaves two that claim to be one; nobody can say which of them
is true, so that both are refused. That has to be known before the first of them is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from formats.csv_lines import read_blocks
from schemas.tabular.contract import Contract
from schemas.tabular.rows import RowReader

# 64-bit hashes: among ten million keys two different ones meet with a chance of 1 in 370,000; the
# row is then refused, never let in.
MOST_KEYS = 6_000_000


@dataclass(slots=True)
class Repeated:
    """How many whole rows have one key, and the hashes of what they hold."""

    rows: int = 0
    contents: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Keys:
    """Which keys stand more than once, and with what; `whole` when all rows were counted."""

    places: tuple[int, ...]
    repeated: dict[int, Repeated] = field(default_factory=dict)
    whole: bool = True
    seen: set[int] = field(default_factory=set)

    def key_of(self, row: Sequence[str]) -> int:
        """Return the hash of a row's key."""
        return hash(tuple([row[place] for place in self.places]))


def find_repeated(contract: Contract, content: memoryview, at: int) -> tuple[Keys, ...]:
    """Return the primary key and the unique columns of a table, with what repeats in them."""
    found = [
        Keys(places=tuple(map(contract.place, names)))
        for names in (contract.primary_key, *((c.name,) for c in contract.columns if c.unique))
        if names
    ]
    if not found:
        return ()
    reader = RowReader(contract)
    for block in read_blocks(content, at):
        columns = reader.columns(block, {place for keys in found for place in keys.places})
        for keys in found:
            _count(keys, [columns[place] for place in keys.places])
    for keys in found:
        _compare(keys, contract, content, at)
    return tuple(found)


def _count(keys: Keys, columns: Sequence[Sequence[str]]) -> None:
    if len(keys.seen) > MOST_KEYS:
        keys.whole = False
        return
    seen, repeated = keys.seen, keys.repeated
    hashes = list(map(hash, zip(*columns, strict=True)))
    new = set(hashes)
    if len(new) == len(hashes) and seen.isdisjoint(new):
        seen |= new
        return
    for value in hashes:
        if value in seen:
            repeated[value] = Repeated()
        seen.add(value)


def _compare(keys: Keys, contract: Contract, content: memoryview, at: int) -> None:
    """Look again at whole rows whose keys repeat: a copy of a row is no contradiction to it."""
    keys.seen = set()
    if not keys.repeated:
        return
    reader = RowReader(contract)
    for block in read_blocks(content, at):
        for row in reader.read(block):
            if row.fields and (found := keys.repeated.get(keys.key_of(row.fields))):
                found.rows += 1
                found.contents.add(hash(tuple(row.fields)))
    for value in [value for value, found in keys.repeated.items() if found.rows < 2]:
        del keys.repeated[value]
