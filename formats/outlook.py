"""A reader of Outlook messages ([MS-OXMSG]): the properties of a level, their streams and storages.

A message is a storage of property streams, recipients and attachments; an attached message is a
storage of the same kind. What a property says of a stream has to be what the stream is.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique

from formats.compound_writing import Storage, storage_at
from formats.faults import MalformedError
from formats.ole2 import Compound, Entry

PROPERTIES = "__properties_version1.0"
NAMED_PROPERTIES = "__nameid_version1.0"
ATTACHMENT, RECIPIENT = "__attach_version1.0_#", "__recip_version1.0_#"
_VALUE = "__substg1.0_"
_OWN = (NAMED_PROPERTIES, ATTACHMENT, RECIPIENT, _VALUE)
_ROW = 16
NARROW, WIDE, BINARY, OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_MANY = 0x1000
# Section 2.2.1: the number of zeros that end a string counts, and not every program counts it.
_ENDINGS: Mapping[int, tuple[int, ...]] = {NARROW: (0, 1), WIDE: (0, 2), BINARY: (0,)}


@unique
class Header(IntEnum):
    """How many bytes stand before the first property of a level (section 2.4.1)."""

    MESSAGE = 32
    EMBEDDED = 24
    OTHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A property that is kept as a stream or a storage; `tag` is its number and its type."""

    tag: int
    entry: Entry

    @property
    def number(self) -> int:
        """The number of the property."""
        return self.tag >> 16

    @property
    def form(self) -> int:
        """The type of the property; many strings are as one."""
        return self.tag & 0xFFFF & ~_MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A message, a recipient or an attachment.

    `numbers` are the values of the properties that fit into a row; `foreign` is what does not
    belong into a message; `anomalies` says what contradicts itself.
    """

    path: tuple[str, ...]
    numbers: Mapping[int, int] = field(default_factory=dict)
    values: tuple[Value, ...] = ()
    attachments: tuple[Entry, ...] = ()
    recipients: tuple[Entry, ...] = ()
    foreign: tuple[Entry, ...] = ()
    anomalies: tuple[str, ...] = ()

    def of(self, number: int, *forms: int) -> Iterator[Value]:
        """Yield the values of a property that are of one of the types."""
        yield from (v for v in self.values if v.number == number and v.form in forms)


class Outlook:
    """A message file whose directory has been read."""

    def __init__(self, compound: Compound) -> None:
        """Index the directory: what lies in which storage."""
        self.compound = compound
        self._below: dict[tuple[str, ...], list[Entry]] = {}
        for entry in compound.entries[1:]:
            self._below.setdefault(entry.path[:-1], []).append(entry)

    def level(self, path: tuple[str, ...], header: Header) -> Level:
        """Read the properties of a storage.

        Raises:
            MalformedError: they are no whole number of rows.
            TruncatedError: they are cut.
        """
        entries = sorted(self._below.get(path, ()), key=lambda entry: entry.name)
        values = tuple(v for entry in entries if (v := _value(entry)) is not None)
        rows = self._rows(entries, header)
        return Level(
            path=path,
            numbers={tag: size for tag, size in rows or () if tag & 0xFFFF not in _IN_STREAMS},
            values=values,
            attachments=_storages(entries, ATTACHMENT),
            recipients=_storages(entries, RECIPIENT),
            foreign=tuple(entry for entry in entries if _is_foreign(entry)),
            anomalies=tuple(dict.fromkeys(_anomalies(entries, values, rows))),
        )

    def storage(self, path: tuple[str, ...]) -> Storage:
        """Return a storage with all that lies in it, to be written on its own.

        Raises:
            FormatError: a stream cannot be read.
        """
        return storage_at(self._tree(path))

    def message(self, path: tuple[str, ...]) -> Storage:
        """Return an attached message as one of its own: a longer header, and the named properties.

        Raises:
            FormatError: a stream cannot be read.
        """
        inside = self.storage(path)
        streams = dict(inside.streams)
        if PROPERTIES in streams:
            held = streams[PROPERTIES]
            extra = bytes(Header.MESSAGE - Header.EMBEDDED)
            streams[PROPERTIES] = held[: Header.EMBEDDED] + extra + held[Header.EMBEDDED :]
        names = {NAMED_PROPERTIES: self.storage((NAMED_PROPERTIES,))}
        return Storage(
            class_id=inside.class_id, streams=streams, storages=names | dict(inside.storages)
        )

    def _tree(self, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bytes | None, bytes]]:
        todo, own = [path], self.compound.find(*path)
        if own is not None:
            yield (), None, own.class_id
        while todo:
            for entry in self._below.get(todo.pop(), ()):
                content = self.compound.stream(entry) if entry.is_stream else None
                yield entry.path[len(path) :], content, entry.class_id
                if not entry.is_stream:
                    todo.append(entry.path)

    def _rows(self, entries: list[Entry], header: Header) -> list[tuple[int, int]] | None:
        """Return tag and value, or size, of every property; None where there are none at all."""
        own = next((e for e in entries if e.name == PROPERTIES and e.is_stream), None)
        if own is None:
            return None
        held = self.compound.stream(own)
        if len(held) < header or (len(held) - header) % _ROW:
            raise MalformedError("properties that are no whole number of rows")
        rows = struct.iter_unpack("<IIII", held[header:])
        return [(tag, size) for tag, _, size, _ in rows]


_IN_STREAMS = frozenset({NARROW, WIDE, BINARY, OBJECT})


def _value(entry: Entry) -> Value | None:
    digits = entry.name[len(_VALUE) : len(_VALUE) + 8]
    if not entry.name.startswith(_VALUE) or len(digits) < 8:
        return None
    try:
        return Value(tag=int(digits, 16), entry=entry)
    except ValueError:
        return None


def _storages(entries: list[Entry], prefix: str) -> tuple[Entry, ...]:
    return tuple(e for e in entries if e.name.startswith(prefix) and not e.is_stream)


def _is_foreign(entry: Entry) -> bool:
    """Tell what no message has; a value that is a storage belongs to an attachment."""
    if entry.name == PROPERTIES or _value(entry) is not None:
        return not entry.is_stream and not entry.name.startswith(_VALUE)
    return not entry.name.startswith(_OWN) or entry.is_stream


def _anomalies(
    entries: list[Entry], values: tuple[Value, ...], rows: list[tuple[int, int]] | None
) -> Iterator[str]:
    names = [entry.name.lower() for entry in entries]
    if len(set(names)) != len(names):
        yield "duplicate-name"
    if rows is None:
        yield "properties-missing"
        return
    tags = [tag for tag, _ in rows]
    if len(set(tags)) != len(tags):
        yield "duplicate-property"
    sizes = {value.tag: value.entry.size for value in values if value.entry.is_stream}
    for tag, size in rows:
        endings = _ENDINGS.get(tag & 0xFFFF)
        if endings is None:
            continue
        if tag not in sizes:
            if size:
                yield "property-without-content"
        elif size - sizes[tag] not in endings:
            yield "property-size-mismatch"
