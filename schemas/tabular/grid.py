"""Cuts a block of lines into fields, all at once: where each field of each line begins and ends.

Nothing is decoded and no field is made here: a field is two numbers. A line that holds anything
but plain text in as many fields as the contract has is left to the row reader, which says what is
wrong with it.
"""

from dataclasses import dataclass
from functools import cached_property

from formats.csv_lines import LONGEST_LINE, Block
from schemas.hygiene import has_odd
from schemas.tabular.arrays import Bytes, Flags, Integers, np
from schemas.tabular.contract import Contract

PAD = 80  # fields are read as whole words, also the last one
_NEWLINE, _RETURN, _TAB, _SPACE, _DELETE = 10, 13, 9, 32, 127


_ALIKE = bytes(
    b"9Aa"[bytes((byte,)).isupper() + 2 * bytes((byte,)).islower()]
    if bytes((byte,)).isalnum()
    else byte
    for byte in range(256)
)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A block, cut: `starts` and `lengths` have a row a column, and an entry a plain line.

    `text` is the block with its last line end and `PAD` zero bytes; `line_starts` has one entry
    more than there are lines; `plain` and `odd` are numbers of lines, in order.
    """

    content: bytes
    text: Bytes
    line_starts: Integers
    plain: Integers
    odd: Integers
    starts: Integers
    lengths: Integers

    @cached_property
    def shapes(self) -> Bytes:
        """The text with all capitals alike, all small letters, and all digits."""
        drawn = self.content.translate(_ALIKE)
        return np.frombuffer(drawn + self.text[len(drawn) :].tobytes(), dtype=np.uint8)

    def line(self, number: int) -> bytes:
        """Return one line without its line end."""
        return self.content[self.line_starts[number] : self.line_starts[number + 1] - 1]


class Cutter:
    """Cuts the blocks of one table."""

    def __init__(self, contract: Contract) -> None:
        dialect = contract.dialect
        self._width = len(contract.columns)
        self._encoding = dialect.encoding
        self._delimiter = ord(dialect.delimiter)
        self._quote = dialect.quote
        # Only then can a line with all of its delimiters be blank.
        self._blanks = self._width == 1 or dialect.delimiter.isspace()

    def cut(self, block: Block) -> Grid:
        """Return where the fields of a block are."""
        content = block.content
        text = np.frombuffer(content + b"\n" + bytes(PAD), dtype=np.uint8)
        lines = text[: len(content) + 1]
        separators = np.flatnonzero((lines == _NEWLINE) | (lines == self._delimiter))
        last = np.flatnonzero(lines[separators] == _NEWLINE)
        line_starts = np.concatenate((np.zeros(1, np.int64), separators[last] + 1))
        fit = np.diff(last, prepend=-1) == self._width
        fit &= np.diff(line_starts) <= LONGEST_LINE + 1
        fit[self.odd_lines(content, lines, line_starts)] = False
        if self._blanks:
            visible = (lines > _SPACE) & (lines < _DELETE)
            fit &= np.add.reduceat(visible, line_starts[:-1], dtype=np.int64) > 0
        plain = np.flatnonzero(fit)
        starts, lengths = self._fields(lines, separators, last, line_starts, plain)
        if self._quote.isascii() and self._quote.encode() in content:
            balanced = self._unquote(lines, starts, lengths, line_starts, plain)
            fit[plain[~balanced]] = False
            plain, starts, lengths = plain[balanced], starts[:, balanced], lengths[:, balanced]
        return Grid(
            content=content,
            text=text,
            line_starts=line_starts,
            plain=plain,
            odd=np.flatnonzero(~fit),
            starts=starts,
            lengths=lengths,
        )

    def odd_lines(self, content: bytes, lines: Bytes, line_starts: Integers) -> Integers:
        """Return the lines with bytes that no plain line holds."""
        return self._lines_of(self._odd_bytes(content, lines, line_starts), line_starts)

    def _odd_bytes(self, content: bytes, lines: Bytes, line_starts: Integers) -> Integers:
        """Return where bytes stand that no plain line holds."""
        found = []
        known = len(line_starts) - 1 + (content.count(b"\t") if b"\t" in content else 0)
        if np.count_nonzero(lines < _SPACE) != known:
            controls = np.flatnonzero((lines < _SPACE) & (lines != _NEWLINE) & (lines != _TAB))
            following = lines[np.minimum(controls + 1, len(lines) - 1)]
            ends_line = (lines[controls] == _RETURN) & (following == _NEWLINE)
            found.append(controls[~ends_line])
        if b"\x7f" in content:
            found.append(np.flatnonzero(lines == _DELETE))
        if not content.isascii() and not self._is_plain_text(content, lines):
            found.append(np.flatnonzero(lines > _DELETE))
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _is_plain_text(self, content: bytes, lines: Bytes) -> bool:
        """Whether the letters beyond ASCII are ones that need no look at their lines."""
        if not self._quote.isascii():
            return False
        try:
            content.decode(self._encoding)
        except UnicodeDecodeError:
            return False
        return not has_odd(lines[lines > _DELETE].tobytes().decode(self._encoding))

    @staticmethod
    def _lines_of(places: Integers, line_starts: Integers) -> Integers:
        return np.searchsorted(line_starts, places, side="right") - 1

    def _fields(
        self,
        lines: Bytes,
        separators: Integers,
        last: Integers,
        line_starts: Integers,
        plain: Integers,
    ) -> tuple[Integers, Integers]:
        width = self._width
        if len(plain) * width == len(separators):
            ends = np.ascontiguousarray(separators.reshape(len(plain), width).T)
        else:
            first = last[plain] - (width - 1)
            ends = separators[first[np.newaxis, :] + np.arange(width)[:, np.newaxis]]
        starts = np.empty_like(ends)
        starts[0] = line_starts[plain]
        starts[1:] = ends[:-1] + 1
        lengths = ends - starts
        returned = (lengths[-1] > 0) & (lines[ends[-1] - 1] == _RETURN)
        lengths[-1] -= returned
        return starts, lengths

    def _unquote(
        self,
        lines: Bytes,
        starts: Integers,
        lengths: Integers,
        line_starts: Integers,
        plain: Integers,
    ) -> Flags:
        """Drop the marks around fields; say which lines have no other ones."""
        quote = ord(self._quote)
        around = (
            (lengths >= 2)
            & (lines[starts] == quote)
            & (lines[np.maximum(starts + lengths - 1, 0)] == quote)
        )
        marked = self._lines_of(np.flatnonzero(lines == quote), line_starts)
        counts = np.bincount(marked, minlength=len(line_starts) - 1)
        starts += around
        lengths -= 2 * around
        balanced: Flags = counts[plain] == 2 * around.sum(axis=0)
        return balanced
