"""A dump without its refused rows: every other byte stays, so that it loads as before.

Of a COPY a line goes. Of an INSERT a tuple goes with the comma beside it, and the whole statement
when no tuple is left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formats.sql.dialects import Dialect, dialect_of
from formats.sql.rows import tuples
from formats.sql.statements import Statement, walk
from schemas.interface import Record, Run
from schemas.splitting import Span, Splitter


@dataclass(slots=True)
class DumpSplitter(Splitter):
    """Listens like any splitter; the accepted part keeps all that is no row."""

    rows: list[Span] = field(default_factory=list)

    @property
    def accepted_spans(self) -> list[Span]:
        """The dump without its refused rows."""
        spans, at = list[Span](), 0
        for cut in _cuts(bytes(self.content), self.rows):
            if cut.start > at:
                spans.append(Span(start=at, end=cut.start))
            at = cut.end
        if at < self.content.nbytes:
            spans.append(Span(start=at, end=self.content.nbytes))
        return spans

    @property
    def refused_spans(self) -> list[Span]:
        """The refused rows alone."""
        return self.rows

    def _take(self, spans: list[Span], item: Run | Record) -> None:
        if spans is self.refused:
            self.rows.append(Span(start=item.offset, end=item.offset + item.size))

    def _close(self, following: int) -> None:
        del following


def _cuts(content: bytes, rows: Sequence[Span]) -> Iterator[Span]:
    """Yield what has to go so that the rows are gone, in order."""
    dialect = dialect_of(content)
    left = iter(rows)
    row = next(left, None)
    for item in walk(content, dialect):
        if row is None:
            return
        if isinstance(item, Statement):
            if item.rows is None or row.start >= item.rows[1]:
                continue
            refused = set[int]()
            while row is not None and row.start < item.rows[1]:
                refused.add(row.start)
                row = next(left, None)
            yield from _of_statement(content, item, refused, dialect)
        else:
            end = getattr(item, "end", 0)
            while row is not None and row.start < end:
                yield row
                row = next(left, None)


def _of_statement(
    content: bytes, statement: Statement, refused: set[int], dialect: Dialect
) -> Iterator[Span]:
    start, end = statement.rows or (0, 0)
    found = [(row.offset, row.offset + row.size) for row in tuples(content, start, end, dialect)]
    kept = [span for span in found if span[0] not in refused]
    if not kept:
        yield Span(start=statement.offset, end=statement.end)
        return
    last = kept[-1]
    for place, span in enumerate(found):
        if span[0] not in refused:
            continue
        if span[0] < last[0]:
            yield Span(start=span[0], end=found[place + 1][0])
        else:
            # Nothing is kept behind it: it goes with all that follows the last one that is.
            yield Span(start=last[1], end=found[-1][1])
            return
