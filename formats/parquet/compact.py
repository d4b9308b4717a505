"""Thrift's compact protocol, as far as Parquet uses it: structures of numbered fields, bounded.

As the specification of Apache Thrift says ("Thrift compact protocol encoding"). Nothing is known
here of what a field means; whoever asks for one says which type it has to have.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from formats.faults import LimitError, MalformedError, TruncatedError

Value = bool | int | bytes | list["Value"] | dict[int, "Value"] | None
Struct = dict[int, Value]
T = TypeVar("T", bool, int, bytes, list["Value"], dict[int, "Value"])
# Types: a truth, a byte, numbers up to 64 bits, then double, binary, list, set, map, structure.
_TRUE, _FALSE, _BYTE, _I64 = 1, 2, 3, 6
_DEEPEST, _LONGEST_NUMBER = 12, 10
MOST_VALUES = 2_000_000


@dataclass(slots=True)
class Compact:
    """Reads from `at` up to `end`; `left` is how many more values it may read."""

    content: memoryview
    at: int
    end: int
    left: int = MOST_VALUES
    _depth: int = field(default=0)

    def struct(self) -> Struct:
        """Return the fields of a structure, by their number.

        Raises:
            TruncatedError: it goes on beyond the end.
            MalformedError: a type that there is not, a field twice, or deeper than any is.
            LimitError: with more values than are followed.
        """
        self._enter()
        found: Struct = {}
        number = 0
        while head := self._byte():
            step = head >> 4
            number = number + step if step else self._signed()
            if number in found:
                raise MalformedError("a field that stands twice", offset=self.at)
            found[number] = self._value(head & 15, in_list=False)
        self._depth -= 1
        return found

    def _enter(self) -> None:
        """Go one level down; lists count as structures do: each is a call within a call.

        Nothing that Parquet defines is as deep, so that what is deeper is none of it.
        """
        if self._depth >= _DEEPEST:
            raise MalformedError("structures within structures", offset=self.at)
        self._depth += 1

    def _value(self, kind: int, *, in_list: bool) -> Value:
        self.left -= 1
        if self.left < 0:
            raise LimitError("more values than are followed", offset=self.at)
        if kind in (_TRUE, _FALSE):
            return (self._byte() if in_list else kind) == _TRUE
        if _BYTE < kind <= _I64:
            return self._signed()
        match kind:
            case 3:
                found: Value = self._byte()
            case 7:
                found = self._take(8)
            case 8:
                found = self._take(self._unsigned())
            case 9 | 10:
                found = self._list()
            case 11:
                found = self._pass_map()
            case 12:
                found = self.struct()
            case _:
                raise MalformedError(f"a field of type {kind}", offset=self.at)
        return found

    def _list(self) -> list[Value]:
        head = self._byte()
        count = head >> 4
        if count == 15:
            count = self._unsigned()
        self._count(count)
        self._enter()
        found = [self._value(head & 15, in_list=True) for _ in range(count)]
        self._depth -= 1
        return found

    def _pass_map(self) -> list[Value]:
        """Pass over a map: nothing in Parquet's own structures is one."""
        count = self._unsigned()
        self._count(count)
        kinds = self._byte() if count else 0
        self._enter()
        for _ in range(count):
            self._value(kinds >> 4, in_list=True)
            self._value(kinds & 15, in_list=True)
        self._depth -= 1
        return []

    def _count(self, count: int) -> None:
        """Every value takes a byte at least."""
        if count > self.end - self.at:
            raise TruncatedError("a list of more values than there are bytes", offset=self.at)

    def _byte(self) -> int:
        if self.at >= self.end:
            raise TruncatedError("a structure that does not end", offset=self.at)
        self.at += 1
        return self.content[self.at - 1]

    def _take(self, size: int) -> bytes:
        if size > self.end - self.at:
            raise TruncatedError("a value that does not end", offset=self.at)
        self.at += size
        return bytes(self.content[self.at - size : self.at])

    def _signed(self) -> int:
        folded = self._unsigned()
        return (folded >> 1) ^ -(folded & 1)

    def _unsigned(self) -> int:
        value = 0
        for place in range(_LONGEST_NUMBER):
            byte = self._byte()
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value
        raise MalformedError("a number that does not end", offset=self.at)


def whole(found: Struct, number: int, default: int | None = None) -> int:
    """Return a field that is a whole number.

    Raises:
        MalformedError: it is missing without a default, or is none.
    """
    value = found.get(number, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedError(f"field {number} is no number")
    return value


def of_type(found: Struct, number: int, kind: type[T]) -> T:
    """Return a field of another type; its empty value where it is missing.

    Raises:
        MalformedError: it is of another type.
    """
    value = found.get(number)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise MalformedError(f"field {number} is of another type")
    return value


def structs(found: Struct, number: int) -> list[Struct]:
    """Return a field that is a list of structures.

    Raises:
        MalformedError: it is something else.
    """
    listed: list[Value] = of_type(found, number, list)
    out: list[Struct] = []
    for value in listed:
        if not isinstance(value, dict):
            raise MalformedError(f"field {number} is no list of structures")
        out.append(value)
    return out
