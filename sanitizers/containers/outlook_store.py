"""The parts of an Outlook store (PST, OST), as libpff reads it; without libpff none is read.

Every message gives one text of all its strings, its bodies and its attachments, those of messages
that are attached included. What libpff cannot read is named, and the rest still comes out.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from formats.faults import LimitError, MalformedError, UnsupportedError
from sanitizers.containers.beside import may_be_a_file, one_line
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

try:
    import pypff
except ImportError:
    pypff = None

_STRINGS = frozenset({0x1E, 0x1F})
_BINARY = 0x102
_DATA = 0x3701
_BODIES = frozenset({0x1000, 0x1013, 0x1009})
_BODY_TEXTS = ("plain_text_body", "html_body", "rtf_body")
_DEEPEST_FOLDER = 64
# What the bindings raise for damaged content; a value of a type that they do not know is one too.
_FAULTS = (OSError, ValueError, TypeError, MemoryError, OverflowError, SystemError)


def libpff_version() -> str:
    """Return the version of the library that reads stores, as it stands in a profile."""
    return f"libpff {pypff.get_version()}" if pypff is not None else "no libpff"


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the parts of a store.

    Raises:
        UnsupportedError: libpff is not installed.
        MalformedError: it cannot be opened.
        LimitError: the parts are too many, or come to too many bytes.
    """
    if pypff is None:
        raise UnsupportedError("Outlook stores need the extra 'pst': pip install 'autoclave[pst]'")
    store = pypff.file()
    try:
        store.open_file_object(io.BytesIO(content))
        root = store.get_root_folder()
    except _FAULTS as error:
        raise MalformedError("libpff cannot open the store") from error
    number = size = 0
    for part in _Store(store=store, root=root, limits=limits).parts():
        number, size = number + 1, size + len(part.content)
        if number > limits.most_members or size > limits.most_expanded_bytes:
            raise LimitError("the parts are too many, or come to too many bytes")
        yield part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Store:
    """One store that was opened."""

    store: Any
    root: Any
    limits: Limits

    def parts(self) -> Iterator[Unpacked]:
        todo = [(self.root, 0)] if self.root is not None else []
        while todo:
            folder, depth = todo.pop()
            if depth > _DEEPEST_FOLDER:
                yield Unpacked(refusal=f"limit: folders nested more than {_DEEPEST_FOLDER} deep")
                continue
            for message in _each(folder, "sub_message"):
                yield from self._message(message, 1)
            for inner in _each(folder, "sub_folder"):
                if isinstance(inner, Unpacked):
                    yield inner
                else:
                    todo.append((inner, depth + 1))
        for orphan in _each(self.store, "orphan_item"):
            yield from self._message(orphan, 1)

    def _message(self, message: Any, depth: int) -> Iterator[Unpacked]:
        """Yield the parts of a message; an item that is none has no bodies, and strings alone."""
        if isinstance(message, Unpacked):
            yield message
            return
        if depth > self.limits.most_depth:
            yield Unpacked(
                refusal=f"limit: messages nested more than {self.limits.most_depth} deep"
            )
            return
        yield from _beside(message)
        for name in _BODY_TEXTS:
            yield from _body(message, name)
        if hasattr(message, "number_of_attachments"):
            for attachment in _each(message, "attachment"):
                yield from self._attachment(attachment, depth)

    def _attachment(self, attachment: Any, depth: int) -> Iterator[Unpacked]:
        if isinstance(attachment, Unpacked):
            yield attachment
            return
        yield from _beside(attachment)
        inside = list(_each(attachment, "sub_item"))
        for message in inside:
            yield from self._message(message, depth + 1)
        yield from self._data(attachment, is_message=bool(inside))

    def _data(self, attachment: Any, *, is_message: bool) -> Iterator[Unpacked]:
        name = b""
        try:
            name = one_line(attachment.long_filename or "").strip().encode("utf-8", "replace")
            size = attachment.size
            if size > self.limits.most_content_bytes:
                refusal = f"limit: a part of more than {self.limits.most_content_bytes} bytes"
                yield Unpacked(untrusted_name=name, refusal=refusal)
                return
            content = attachment.read_buffer(size) if size else b""
        except _FAULTS:
            if not is_message:
                yield Unpacked(untrusted_name=name, refusal="content-missing")
            return
        yield Unpacked(untrusted_name=name, content=content)


def _each(item: Any, kind: str) -> Iterator[Any]:
    """Yield what an item holds of a kind; what cannot be read is a part that says so."""
    try:
        count = getattr(item, f"number_of_{kind}s")
    except _FAULTS:
        yield Unpacked(refusal=f"malformed: {kind}s that cannot be counted")
        return
    for number in range(count):
        try:
            inner = getattr(item, f"get_{kind}")(number)
        except _FAULTS:
            yield Unpacked(refusal=f"malformed: a {kind} that cannot be read")
            continue
        yield inner


def _body(message: Any, name: str) -> Iterator[Unpacked]:
    if not hasattr(type(message), name):
        return
    try:
        held = getattr(message, name)
    except _FAULTS:
        yield Unpacked(refusal=f"malformed: a {name} that cannot be read")
        return
    if held:
        yield Unpacked(content=held.encode("utf-8", "replace") if isinstance(held, str) else held)


def _beside(item: Any) -> Iterator[Unpacked]:
    """Yield all strings of an item as one text, and what else it keeps that may be a file."""
    lines: list[str] = []
    for record_set in _each(item, "record_set"):
        if isinstance(record_set, Unpacked):
            yield record_set
            continue
        for entry in _entries(record_set):
            if isinstance(entry, Unpacked):
                yield entry
            elif isinstance(entry, str):
                lines.append(entry)
            elif may_be_a_file(entry):
                yield Unpacked(content=entry)
    yield Unpacked(content="\n".join(lines).encode("utf-8", "replace"))


def _entries(record_set: Any) -> Iterator[Any]:
    """Yield the strings and the binary values of a set; bodies and data come out on their own."""
    for number in range(record_set.number_of_entries):
        try:
            entry = record_set.get_entry(number)
            kind, form = entry.entry_type, entry.value_type
            if kind in _BODIES or kind == _DATA:
                continue
            if form in _STRINGS:
                yield f"{kind or 0:04x}: {one_line(entry.data_as_string or '')}"
            elif form == _BINARY:
                yield entry.data or b""
        except _FAULTS:
            yield Unpacked(refusal="malformed: a property that cannot be read")
