"""Gathers whom the records of an extract are about, while a schema speaks of each of them.

It leaves the box as lines of text: accepted records, refused records, system, value. What does not
fit into the bounds is counted, so that nobody takes the list for whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from custody.subjects import SubjectCount
from schemas.interface import Record, RecordFate, Run, Said, Touched
from schemas.subjects import documents, messages
from schemas.subjects.systems import LONGEST_SYSTEM, LONGEST_VALUE, system_of, value_of

Finder = Callable[[bytes], Iterator[tuple[str, str]]]
FINDERS: dict[str, Finder] = {
    "hl7v2": messages.in_hl7,
    "hprim": messages.in_hprim,
    "fhir-r4": documents.in_fhir,
    "fhir-r5": documents.in_fhir,
    "cda": documents.in_cda,
    "kmehr": documents.in_kmehr,
    "hprim-xml": documents.in_hprim_xml,
    "dicom": documents.in_dicom,
}
MOST_REMEMBERED = 100_000
# Of a record that is longer, whoever is named further behind is not found.
MOST_LOOKED = 64 * 1024 * 1024
# Most of what tells whom records are about, in all and beside eight times the extract's own bytes.
MOST_BYTES = 96 * 1024 * 1024
LEAST_BYTES = 64 * 1024
# Neither part holds a control character: a tabulator or line end in it would make another line.
_LINES = re.compile(
    rb"(?:\d{1,12}\t\d{1,12}\t[^\x00-\x1f\x7f]{1,%d}\t[^\x00-\x1f\x7f]{1,%d}\n)*+"
    % (4 * LONGEST_SYSTEM, 4 * LONGEST_VALUE)
)


@dataclass(slots=True)
class Gatherer:
    """Listens to what a schema says; `lines` are what it heard, `nameless` the records of nobody.

    A record that cannot be read any more names its patient all the same, if the bytes are left.
    `unlisted` are identifiers for which there was no room.
    """

    content: memoryview
    finder: Finder | None
    most_bytes: int = MOST_BYTES
    nameless: int = 0
    unlisted: int = 0
    _counts: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _chunks: list[bytes] = field(default_factory=list)
    _size: int = 0

    def listen(self, said: Iterable[Said]) -> Iterator[Said]:
        """Yield everything as it was said, but what is said to this listener alone."""
        for item in said:
            match item:
                case Touched():
                    self._take(item)
                    continue
                case Run() if self.finder is not None:
                    self._look(item, item.count, refused=False)
                case Record() if self.finder is not None:
                    self._look(item, 1, refused=item.fate is RecordFate.REFUSED)
            yield item

    @property
    def unnamed(self) -> list[int]:
        """Return how many records are about nobody known, and how many identifiers had no room."""
        return [self.nameless, self.unlisted]

    def lines(self) -> bytes:
        """Return what was gathered."""
        self._flush()
        return b"".join(self._chunks)

    def _take(self, touched: Touched) -> None:
        """Take counts that a schema made itself: each value once, so nothing is remembered."""
        self.nameless += touched.nameless
        system = system_of(touched.system)
        found = []
        for untrusted_value, accepted, refused in touched.values:
            value = value_of(system, untrusted_value)
            if value:
                found.append(f"{accepted}\t{refused}\t{system}\t{value}\n")
            else:
                self.nameless += accepted + refused
        self._keep(found)

    def _look(self, item: Run | Record, count: int, *, refused: bool) -> None:
        if self.finder is None:
            return
        size = min(item.size, MOST_LOOKED)
        whole = bytes(self.content[item.offset : item.offset + size])
        named = {(s := system_of(system), value_of(s, v)) for system, v in self.finder(whole)}
        named = {(system, value) for system, value in named if value}
        if not named:
            self.nameless += count
        for key in named:
            counts = self._counts.setdefault(key, [0, 0])
            counts[refused] += count
        if len(self._counts) > MOST_REMEMBERED:
            self._flush()

    def _flush(self) -> None:
        self._keep([f"{c[0]}\t{c[1]}\t{s}\t{v}\n" for (s, v), c in self._counts.items()])
        self._counts.clear()

    def _keep(self, lines: list[str]) -> None:
        chunk = "".join(lines).encode()
        if self._size + len(chunk) > self.most_bytes:
            self.unlisted += len(lines)
            return
        self._size += len(chunk)
        self._chunks.append(chunk)


def are_lines(untrusted: bytes) -> bool:
    """Whether bytes out of the box are lines as `Gatherer` writes them."""
    return _LINES.fullmatch(untrusted) is not None


def read_lines(lines: bytes) -> Iterator[SubjectCount]:
    """Yield what lines say that were checked.

    Raises:
        ValueError: a system or value is no UTF-8.
    """
    at = 0
    while at < len(lines):
        end = lines.index(b"\n", at)
        accepted, refused, system, value = lines[at:end].decode().split("\t")
        yield SubjectCount(system=system, value=value, accepted=int(accepted), refused=int(refused))
        at = end + 1
