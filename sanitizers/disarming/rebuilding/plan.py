"""What becomes of each part of a container that is written anew, as a writer is told it.

Parts are counted as the reader of the container counts them, from one. A part that the plan does
not name stays as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from custody.names import from_base64, to_base64
from formats.faults import MalformedError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What stands where a part stood: a disarmed copy, under the name that it has from now on."""

    untrusted_name: bytes
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The parts that something else stands for, and why each of the others is left out."""

    substitutes: Mapping[int, Substitute] = field(default_factory=dict)
    left_out: Mapping[int, str] = field(default_factory=dict)

    def kept(
        self, number: int, untrusted_name: bytes, content: bytes
    ) -> tuple[bytes, bytes] | None:
        """Return the name and the content that a part has from now on; None if it is left out."""
        if number in self.left_out:
            return None
        other = self.substitutes.get(number)
        return (other.untrusted_name, other.content) if other else (untrusted_name, content)


NOTHING_CHANGES = Plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A container that was written anew."""

    content: bytes
    media_type: str


Rebuild = Callable[[bytes, Plan, Limits], Rebuilt]
Reread = Callable[[bytes, Limits], list[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How a kind of container is written anew, and how another reader than ours reads it.

    `rebuild` depends on nothing but what it is given, and writes what it wrote in the same way.
    Both raise CannotDisarmError, or a FormatError on content that cannot be read.
    """

    rebuild: Rebuild
    reread: Reread


class Names:
    """The names of one container that is written: none is written twice, whatever its letters."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def check(self, untrusted_name: bytes) -> None:
        """Note a name.

        Raises:
            CannotDisarmError: it was written before, or cannot be.
        """
        folded = untrusted_name.replace(b"\\", b"/").removeprefix(b"./").lower()
        if not folded or folded.endswith(b"/") or b"\0" in folded:
            raise CannotDisarmError("a member has a name that no archive can hold")
        if folded in self._seen:
            raise CannotDisarmError("two members would have one name")
        self._seen.add(folded)


Json = list[list[int | str]]


def encode(plan: Plan, base: int) -> tuple[Json, bytes]:
    """Return a plan as the parameters of a job, and the bytes that its sample goes on with.

    `base` is where those bytes begin.
    """
    told: Json = [[number, why] for number, why in sorted(plan.left_out.items())]
    behind = bytearray()
    for number, other in sorted(plan.substitutes.items()):
        name = to_base64(other.untrusted_name)
        at = base + len(behind)
        told.append([number, name, other.media_type, at, len(other.content)])
        behind += other.content
    return told, bytes(behind)


def decode(told: Json, content: bytes) -> Plan:
    """Return the plan that a job was given with its sample.

    Raises:
        MalformedError: it names bytes that are not there.
    """
    left_out: dict[int, str] = {}
    substitutes: dict[int, Substitute] = {}
    for number, word, *rest in told:
        if not rest:
            left_out[int(number)] = str(word)
            continue
        media_type, at, size = str(rest[0]), int(rest[1]), int(rest[2])
        if at + size > len(content):
            raise MalformedError("a copy ends beyond the sample")
        substitutes[int(number)] = Substitute(
            untrusted_name=from_base64(str(word)),
            content=content[at : at + size],
            media_type=media_type,
        )
    return Plan(substitutes=substitutes, left_out=left_out)
