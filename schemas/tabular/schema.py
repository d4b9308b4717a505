"""The schema of one contract: every line of a table is one record."""

from collections.abc import Iterator
from dataclasses import dataclass

from formats.csv_lines import BYTE_ORDER_MARK, Block, read_blocks, read_heading
from schemas.interface import Extract, NotValidated, Remark, Said
from schemas.reasons.table import because
from schemas.tabular.contract import Contract
from schemas.tabular.groups import count_groups
from schemas.tabular.judge import LineJudge
from schemas.tabular.keys import find_repeated
from schemas.tabular.subjects import subject_columns


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
        repeated = find_repeated(self.contract, extract.content, at)
        if any(not keys.whole for keys in repeated):
            yield Remark(reason=because("TAB-022"))
        groups = count_groups(self.contract, extract.content, at)
        if not all(each.whole for each in groups):
            yield Remark(reason=because("TAB-022"))
        subjects = subject_columns(self.contract) if extract.subjects else ()
        judge = LineJudge(
            self.contract,
            repeated,
            extract.today,
            groups,
            subjects=subjects,
            accepts=extract.accepts,
        )
        yield from judge.judge(read_blocks(extract.content, at))


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
