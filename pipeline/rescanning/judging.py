"""Judges what a re-scan inspected anew: what stands in the clean zone, and what is held.

Directories' alarms hold entries on their way in; what has passed them is judged by what it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from catalogue import entries, expansions, groups
from catalogue.entries import StoredEntry
from catalogue.erasure import is_erased
from custody.digest import Digest
from custody.fate import VERDICT_ACTIONS
from custody.lifecycle import Stage
from custody.verdict import Judgement, Verdict
from pipeline.recalling.plan import Reason
from pipeline.steps.assess import AssessStep, Known
from pipeline.steps.shard_view import NamedEntry, nameless, shard_view

STANDING = frozenset({Stage.PROMOTED, Stage.SUPERSEDED})
CONDEMNED = "what stands for it would not be let in any more"


@dataclass(slots=True)
class Found:
    """What a re-scan changed: why something must leave the clean zone, and what could now enter.

    `unjudged` could not be looked at for trouble of the machine: the next re-scan does it again.
    """

    condemned: dict[Digest, Reason] = field(default_factory=dict)
    cleared: set[Digest] = field(default_factory=set)
    unjudged: set[Digest] = field(default_factory=set)


class Judging(AssessStep):
    """Judges entries again without moving them."""

    def judge(self, changed: Iterable[Digest]) -> Found:
        """Return what the instruments in force make of the entries with some contents."""
        found = Found()
        with self._runtime.catalogue.read() as connection:
            digests = _with_wholes(connection, changed)
            by_shard: dict[int, set[int]] = {}
            for entry in _entries(connection, digests):
                by_shard.setdefault(entry.shard_id, set()).add(entry.entry_id)
        for shard_id, own in sorted(by_shard.items()):
            self._judge_shard(shard_id, own, found)
        return found

    def _judge_shard(self, shard_id: int, own: set[int], found: Found) -> None:
        with self._runtime.catalogue.read() as connection:
            view = shard_view(connection, self._runtime.names, shard_id)
            named = [*view.named, *map(nameless, view.erased)]
            named = [n for n in named if n.entry.entry_id in own]
            known = _without_erased(self._known(connection, named), named)
            alarmed = {
                (n.entry.inventory_id, alarm.key)
                for n in named[:1]
                for alarm in groups.of_inventory(connection, n.entry.inventory_id)
            }
        for n in named:
            if not _looked_at(n.entry, known):
                found.unjudged |= {d for d in (n.entry.digest,) if d is not None}
            elif n.entry.stage in STANDING:
                self._judge_standing(n, known, found)
            elif alarmed.isdisjoint(_groups_of(n.entry)):
                self._judge_held(n, known, found)

    def _judge_standing(self, named: NamedEntry, known: Known, found: Found) -> None:
        entry = named.entry
        judgement = self._judge(named, known, None)
        if entry.superseded_by is not None:
            stand_in = self._stand_in(named, known, None)
            if stand_in.digest != entry.superseded_by:
                told = Judgement(
                    verdict=_worse(judgement.verdict),
                    reasons=(CONDEMNED, *judgement.reasons, *stand_in.against),
                )
                found.condemned.setdefault(entry.superseded_by, _reason(told))
        elif entry.digest is not None and not self._passes(judgement):
            found.condemned.setdefault(entry.digest, _reason(judgement))

    def _judge_held(self, named: NamedEntry, known: Known, found: Found) -> None:
        digest = named.entry.digest
        if digest is None or digest in known.rejected:
            return
        if self._passes(self._judge(named, known, None)):
            found.cleared.add(digest)

    def _passes(self, judgement: Judgement) -> bool:
        action = VERDICT_ACTIONS.get(judgement.verdict)
        return self._policy.actions.get(judgement.verdict, action) is None


def _looked_at(entry: StoredEntry, known: Known) -> bool:
    """Whether content and name were judged; a re-scan that was limited leaves names of twins out.

    A name that nobody asked about condemns nothing that stands in the clean zone.
    """
    return (
        entry.digest in known.inspections and (entry.name_key, entry.digest) in known.name_findings
    )


def _groups_of(entry: StoredEntry) -> set[tuple[int, bytes]]:
    """Return what an alarm over an entry is known by: its directory, and its own content."""
    own = b"" if entry.digest is None else bytes.fromhex(entry.digest)
    return {(entry.inventory_id, entry.directory_key), (entry.inventory_id, own)}


def _reason(judgement: Judgement) -> Reason:
    return Reason(texts=judgement.reasons, verdict=judgement.verdict)


def _worse(verdict: Verdict) -> Verdict:
    return Verdict.INDETERMINATE if verdict is Verdict.CLEAN else verdict


def _without_erased(known: Known, named: Iterable[NamedEntry]) -> Known:
    """Ask nothing of names that were erased: there are none any more."""
    told = dict(known.name_findings)
    for n in named:
        if n.entry.digest is not None and is_erased(n.entry.name_key):
            told.setdefault((n.entry.name_key, n.entry.digest), ())
    return replace(known, name_findings=told)


def _with_wholes(connection: sa.Connection, digests: Iterable[Digest]) -> set[Digest]:
    """Return some contents with everything that they were taken out of or cut from."""
    found = set(digests)
    level = set(found)
    while level:
        above = {d for digest in level for d in expansions.derived_from(connection, digest)}
        level = above - found
        found |= level
    return found


def _entries(connection: sa.Connection, digests: Iterable[Digest]) -> Iterable[StoredEntry]:
    for digest in sorted(digests):
        for entry in entries.by_digest(connection, digest):
            if entry.stage in STANDING or entry.stage is Stage.HELD:
                yield entry
