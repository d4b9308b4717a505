"""Disarms what is only held because it carries active content: the copy becomes a content too.

The copy and the report on it lie in the vault beside the original. The copy is inspected,
taken apart and validated from the start, as if it had come from outside; assessment decides.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from catalogue import expansions, inspections
from catalogue.expansions import Expansion
from catalogue.leases import Lease
from custody.artefact import Derivation, Location
from custody.box import Box
from custody.digest import Digest, digest_of
from custody.outcome import Inspection
from pipeline.steps.copies import Way, copies_of, copy_at, counted, report_at
from pipeline.steps.declared import NOTHING_DECLARED
from pipeline.steps.earlier_copies import Earlier, earlier_copies, type_if_proven
from pipeline.steps.expand import NamedPart
from pipeline.steps.instruments import Instruments
from pipeline.steps.made import inspect_made
from pipeline.steps.parts import NOTHING_APART, Apart, PartsStore, Round, take_apart
from pipeline.steps.records import (
    NOTHING_RECORDED,
    Recorded,
    RecordsStage,
    joined,
    subjects_of,
)
from pipeline.wiring import Runtime
from sanitizers.containers.unpacked import has_parts
from sanitizers.disarming.making import Made, NotMade, Original, disarmed
from sanitizers.disarming.rebuilding.asking import PlannedPart, rebuilt
from sanitizers.disarming.registry import is_rebuilt
from sanitizers.disarming.rulings import Switches

FORMAT = "autoclave disarm report v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A content that is to be disarmed, and how; `variant` is the number of that way."""

    location: Location
    media_type: str
    switches: Switches
    variant: int
    service: str

    @property
    def way(self) -> Way:
        """What its copy is known by."""
        return self.location.digest, self.variant


# What becomes of each part of a container, or why none of it can be written anew by now.
PlanParts = Callable[[Wanted], Sequence[PlannedPart] | NotMade]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarmed:
    """What became of the contents that were to be disarmed: copies, reports, and what was said."""

    apart: Apart = NOTHING_APART
    recorded: Recorded = NOTHING_RECORDED


NOTHING_DISARMED = Disarmed()


@dataclass(slots=True)
class _Tried:
    """The rows of each original, and the type that each copy is said to be of.

    `present` is what lies in the vault already.
    """

    rows: dict[Digest, list[Expansion]] = field(default_factory=dict)
    types: dict[Digest, str] = field(default_factory=dict)
    present: dict[Digest, Location] = field(default_factory=dict)

    def add(self, digest: Digest, *rows: Expansion) -> None:
        self.rows.setdefault(digest, []).extend(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """What a shard did before its copies are looked at, and what that is stored as."""

    lease: Lease
    before: Apart
    seen: frozenset[Digest]
    name: str


class DisarmStage:
    """Makes the disarmed copies of one shard."""

    def __init__(
        self,
        runtime: Runtime,
        instruments: Instruments,
        plan: PlanParts,
        pause: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._with = instruments
        self._plan = plan
        self._pause = pause

    def work(
        self,
        lease: Lease,
        wanted: Sequence[Wanted],
        seen: frozenset[Digest],
        before: Apart = NOTHING_APART,
        name: str = "disarmed",
    ) -> Disarmed:
        """Disarm some contents; what was tried under this profile is not tried again.

        `seen` are the contents that this shard inspected already, `before` is what it took apart.
        What is made is stored under a name of the shard that is used once.

        Raises:
            StoreError: the spool or the vault cannot be written.
            CanaryMissedError: a process of the box calls itself blind; this attempt is void.
        """
        left = list(self._untried(wanted))
        if not left:
            return NOTHING_DISARMED
        with ExitStack() as opened:
            store = PartsStore(self._runtime, before.located)
            opened.callback(store.abandon)
            box = opened.enter_context(self._with.box.session())
            tried = _Tried()
            earlier = earlier_copies(self._runtime, {each.location.digest for each in left})
            for each in left:
                self._pause()
                made = None if is_rebuilt(each.media_type) else earlier.get(each.way)
                if made is None or not self._kept_as_it_is(box, each, made, tried):
                    self._try(box, each, store, tried)
            stored = store.store(f"{lease.run_id}-{lease.shard_id}-{lease.epoch}-{name}")
            located = {**tried.present, **stored}
            said = inspect_made(
                self._runtime, self._with, box, [located[d] for d in sorted(tried.types)]
            )
        looking = _Looking(lease=lease, before=before, seen=seen, name=name)
        return self._looked_into(looking, tried, located, said)

    def _untried(self, wanted: Sequence[Wanted]) -> Iterator[Wanted]:
        with self._runtime.catalogue.read() as connection:
            digests = {each.location.digest for each in wanted}
            known = copies_of(connection, digests, self._with.profile)
        for each in wanted:
            if each.way not in known.made and each.way not in known.refused:
                yield each

    def _kept_as_it_is(self, box: Box, wanted: Wanted, before: Earlier, tried: _Tried) -> bool:
        """Take a copy of an earlier profile, unless something active is found in it by now."""
        media_type = type_if_proven(self._runtime, box, before)
        if not media_type:
            return False
        tried.types[before.copy.digest] = media_type
        tried.present |= {at.digest: at for at in (before.copy, before.report)}
        tried.add(wanted.location.digest, *before.rows)
        return True

    def _try(self, box: Box, wanted: Wanted, store: PartsStore, tried: _Tried) -> None:
        at = wanted.location
        made = self._made(box, wanted)
        if isinstance(made, NotMade):
            if not made.transient:
                tried.add(at.digest, _row(wanted, None, made.reason))
            return
        copy = digest_of(made.content)
        report = report_of(at.digest, wanted, made)
        store.keep(copy, made.content)
        store.keep(digest_of(report), report)
        tried.types[copy] = made.media_type
        tried.add(
            at.digest,
            _row(wanted, copy, ""),
            Expansion(
                ordinal=report_at(wanted.variant),
                derived=digest_of(report),
                how=Derivation.REPORT,
                outcome=counted(made.removed),
            ),
        )

    def _made(self, box: Box, wanted: Wanted) -> Made | NotMade:
        """Make a copy: of a container from what becomes of its parts."""
        at, limits = wanted.location, self._with.inspector.limits
        parts = self._plan(wanted) if is_rebuilt(wanted.media_type) else None
        if isinstance(parts, NotMade):
            return parts
        with self._runtime.vault.open_for_inspection(at) as opened:
            original = Original(content=opened.content, size=at.size, media_type=wanted.media_type)
            if parts is None:
                return disarmed(box, original, wanted.switches, limits)
            return rebuilt(box, original, parts, limits)

    def _looked_into(
        self,
        looking: _Looking,
        tried: _Tried,
        located: Mapping[Digest, Location],
        said: Mapping[Digest, Inspection],
    ) -> Disarmed:
        """Take apart the copies that are containers, and validate the records in all of them."""
        copies = {digest: located[digest] for digest in said}
        inner = take_apart(
            self._runtime,
            self._with,
            looking.lease,
            located=copies,
            said=said,
            pause=self._pause,
            this=Round(name=f"{looking.name}-parts", before=looking.before),
        )
        looked = {**inner.inspections, **said}
        bare = dict.fromkeys(copies, frozenset({""}))
        subjects = subjects_of(copies, looked, bare, inner.located)
        stage = RecordsStage(self._runtime, self._with, NOTHING_DECLARED, self._pause)
        # The original tells whom its records are about.
        whole = [replace(subject, is_cut=False, is_split=True) for subject in subjects]
        recorded = stage.work(looking.lease, whole, name=f"{looking.name}-records")
        with self._runtime.catalogue.read() as connection:
            known = inspections.known(connection, said, self._with.profile)
            opened = set(expansions.known(connection, said, self._with.profile))
        opened = inner.parts.keys() | opened | looking.before.expanded
        troubled = _troubled(said, opened, recorded)
        made = _kept(tried, located, {**said, **known}, troubled)
        apart = joined(joined(made, inner), recorded.apart)
        new = apart.new - known.keys() - looking.seen
        return Disarmed(apart=replace(apart, new=new), recorded=recorded)


def report_of(original: Digest, wanted: Wanted, made: Made) -> bytes:
    """Return the report on a copy: what is gone and where it was, and what is equal in both."""
    report = {
        "format": FORMAT,
        "original": {"digest": original, "media_type": wanted.media_type},
        "copy": {"digest": digest_of(made.content), "media_type": made.media_type},
        "switches": sorted(switch.value for switch in wanted.switches),
        "removed": [{"code": r.code, "where": r.where, "times": r.times} for r in made.removed],
        "equal": dict(sorted(made.measures.items())),
    }
    return json.dumps(report, indent=1, sort_keys=True).encode() + b"\n"


def _row(wanted: Wanted, copy: Digest | None, outcome: str) -> Expansion:
    return Expansion(
        ordinal=copy_at(wanted.variant),
        derived=copy,
        how=Derivation.DISARMED,
        outcome=outcome,
    )


def _troubled(
    said: Mapping[Digest, Inspection], opened: AbstractSet[Digest], recorded: Recorded
) -> set[Digest]:
    """Return the copies that the machine failed to look at whole: they are made another time."""
    trouble = {digest for digest, _ in recorded.validated.trouble}
    return {
        digest
        for digest, each in said.items()
        if not each.cacheable
        or digest in trouble
        or (has_parts(each) and (trouble or digest not in opened))
    }


def _kept(
    tried: _Tried,
    located: Mapping[Digest, Location],
    said: Mapping[Digest, Inspection],
    troubled: AbstractSet[Digest],
) -> Apart:
    """Return the rows that are kept, and what they speak of."""
    parts: dict[Digest, tuple[NamedPart, ...]] = {}
    for digest, rows in tried.rows.items():
        if troubled.isdisjoint(row.derived for row in rows if row.derived is not None):
            parts[digest] = tuple(
                NamedPart(part=_checked(row, tried.types, said), untrusted_name=b"") for row in rows
            )
    used = {named.part.derived for own in parts.values() for named in own}
    return Apart(
        parts=parts,
        located={digest: at for digest, at in located.items() if digest in used},
        inspections={digest: each for digest, each in said.items() if digest in used},
        new=frozenset(digest for digest in said if digest in used),
    )


def _checked(
    row: Expansion, types: Mapping[Digest, str], said: Mapping[Digest, Inspection]
) -> Expansion:
    """Return the row of a copy, which may not be used when it is of another type than intended."""
    if row.how is not Derivation.DISARMED or row.derived is None:
        return row
    intended, found = types[row.derived], said[row.derived].media_type
    if intended == found:
        return row
    return replace(row, outcome=f"type: made as {intended}, recognised as {found or 'nothing'}")
