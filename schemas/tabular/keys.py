"""Keys of a table: a first look over all lines finds those that stand twice.

Whoever copies a row and changes it leaves two that claim to be one; nobody can say which of them
is true, so that both are refused. That has to be known before the first of them is judged.

A key is remembered as 64 bits that depend on chance, so that nobody can make two of them meet;
among a hundred million keys two different ones meet by chance once in 3,700 tables, and then two
rows are refused, never let in.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formats.csv_lines import read_blocks
from schemas.tabular.arrays import Bytes, Integers, Words, np
from schemas.tabular.block import LineReader, Lines
from schemas.tabular.contract import Contract
from schemas.tabular.grid import PAD
from schemas.tabular.memo import words_at, words_of

MOST_KEYS = 100_000_000
LONGEST_KEY = PAD - 16
_FOLD = np.uint64(29)
_SEEDS = np.array([secrets.randbits(64) | 1 for _ in range(2)], dtype=np.uint64)


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
    seen: list[Words] = field(default_factory=list)
    count: int = 0

    def found_in(self, lines: Lines) -> Iterator[tuple[int, Repeated]]:
        """Yield the lines of a block whose key repeats, and what is known of it."""
        if not self.repeated:
            return
        keys = keys_of(lines, self.places)
        wanted = np.array(sorted(self.repeated), dtype=np.uint64)
        at = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
        for row in np.flatnonzero(wanted[at] == keys).tolist():
            yield int(lines.places[row]), self.repeated[int(keys[row])]


@dataclass(slots=True)
class KeyWatch:
    """The primary key and the unique columns of a table, taken from its lines as they pass by."""

    keys: tuple[Keys, ...]

    @classmethod
    def of(cls, contract: Contract) -> "KeyWatch":
        """Return what has to be watched; nothing where a table has no key."""
        named = (contract.primary_key, *((c.name,) for c in contract.columns if c.unique))
        places = (tuple(map(contract.place, names)) for names in named if names)
        return cls(tuple(Keys(places=each) for each in places))

    def take(self, lines: Lines) -> None:
        """Remember the keys of some lines."""
        for keys in self.keys:
            _take(keys, lines)

    def close(self) -> bool:
        """Tell whether any key stands twice, when all lines have passed."""
        for keys in self.keys:
            _close(keys)
        return any(keys.repeated for keys in self.keys)


def find_repeated(contract: Contract, content: memoryview, at: int) -> tuple[Keys, ...]:
    """Return the primary key and the unique columns of a table, with what repeats in them."""
    watch = KeyWatch.of(contract)
    if watch.keys:
        reader = LineReader(contract)
        for block in read_blocks(content, at):
            watch.take(reader.read(block))
        watch.close()
    compare_repeated(contract, watch.keys, content, at)
    return watch.keys


def compare_repeated(
    contract: Contract, found: Sequence[Keys], content: memoryview, at: int
) -> None:
    """Look again at the rows whose keys repeat: only now is known which those are."""
    if not any(keys.repeated for keys in found):
        return
    reader = LineReader(contract)
    for block in read_blocks(content, at):
        lines = reader.read(block)
        for keys in found:
            _compare(keys, lines)


def _take(keys: Keys, lines: Lines) -> None:
    if keys.count + len(lines.places) > MOST_KEYS:
        keys.whole = False
        return
    keys.seen.append(keys_of(lines, keys.places))
    keys.count += len(lines.places)


def _close(keys: Keys) -> None:
    """Find what stands twice among all that was seen, and forget the rest."""
    if not keys.seen:
        return
    every = _drained(keys)
    every.sort()
    twice = np.unique(every[1:][every[1:] == every[:-1]])
    keys.repeated = {int(value): Repeated() for value in twice.tolist()}


def _drained(keys: Keys) -> Words:
    """Return all that was seen in one piece; each part is freed as it is taken over."""
    every = np.empty(keys.count, dtype=np.uint64)
    end = keys.count
    while keys.seen:
        part = keys.seen.pop()
        every[end - len(part) : end] = part
        end -= len(part)
    return every


def _compare(keys: Keys, lines: Lines) -> None:
    """Look again at whole rows whose keys repeat: a copy of a row is no contradiction to it."""
    for number, found in keys.found_in(lines):
        found.rows += 1
        found.contents.add(hash(fields_of(lines, number)))


def fields_of(lines: Lines, number: int) -> tuple[bytes, ...]:
    """Return the fields of one whole line, as bytes."""
    row = lines.odd.get(number)
    if row is not None:
        return tuple(field.encode(lines.encoding) for field in row.fields)
    grid = lines.grid
    place = int(np.searchsorted(grid.plain, number))
    starts, lengths = grid.starts[:, place].tolist(), grid.lengths[:, place].tolist()
    both = zip(starts, lengths, strict=True)
    return tuple(grid.content[start : start + length] for start, length in both)


def keys_of(lines: Lines, places: Sequence[int]) -> Words:
    """Return the keys of all whole lines, in their order."""
    grid = lines.grid
    mixed = _mixed(grid.text, grid.starts[list(places)], grid.lengths[list(places)])
    if not lines.whole:
        return mixed
    others = [[lines.odd[number].fields[place] for place in places] for number in lines.whole]
    encoded = [[text.encode(lines.encoding) for text in row] for row in others]
    flat = b"".join(text for row in encoded for text in row)
    lengths = np.array([[len(text) for text in row] for row in encoded], dtype=np.int64)
    starts = (np.cumsum(lengths.ravel()) - lengths.ravel()).reshape(lengths.shape)
    text = np.frombuffer(flat + bytes(PAD), dtype=np.uint8)
    return np.concatenate((mixed, _mixed(text, starts.T, lengths.T)))[lines.order]


def _mixed(text: Bytes, starts: Integers, lengths: Integers) -> Words:
    mixed = np.full(starts.shape[1], _SEEDS[0], dtype=np.uint64)
    for start, length in zip(starts, lengths, strict=True):
        _mix(mixed, length.astype(np.uint64))
        if not len(length):
            continue
        words = words_of(words_at(text), start, length, min(int(length.max()), LONGEST_KEY))
        for place, word in enumerate(words):
            # A key is the same beside longer ones: what it does not reach is not mixed in.
            short = np.flatnonzero(length <= 8 * place) if place else ()
            kept = mixed[short] if len(short) else mixed[:0]
            _mix(mixed, word)
            if len(short):
                mixed[short] = kept
        for row in np.flatnonzero(length > LONGEST_KEY).tolist():
            rest = text[start[row] + LONGEST_KEY : start[row] + length[row]].tobytes()
            mixed[row] ^= np.uint64(hash(rest) & (2**64 - 1))
    return mixed


def _mix(mixed: Words, word: Words) -> None:
    """Take a word into the keys: a multiplication by chance, folded."""
    mixed ^= word
    mixed *= _SEEDS[1]
    mixed ^= mixed >> _FOLD
