"""Which contents of a shard the changed rules say nothing about, so that all stands as it was."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from audit.manifest import encode_line
from catalogue import artefacts, expansions, inspections, name_findings, rescans
from catalogue.carrying import NameAndContent
from catalogue.erasure import is_erased
from custody.digest import Digest
from pipeline.rescanning.changes import Changes, Delta
from pipeline.rescanning.reading import look
from pipeline.steps.intake import Fetched
from pipeline.wiring import Runtime
from sanitizers.rescanning import Piece
from sanitizers.scanners import yara_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """What stands as it was: contents by the profile that judged them, and names of theirs.

    `judged` holds all contents of which the profile in force then says something.
    """

    contents: dict[Digest, Digest] = field(default_factory=dict)
    named: dict[NameAndContent, tuple[int, Digest]] = field(default_factory=dict)
    judged: frozenset[Digest] = frozenset()
    names: frozenset[NameAndContent] = frozenset()

    def leaves(self, f: Fetched) -> bool:
        """Whether an entry has to be inspected whole: its content, or its name with it."""
        key = f.named.entry.name_key
        if f.digest is None or f.digest not in self.judged:
            return f.digest is not None
        return not is_erased(key) and (key, f.digest) not in self.names

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the manifest: each content, and each name by an entry that has it."""
        for digest, old in sorted(self.contents.items()):
            yield encode_line({"carried": True, "digest": digest, "from": old})
        for (_, digest), (ordinal, old) in sorted(self.named.items(), key=lambda i: i[1]):
            yield encode_line({"carried": True, "n": ordinal, "digest": digest, "from": old})

    def by_profile(self) -> Iterator[tuple[Digest, list[Digest], list[NameAndContent]]]:
        """Yield each profile with what it said and still holds."""
        named = {key: old for key, (_, old) in self.named.items()}
        for old in sorted({*self.contents.values(), *named.values()}):
            yield (
                old,
                sorted(d for d, each in self.contents.items() if each == old),
                sorted(key for key, each in named.items() if each == old),
            )


@dataclass(slots=True)
class _Todo:
    """What one earlier profile said of, and the entry of each name that it judged."""

    delta: Delta
    contents: set[Digest] = field(default_factory=set)
    named: dict[NameAndContent, Fetched] = field(default_factory=dict)


class Looking:
    """Runs what changed over the contents of a shard."""

    def __init__(self, runtime: Runtime, changes: Changes) -> None:
        self._runtime = runtime
        self._changes = changes

    def look(self, fetched: Sequence[Fetched], pause: Callable[[], None]) -> Carry:
        """Return what stands as it was.

        Raises:
            ObjectDamagedError: bytes in the vault are not the artefact's.
            SandboxError: the box failed; nothing is said of the contents.
            CanaryMissedError: a process calls itself blind; this attempt is void.
        """
        target = self._changes.target
        own = {f.digest for f in fetched if f.digest is not None}
        pairs = {(f.named.entry.name_key, f.digest): f for f in fetched if f.digest is not None}
        with self._runtime.catalogue.read() as connection:
            every = own | expansions.below(connection, own)
            known = inspections.judged(connection, every, target)
            named = frozenset(name_findings.known(connection, pairs, target))
            todo, hit = self._todo(connection, every - known, pairs, named)
        for each in todo:
            hit |= self._said(each, pause)
        with self._runtime.catalogue.read() as connection:
            hit |= _above(connection, hit)
        contents = {d: t.delta.old for t in todo for d in t.contents if d not in hit}
        kept = {
            key: (f.named.entry.ordinal, t.delta.old)
            for t in todo
            for key, f in t.named.items()
            if key[1] not in hit
        }
        return Carry(
            contents=contents,
            named=kept,
            judged=frozenset((known & own) | (contents.keys() & own)),
            names=named | kept.keys(),
        )

    def _todo(
        self,
        connection: sa.Connection,
        contents: Iterable[Digest],
        pairs: dict[NameAndContent, Fetched],
        known: frozenset[NameAndContent],
    ) -> tuple[list[_Todo], set[Digest]]:
        """Return what is not judged, by the last profile with a way from it, and what has none."""
        before = rescans.judged_before(connection, {*contents, *(d for _, d in pairs)})
        unjudged = set(contents)
        todo: dict[Digest, _Todo] = {}
        apart: set[Digest] = set()
        base: dict[Digest, Digest] = {}
        for digest, judged in before.items():
            delta = self._base(connection, [profile for profile, _ in judged])
            if delta is None:
                apart |= {digest} & unjudged
                continue
            each = todo.setdefault(delta.old, _Todo(delta=delta))
            base[digest] = delta.old
            if digest in unjudged:
                each.contents.add(digest)
        asked = {k: f for k, f in pairs.items() if k not in known and not is_erased(k[0])}
        for old, each in todo.items():
            own = {k: f for k, f in asked.items() if base.get(k[1]) == old}
            told = name_findings.known(connection, own, old)
            each.named = {k: f for k, f in own.items() if k in told}
        return [each for each in todo.values() if each.contents or each.named], apart

    def _base(self, connection: sa.Connection, judged: Sequence[Digest]) -> Delta | None:
        for profile in judged:
            if profile == self._changes.target:
                continue
            delta = self._changes.since(connection, profile)
            if delta is not None:
                return delta
        return None

    def _said(self, todo: _Todo, pause: Callable[[], None]) -> set[Digest]:
        """Return the contents about which the changed rules say something, or said it before."""
        delta = todo.delta
        wanted = {*todo.contents, *(d for _, d in todo.named)}
        with self._runtime.catalogue.read() as connection:
            void = delta.change.finders
            hit = rescans.found_by(connection, wanted, delta.old, yara_rules.NAME, void)
            asked = wanted - hit if delta.change.run else set()
            types = rescans.media_types(connection, asked, delta.old) if asked else {}
            located = artefacts.known(connection, asked)
        if not located:
            return hit
        paths: dict[Digest, list[bytes]] = {}
        for (_, digest), f in todo.named.items() if delta.about_names else ():
            paths.setdefault(digest, []).append(f.named.name.path)
        pieces = {
            d: Piece(offset=0, size=0, media_type=types.get(d, ""), names=tuple(paths.get(d, ())))
            for d in located
        }
        with self._runtime.catalogue.read() as connection:
            box = self._changes.box(connection, delta.old)
        said = look(self._runtime, box, located.values(), pieces, pause)
        spoke = {d for d, each in said.items() if each.findings or each.reason or any(each.names)}
        return hit | spoke


def _above(connection: sa.Connection, digests: Iterable[Digest]) -> set[Digest]:
    """Return everything that some contents were made from, all the way up."""
    found: set[Digest] = set()
    level = set(digests)
    while level:
        above = {d for digest in level for d in expansions.derived_from(connection, digest)}
        level = above - found
        found |= level
    return found
