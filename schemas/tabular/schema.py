"""The schema of one contract: every line of a table is one record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from formats.csv_lines import BYTE_ORDER_MARK, Block, read_blocks, read_heading
from schemas.interface import Extract, NotValidated, Remark, Said
from schemas.reasons.table import because
from schemas.tabular.block import Lines
from schemas.tabular.contract import Contract
from schemas.tabular.groups import Groups, count_groups
from schemas.tabular.judge import LineJudge
from schemas.tabular.keys import Keys, KeyWatch, compare_repeated, find_repeated
from schemas.tabular.subjects import subject_columns

# What is said of a table while its keys are not known yet; some 200 bytes each.
MOST_KEPT = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabular:
    """A table whose lines follow a contract."""

    contract: Contract
    media_types: frozenset[str] = frozenset({"text/csv", "text/plain"})

    @property
    def name(self) -> str:
        """Return the contract's name."""
        return self.contract.name

    def knows(self, extract: Extract) -> bool:
        """Whether the first line names this contract's columns."""
        return self.contract.dialect.heading and fits(self.contract, read_heading(extract.content))

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every line in the order of its bytes; blank lines at the end are no records."""
        at = 0
        if self.contract.dialect.heading:
            heading = read_heading(extract.content)
            at = heading.size
            yield from heading_remarks(self.contract, heading, extract.content)
            if not fits(self.contract, heading) and _is_readable(self.contract, heading):
                reason = "the heading is not that of the contract"
                yield NotValidated(schema=self.name, reason=reason)
                return
        groups = count_groups(self.contract, extract.content, at)
        if not all(each.whole for each in groups):
            yield Remark(reason=because("TAB-022"))
        yield from self._rows(extract, at, groups)

    def _rows(self, extract: Extract, at: int, groups: Sequence[Groups]) -> Iterator[Said]:
        """Judge rows while their keys are gathered; where one stands twice, judge them again.

        What is said of a row waits until all keys are known. Where too much is said to be kept, the
        keys are gathered first.
        """
        watch = KeyWatch.of(self.contract)
        judge = self._judge(extract, (), groups, watch.take)
        said = judge.judge(read_blocks(extract.content, at))
        if not watch.keys:
            yield from said
            return
        kept = list(islice(said, MOST_KEPT))
        if len(kept) < MOST_KEPT:
            if not watch.close():
                yield from _unproven(watch.keys)
                yield from kept
                return
            repeated = watch.keys
            compare_repeated(self.contract, repeated, extract.content, at)
        else:
            repeated = find_repeated(self.contract, extract.content, at)
        del kept, said
        yield from _unproven(repeated)
        again = self._judge(extract, repeated, groups)
        yield from again.judge(read_blocks(extract.content, at))

    def _judge(
        self,
        extract: Extract,
        repeated: Sequence[Keys],
        groups: Sequence[Groups],
        watch: Callable[[Lines], None] | None = None,
    ) -> LineJudge:
        subjects = subject_columns(self.contract) if extract.subjects else ()
        return LineJudge(
            self.contract,
            repeated,
            extract.today,
            groups,
            watch,
            subjects=subjects,
            accepts=extract.accepts,
        )


def _unproven(repeated: Sequence[Keys]) -> Iterator[Remark]:
    """Yield that there were too many rows to tell all keys apart."""
    if any(not keys.whole for keys in repeated):
        yield Remark(reason=because("TAB-022"))


def fits(contract: Contract, heading: Block) -> bool:
    """Whether a first line names exactly the contract's columns, in their order."""
    return heading_names(contract, heading) == list(contract.heading)


def heading_names(contract: Contract, heading: Block) -> list[str]:
    """Return the names in a first line; empty when it cannot be read."""
    try:
        text = heading.content.removesuffix(b"\r").decode(contract.dialect.encoding)
    except UnicodeDecodeError:
        return []
    quote = contract.dialect.quote
    return [name.strip().strip(quote) for name in text.split(contract.dialect.delimiter)]


def heading_remarks(contract: Contract, heading: Block, content: memoryview) -> Iterator[Remark]:
    """Yield what is to be said of the first line."""
    if heading.size and bytes(content[:3]) == BYTE_ORDER_MARK:
        yield Remark(reason=because("TAB-020"))
    if not fits(contract, heading):
        yield Remark(reason=because("TAB-001", "heading"))


def _is_readable(contract: Contract, heading: Block) -> bool:
    """Whether the first line is text: a garbled one says nothing against the lines below it."""
    names = heading_names(contract, heading)
    return bool(names) and all(name.isprintable() for name in names)
