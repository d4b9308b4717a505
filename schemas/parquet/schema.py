"""The schema of Parquet files: a row is a record, by a contract that has exactly the columns.

A row lies in as many places as it has columns, packed and counted: none can be taken out without
writing the file anew. So a file with a refused row is held as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import FormatError, MalformedError
from formats.parquet.footer import MEDIA_TYPE, Footer, read_footer
from formats.parquet.pages import OTHER_SUM
from formats.parquet.values import all_pages
from schemas.interface import Extract, NotValidated, Remark, Said
from schemas.parquet.writing import fits, written_rows
from schemas.reasons.table import because
from schemas.tabular.contract import Contract
from schemas.tabular.written import MOST_WRITTEN, judged_lines, write_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Parquet:
    """Rows of one contract; without one it knows files that cannot be read, and says why."""

    contract: Contract | None = None
    media_types: frozenset[str] = frozenset({MEDIA_TYPE})

    @property
    def name(self) -> str:
        """Return the contract's name."""
        return "parquet" if self.contract is None else self.contract.name

    def knows(self, extract: Extract) -> bool:
        """Whether the footer names this contract's columns, or cannot be read at all."""
        try:
            footer = read_footer(extract.content)
        except FormatError:
            return self.contract is None
        return self.contract is not None and fits(footer, self.contract)

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every row in its order; a page that cannot be read leaves all of them unproven."""
        try:
            footer = read_footer(extract.content)
            if self.contract is None or not fits(footer, self.contract):
                reason = "the columns are not those of the contract"
                yield Remark(reason=because("TAB-001", "columns"))
                yield NotValidated(schema=self.name, reason=reason)
                return
            yield from self._rows(extract, footer, self.contract)
        except FormatError as error:
            yield NotValidated(schema=self.name, reason=f"{error.code}: {error.reason}")

    def _rows(self, extract: Extract, footer: Footer, contract: Contract) -> Iterator[Said]:
        sums = {page.fits for page in all_pages(extract.content, footer)}
        if False in sums:
            raise MalformedError(OTHER_SUM)
        if None in sums:
            yield Remark(reason=because("TAB-026"))
        lines = write_lines(written_rows(extract.content, footer, contract), contract)
        if lines is None:
            reason = f"rows of more than {MOST_WRITTEN} bytes when they are written as lines"
            yield NotValidated(schema=self.name, reason=reason)
            return
        yield from judged_lines(lines, contract, extract)
