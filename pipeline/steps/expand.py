"""Takes containers apart: each part becomes a content of its own, inspected like any other.

The bounds (bytes, number, depth) belong to the container that stands at the source. A container
within it that they cut short is left unexpanded, so that its own record never says "complete" or
"too much" on account of what it happened to lie in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalogue.expansions import Expansion
from custody.artefact import Derivation
from custody.box import Box, Content
from custody.digest import Digest, digest_of
from custody.finding import Finding
from custody.outcome import Inspection
from custody.verdict import verdict_of
from sanitizers.containers.expanding import Batch, batches
from sanitizers.containers.unpacked import Unpacked, has_parts
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.limits import Limits
from sanitizers.naming.observation import unjudged

# What is known of a container stays known: a name in it is not asked about again.
NOT_ASKED = (unjudged("trouble of the machine"),)
Keep = Callable[[Digest, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A content to be taken apart."""

    digest: Digest
    content: Content
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A part and its name, which goes where names go."""

    part: Expansion
    untrusted_name: bytes


@dataclass(slots=True)
class Room:
    """How much more one container at a source may come to, with all that lies in it."""

    bytes: int
    parts: int

    @classmethod
    def of(cls, limits: Limits) -> "Room":
        """Return the room of a container that nothing was taken out of yet."""
        return cls(bytes=limits.most_expanded_bytes, parts=limits.most_parts)

    def take(self, part: Unpacked) -> str:
        """Count a part; the reason if it is too much."""
        self.bytes -= len(part.content)
        self.parts -= 1
        if self.parts < 0:
            return "limit: too many parts"
        return "limit: the parts come to too many bytes" if self.bytes < 0 else ""


@dataclass(slots=True)
class Taken:
    """What was found in containers: their parts, and what scanners said of each part."""

    parts: dict[Digest, tuple[NamedPart, ...]] = field(default_factory=dict)
    inspections: dict[Digest, Inspection] = field(default_factory=dict)
    sizes: dict[Digest, int] = field(default_factory=dict)


class Expander:
    """Takes the containers of one shard apart; `keep` is given each part before it is looked at."""

    def __init__(
        self,
        inspector: Inspector,
        box: Box,
        *,
        keep: Keep,
        known: Callable[[Digest], bool],
        pause: Callable[[], None],
    ) -> None:
        self._inspector = inspector
        self._limits = inspector.limits
        self._box = box
        self._keep = keep
        self._known = known
        self._pause = pause
        self.taken = Taken()

    def expand(self, container: Container) -> None:
        """Take a container at a source apart, and those in it."""
        self._expand(container, Room.of(self._limits), depth=1)

    def _expand(self, container: Container, room: Room, *, depth: int) -> None:
        if depth > self._limits.most_depth or self._is_done(container.digest):
            return
        parts: list[NamedPart] = []
        fault = ""
        for batch in self._batches(container):
            if batch.transient:
                return
            kept, fault = _within(batch, room)
            parts += self._look(kept, room, first=len(parts) + 1, depth=depth)
            if fault:
                break
        if fault.startswith("limit: ") and depth > 1 and (room.bytes < 0 or room.parts < 0):
            return
        whole = Expansion(ordinal=0, derived=None, how=Derivation.MEMBER, outcome=fault)
        self.taken.parts[container.digest] = (NamedPart(part=whole, untrusted_name=b""), *parts)

    def _is_done(self, digest: Digest) -> bool:
        return digest in self.taken.parts or self._known(digest)

    def _batches(self, container: Container) -> Iterator[Batch]:
        return batches(
            self._box, container.content, container.size, container.media_type, self._limits
        )

    def _look(
        self, unpacked: Sequence[Unpacked], room: Room, *, first: int, depth: int
    ) -> list[NamedPart]:
        """Inspect a batch of parts, take apart what is a container again, and return them."""
        self._pause()
        said = self._inspect(unpacked)
        named = [
            NamedPart(part=_part(number, part, said), untrusted_name=part.untrusted_name)
            for number, part in enumerate(unpacked, first)
        ]
        for part in unpacked:
            digest = digest_of(part.content)
            if has_content(part) and has_parts(said[digest].inspection):
                inner = Container(
                    digest=digest,
                    content=part.content,
                    size=len(part.content),
                    media_type=said[digest].media_type,
                )
                self._expand(inner, room, depth=depth + 1)
        return named

    def _inspect(self, unpacked: Sequence[Unpacked]) -> Mapping[Digest, "Said"]:
        """Have the box look at the contents of a batch, each once with all its names here."""
        names: dict[Digest, dict[bytes, None]] = {}
        contents: dict[Digest, bytes] = {}
        for part in unpacked:
            if has_content(part):
                digest = digest_of(part.content)
                contents[digest] = part.content
                own = names.setdefault(digest, {})
                if part.untrusted_name:
                    own[part.untrusted_name] = None
        for digest, content in contents.items():
            self._keep(digest, content)
            self.taken.sizes[digest] = len(content)
        samples = (
            SampleToInspect(content=content, size=len(content), names=tuple(names[digest]))
            for digest, content in contents.items()
        )
        answers = self._inspector.inspect(self._box, samples)
        said = {
            digest: Said.of(answer, names[digest])
            for digest, answer in zip(contents, answers, strict=True)
        }
        for digest, each in said.items():
            self.taken.inspections.setdefault(digest, each.inspection)
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What scanners said of a part, and of each of its names."""

    inspection: Inspection
    names: Mapping[bytes, tuple[Finding, ...]]

    @classmethod
    def of(cls, answer: Inspected, names: Mapping[bytes, None]) -> "Said":
        """Return an answer by name."""
        given = (f if f is not None else NOT_ASKED for f in answer.name_findings)
        found = dict(zip(names, given, strict=True))
        return cls(inspection=answer.inspection, names=found)

    @property
    def media_type(self) -> str:
        """The type of the part."""
        return self.inspection.media_type


def has_content(part: Unpacked) -> bool:
    """Whether there is something to look at; a part without name, content or refusal is none."""
    return bool(part.content) or not part.refusal


def _within(batch: Batch, room: Room) -> tuple[list[Unpacked], str]:
    """Return the parts that there is room for, and what ends the container."""
    kept: list[Unpacked] = []
    for part in batch.parts:
        if fault := room.take(part):
            return kept, fault
        kept.append(part)
    return kept, batch.fault


def _part(number: int, part: Unpacked, said: Mapping[Digest, Said]) -> Expansion:
    refusal = part.refusal
    derived = None
    if has_content(part):
        derived = digest_of(part.content)
        about = said[derived].names.get(part.untrusted_name, ())
        rules = [f.rule for f in about if verdict_of(f) is not None]
        refusal = refusal or (f"hostile-name: {', '.join(rules)}" if rules else "")
    return Expansion(ordinal=number, derived=derived, how=Derivation.MEMBER, outcome=refusal)
