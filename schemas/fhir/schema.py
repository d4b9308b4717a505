"""The schema of FHIR: one resource a line, one resource a file in JSON or XML, or one Bundle."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from formats.csv_lines import read_blocks
from formats.families import FHIR_XML
from formats.faults import LimitError
from schemas.fhir.definitions import Definitions
from schemas.fhir.reading import LONGEST
from schemas.fhir.releases import R4, Release, release_of
from schemas.fhir.structure import structure_reasons
from schemas.fhir.texts import Text, in_json, in_xml, release_in
from schemas.fhir.walk import Walk
from schemas.interface import Extract, NotValidated, Reason, Record, Remark, Run, Said
from schemas.reasons.table import because

Json = Any
LINES = frozenset({"application/fhir+ndjson", "application/x-ndjson"})
TYPES = LINES | {"application/fhir+json", "application/json", FHIR_XML.media_type}
# A text without any of these contains no resource, and points at none; letters may be escaped.
_INSIDE = re.compile(rb'"#|"contained"|\\u00|<contained')
MOST_REMEMBERED = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fhir:
    """Resources of one release of FHIR; with HL7's definitions these are a second validator.

    A resource that shows itself to be of another one is judged by that one's rules, and flagged.
    """

    release: Release = R4
    media_types: frozenset[str] = TYPES
    definitions: Definitions | None = None

    @property
    def name(self) -> str:
        """Return `fhir-` and the release."""
        return f"fhir-{self.release.name.lower()}"

    def knows(self, extract: Extract) -> bool:
        """Whether an extract is of this release: of R4, unless its beginning shows another."""
        return (release_in(extract.content, extract.media_type) or R4) is self.release

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
        text = self._read(content, extract.media_type)
        yield from text.reasons
        resource = text.resource
        if not isinstance(resource, dict):
            return
        release = release_of(resource) or self.release
        if release is not self.release:
            yield because("FHIR-020")
        walk = Walk(extract, release)
        inside = bool(_INSIDE.search(content))
        yield from structure_reasons(resource, release, contains=inside)
        yield from walk.reasons(resource)
        yield from neighbours.reasons(resource, content, walk.references)
        if self.definitions is not None and release is self.release:
            yield from self.definitions.reasons(resource)

    def _read(self, content: bytes, media_type: str) -> Text:
        if media_type != FHIR_XML.media_type:
            return in_json(content)
        return in_xml(content, {} if self.definitions is None else self.definitions.shapes)


def _texts(extract: Extract) -> Iterator[tuple[int, bytes]]:
    """Yield each JSON text with its place: lines of an export, or the whole content."""
    if extract.media_type not in LINES:
        if extract.size > LONGEST:
            raise LimitError("a text longer than 256 MiB")
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
