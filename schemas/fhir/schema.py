"""The schema of FHIR R4: one resource a line, one resource a file, or one Bundle."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from formats.csv_lines import read_blocks
from formats.faults import LimitError, MalformedError
from schemas.fhir.definitions import Definitions
from schemas.fhir.reading import LONGEST, RepeatedNameError, read_json
from schemas.fhir.structure import structure_reasons
from schemas.fhir.walk import Walk
from schemas.interface import Extract, NotValidated, Reason, Record, Remark, Run, Said
from schemas.reasons.table import because

Json = Any
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINES = frozenset({"application/fhir+ndjson", "application/x-ndjson"})
# A text without any of these contains no resource, and points at none; letters may be escaped.
_INSIDE = re.compile(rb'"#|"contained"|\\u00')
MOST_REMEMBERED = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fhir:
    """Resources of FHIR R4 in JSON; with HL7's definitions their schema is a second validator."""

    name: str = "fhir-r4"
    media_types: frozenset[str] = LINES | {"application/fhir+json", "application/json"}
    definitions: Definitions | None = None

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every resource in the order of its bytes; a Bundle is one record."""
        neighbours = _Neighbours()
        if self.definitions is None:
            yield Remark(reason=because("GEN-013"))
        number = 0
        try:
            for offset, content in _texts(extract):
                number += 1
                reasons = tuple(dict.fromkeys(self._reasons(content, extract, neighbours)))
                size = len(content)
                if reasons:
                    yield Record(number=number, offset=offset, size=size, reasons=reasons)
                else:
                    yield Run(number=number, count=1, offset=offset, size=size)
        except LimitError as error:
            yield NotValidated(schema=self.name, reason=error.reason)
            return
        if neighbours.orphans():
            yield Remark(reason=because("FHIR-012"))

    def _reasons(
        self, content: bytes, extract: Extract, neighbours: "_Neighbours"
    ) -> Iterator[Reason]:
        if content.startswith(BYTE_ORDER_MARK):
            yield because("FHIR-002")
        try:
            resource = read_json(content.removeprefix(BYTE_ORDER_MARK).strip(b" \t\r\n"))
        except RepeatedNameError:
            yield because("FHIR-003")
            return
        except LimitError:
            yield because("GEN-011")
            return
        except MalformedError:
            yield because("FHIR-001")
            return
        if not isinstance(resource, dict):
            yield because("FHIR-001")
            return
        walk = Walk(extract)
        yield from structure_reasons(resource, contains=bool(_INSIDE.search(content)))
        yield from walk.reasons(resource)
        yield from neighbours.reasons(resource, content, walk.references)
        if self.definitions is not None:
            yield from self.definitions.reasons(resource)


def _texts(extract: Extract) -> Iterator[tuple[int, bytes]]:
    """Yield each JSON text with its place: lines of an export, or the whole content."""
    if extract.media_type not in LINES:
        if extract.size > LONGEST:
            raise LimitError("a JSON text longer than 256 MiB")
        content = bytes(extract.content)
        if content.strip():
            yield 0, content
        return
    carried, start = b"", 0
    for block in read_blocks(extract.content, 0):
        at = block.offset
        lines = block.content.split(b"\n")
        for place, line in enumerate(lines):
            last = place == len(lines) - 1
            # A line longer than a block comes in parts, each without an end.
            if last and not block.terminated and at + len(line) < extract.size:
                start = start if carried else at
                carried += line
                _check(carried)
                continue
            whole = carried + line
            if whole.strip():
                yield (start if carried else at), whole
            at += len(line) + 1
            carried = b""


def _check(carried: bytes) -> None:
    if len(carried) > LONGEST:
        raise LimitError("a line longer than 256 MiB")


@dataclass(slots=True)
class _Neighbours:
    """Remembers, by hashes, which resources there are and which are pointed at."""

    _contents: dict[int, bytes] = field(default_factory=dict)
    _types: set[str] = field(default_factory=set)
    _wanted: set[tuple[str, int]] = field(default_factory=set)

    def reasons(
        self, resource: dict[str, Json], content: bytes, references: list[str]
    ) -> Iterator[Reason]:
        """Yield what earlier resources have against this one."""
        kind, name = str(resource.get("resourceType")), resource.get("id")
        self._types.add(kind)
        if isinstance(name, str) and len(self._contents) < MOST_REMEMBERED:
            digest = hashlib.blake2b(content.strip(), digest_size=16).digest()
            before = self._contents.setdefault(hash(f"{kind}/{name}"), digest)
            if before is not digest:
                yield because("FHIR-014" if before == digest else "FHIR-013", f"{kind}.id")
        if len(self._wanted) < MOST_REMEMBERED:
            for reference in references:
                target, slash, _ = reference.partition("/")
                if slash and ":" not in target and "?" not in reference:
                    self._wanted.add((target, hash(reference)))

    def orphans(self) -> bool:
        """Whether a resource of a type that is here is pointed at and is not here."""
        return any(
            kind in self._types and wanted not in self._contents for kind, wanted in self._wanted
        )
