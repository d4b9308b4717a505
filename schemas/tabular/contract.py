"""A contract as a value: columns with their types and bounds, keys, and rules across columns.

It is a Frictionless data resource: `dialect`, `encoding` and `schema` mean what its specification
says. What it cannot say stands in keys that begin with `x-`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, unique

from schemas.interface import Reason, ReasonClass


@unique
class ColumnType(Enum):
    """The types of Table Schema that contracts may use."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    YEAR = "year"


@unique
class Comparison(Enum):
    """How two columns of one row relate."""

    BEFORE_OR_EQUAL = "<="
    BEFORE = "<"
    EQUAL = "=="
    DIFFERENT = "!="


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `identifier` names a check of the registry; `formula` allows a leading sign.

    `listed` is the class of a value outside of `enum`; `reason_class`, where it is set, is the
    class of everything that is said of this column. Reasons whose codes are in `flags` only flag.
    `subject` is the system of a patient's identifier, where the column holds one.
    """

    name: str
    type: ColumnType = ColumnType.STRING
    format: str = ""
    decimal: str = "."
    required: bool = False
    unique: bool = False
    pattern: str = ""
    enum: frozenset[str] = frozenset()
    minimum: str = ""
    maximum: str = ""
    least_length: int = 0
    most_length: int = 10_000
    identifier: str = ""
    formula: bool = False
    future: bool = True
    listed: ReasonClass = ReasonClass.INTEGRITY
    reason_class: ReasonClass | None = None
    flags: frozenset[str] = frozenset()
    subject: str = ""

    def tempered(self, reason: Reason) -> Reason:
        """Return a reason about this column with the class that the contract gives it."""
        if reason.code in self.flags:
            return replace(reason, reason_class=ReasonClass.CONFORMANCE)
        if self.reason_class is not None:
            return replace(reason, reason_class=self.reason_class)
        return reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Two columns of one row, compared when both hold something."""

    left: str
    comparison: Comparison
    right: str
    reason_class: ReasonClass = ReasonClass.INTEGRITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A column that must hold something when another one holds one of some values."""

    column: str
    values: frozenset[str]
    required: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Plausible values by code and unit: what is far beyond is a slip, a swap or a forgery."""

    code: str
    unit: str
    value: str
    bounds: Mapping[tuple[str, str], tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Events of one group that may not overlap: movements of a stay, stays of a patient."""

    group: str
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How lines are cut into fields."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    heading: bool = True
    final_line_end: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Parts of one length behind the fixed part of a line, as many as a column tells."""

    count: str
    length: int
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Lines without separators: where each column begins and how long it is, in characters.

    `width` is the length of the part that every line has.
    """

    places: tuple[tuple[int, int], ...]
    width: int
    repeats: tuple[Repeat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """A column in which each line of a group tells how many lines the group has."""

    group: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns whose values have to be those of a row of another table; `resource` is its name."""

    columns: tuple[str, ...]
    resource: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A column that tells of the rows of another table with the same values: how many, or a sum.

    `told` is the column here, `resource` the name of the other table. Where `added` is set, it is
    the column there whose values make the sum; otherwise rows are counted.
    """

    columns: tuple[str, ...]
    told: str
    resource: str
    fields: tuple[str, ...]
    added: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The rules of one table, in the order of its columns."""

    name: str
    title: str = ""
    columns: tuple[Column, ...]
    dialect: Dialect = field(default_factory=Dialect)
    primary_key: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset({""})
    rules: tuple[Rule, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    ranges: tuple[Ranges, ...] = ()
    chains: tuple[Chain, ...] = ()
    fixed: Fixed | None = None
    counts: tuple[GroupCount, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    totals: tuple[Total, ...] = ()

    @property
    def heading(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def compared(self) -> frozenset[str]:
        """Return the columns whose parsed values are compared with others."""
        return frozenset(
            (
                *(name for rule in self.rules for name in (rule.left, rule.right)),
                *(requirement.required for requirement in self.requirements),
                *(ranges.value for ranges in self.ranges),
                *(name for chain in self.chains for name in (chain.start, chain.end)),
            )
        )

    @property
    def read_as_text(self) -> frozenset[str]:
        """Return the columns whose values are held against others as they were written."""
        return frozenset(
            (
                *(requirement.column for requirement in self.requirements),
                *(name for ranges in self.ranges for name in (ranges.code, ranges.unit)),
                *(chain.group for chain in self.chains),
            )
        )

    @property
    def subject_columns(self) -> tuple[tuple[int, str], ...]:
        """Return the places of the columns that tell whom a row is about, each with its system."""
        return tuple((n, c.subject) for n, c in enumerate(self.columns) if c.subject)

    def place(self, name: str) -> int:
        """Return where a column stands."""
        return self.heading.index(name)
