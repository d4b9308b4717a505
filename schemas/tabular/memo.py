"""Remembers what values were found to be, and looks a whole column of a block up at once.

A slot holds one value, whole: what is looked up is compared byte by byte, and never taken for
another value because their hashes meet. Values longer than a slot are not remembered here.
"""

from collections.abc import Sequence

from schemas.tabular.arrays import Bytes, Flags, Integers, Words, np

SLOTS_BITS = 16
WORDS = 4
LONGEST = 8 * WORDS
FREE = -1
_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(9)], dtype=np.uint64)
_FIRST, _FURTHER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_FOLD, _SLOT = np.uint64(29), np.uint64(64 - SLOTS_BITS)


def words_at(text: Bytes) -> Words:
    """Return the eight bytes from each place of a padded text on, as one number."""
    return np.ndarray((len(text) - 7,), dtype="<u8", buffer=text.data, strides=(1,))


def words_of(words: Words, starts: Integers, lengths: Integers, most: int) -> list[Words]:
    """Return the first `most` bytes of each value as numbers; what is shorter ends with zeros."""
    return [
        words[starts + 8 * place if place else starts]
        & _MASKS[np.minimum(np.maximum(lengths - 8 * place, 0), 8)]
        for place in range(max(1, (most + 7) // 8))
    ]


class Memo:
    """Two tables of slots: what finds its slot of the first one taken goes to the second."""

    def __init__(self) -> None:
        self._first, self._second = _Slots(_FIRST), _Slots(_SECOND)

    def look(self, keys: Sequence[Words], lengths: Integers) -> tuple[Flags, Integers]:
        """Return which of some values are known, and the numbers of those."""
        known, numbers = self._first.look(keys, lengths)
        if not known.all():
            rest = np.flatnonzero(~known)
            known[rest], numbers[rest] = self._second.look([k[rest] for k in keys], lengths[rest])
        return known, numbers

    def put(self, keys: Sequence[Words], lengths: Integers, numbers: Integers) -> None:
        """Remember values, but those that are too long for a slot."""
        short = np.flatnonzero(lengths <= LONGEST)
        keys, lengths, numbers = [k[short] for k in keys], lengths[short], numbers[short]
        left = self._first.put(keys, lengths, numbers, over=False)
        self._second.put([k[left] for k in keys], lengths[left], numbers[left], over=True)

    def forget(self) -> None:
        """Remember nothing any more."""
        self._first.forget()
        self._second.forget()


class _Slots:
    """One table; a value has one slot in it."""

    def __init__(self, factor: np.uint64) -> None:
        self._factor = factor
        self._words: list[Words] = [np.zeros(1 << SLOTS_BITS, np.uint64) for _ in range(WORDS)]
        self._lengths = np.full(1 << SLOTS_BITS, FREE, np.int64)
        self._numbers = np.zeros(1 << SLOTS_BITS, np.int64)

    def _slots_of(self, keys: Sequence[Words]) -> Integers:
        mixed = keys[0] * self._factor
        for key in keys[1:]:
            mixed ^= mixed >> _FOLD
            mixed = (mixed ^ key) * _FURTHER
        return (mixed >> _SLOT).astype(np.int64)

    def look(self, keys: Sequence[Words], lengths: Integers) -> tuple[Flags, Integers]:
        """Return which of some values are in their slots, and the numbers there."""
        slots = self._slots_of(keys)
        known: Flags = self._lengths[slots] == lengths
        for key, remembered in zip(keys, self._words, strict=False):
            known &= remembered[slots] == key
        return known, self._numbers[slots]

    def put(
        self, keys: Sequence[Words], lengths: Integers, numbers: Integers, *, over: bool
    ) -> Integers:
        """Fill slots, `over` what stands there or only free ones; return what found no slot."""
        slots = self._slots_of(keys)
        free = np.arange(len(slots)) if over else np.flatnonzero(self._lengths[slots] == FREE)
        places, which = np.unique(slots[free], return_index=True)
        taken = free[which]
        for key, remembered in zip(keys, self._words, strict=False):
            remembered[places] = key[taken]
        for remembered in self._words[len(keys) :]:
            remembered[places] = 0
        self._lengths[places], self._numbers[places] = lengths[taken], numbers[taken]
        left = np.ones(len(slots), dtype=np.bool_)
        left[taken] = False
        return np.flatnonzero(left)

    def forget(self) -> None:
        """Remember nothing any more."""
        self._lengths.fill(FREE)
