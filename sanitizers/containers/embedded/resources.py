"""Documents in JSON: attachments and binaries of FHIR (R4 2.24.0.7, 2.11), and any other text."""

import json
from collections.abc import Iterator

from custody.box import Json
from formats.faults import LimitError, MalformedError
from sanitizers.containers.embedded.decoding import Field, has_mark

_Pairs = list[tuple[str, Json]]


class _Members:
    """An object with all its members: of a name that comes twice, programs take either."""

    def __init__(self, pairs: _Pairs) -> None:
        self.pairs = pairs

    def told(self, name: str) -> str:
        """Return a member that is a text; empty when it is none."""
        return next((v for k, v in reversed(self.pairs) if k == name and isinstance(v, str)), "")


def fields(text: str) -> Iterator[Field]:
    """Yield what may be a document, of one value or of one a line.

    Raises:
        MalformedError: it is not JSON.
        LimitError: it is nested too deeply.
    """
    for value in _values(text):
        yield from _walk(value)


def _values(text: str) -> Iterator[Json]:
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        whole = _read(text)
    except MalformedError:
        if len(lines) < 2:
            raise
        yield from map(_read, lines)
    else:
        yield whole


def _read(text: str) -> Json:
    try:
        return json.loads(text, object_pairs_hook=_Members)
    except RecursionError as error:
        raise LimitError("nested too deeply") from error
    except ValueError as error:
        raise MalformedError("no JSON stands here") from error


def _walk(value: Json) -> Iterator[Field]:
    todo = [value]
    while todo:
        held = todo.pop()
        if isinstance(held, _Members):
            yield from _of_members(held)
            todo += [v for _, v in reversed(held.pairs) if not isinstance(v, str)]
        elif isinstance(held, list):
            todo += reversed(held)
        elif isinstance(held, str) and has_mark(held):
            yield Field(text=held)


def _of_members(members: _Members) -> Iterator[Field]:
    declared = members.told("contentType")
    is_document = bool(declared) or members.told("resourceType") == "Binary"
    for name, value in members.pairs:
        if has_mark(name):
            yield Field(text=name)
        if not isinstance(value, str):
            continue
        if (name == "data" and is_document) or name == "valueBase64Binary":
            yield Field(text=value, declared=declared, sure=True)
        elif has_mark(value):
            yield Field(text=value)
