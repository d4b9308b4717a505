"""Disarms a shard's contents from the inside out: the parts of a container before the container.

What a container's copy holds is decided by the verdicts of its parts, and by the copies of those
parts: each is judged as if it stood alone. A part that the machine failed to look at is not judged,
and its container waits for the next run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from catalogue import artefacts, expansions, inspections, records
from catalogue.expansions import Expansion
from catalogue.leases import Lease
from custody.artefact import Derivation, Location
from custody.digest import Digest
from custody.outcome import Inspection, Outcome
from custody.verdict import Verdict, judge
from pipeline.steps.copies import (
    Copies,
    Way,
    copies_of,
    counts_in,
    ruled_on,
    variant_at,
    variant_in,
    without_what_goes,
)
from pipeline.steps.disarm import Disarmed, DisarmStage, Wanted
from pipeline.steps.insides import insides_of
from pipeline.steps.instruments import Instruments
from pipeline.steps.parts import NOTHING_APART, Apart
from pipeline.steps.records import NOTHING_RECORDED, Recorded, joined, recorded_beside
from pipeline.steps.said import Said
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents, Expanded, Part
from sanitizers.disarming.eligibility import HOSTILE_NAME
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.making import NotMade
from sanitizers.disarming.rebuilding.asking import CopyOfPart, PlannedPart
from sanitizers.disarming.registry import is_rebuilt
from sanitizers.disarming.rulings import Switches
from sanitizers.saying import said_of

NOT_LOOKED_AT = NotMade(reason="a part was not looked at", transient=True)
NO_COPY = NotMade(reason=": its type is not disarmed, or more stands against it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A content, what scanners said of it, and service and contract of an entry with it."""

    location: Location
    said: Inspection
    service: str
    contract: str = ""


@dataclass(slots=True)
class _View:
    """All that is known of the shard by now."""

    said: Said
    apart: Apart
    recorded: Recorded
    contents: Contents
    made: dict[Way, tuple[Digest, dict[str, int]]] = field(default_factory=dict)
    refused: dict[Way, str] = field(default_factory=dict)
    tried: set[Way] = field(default_factory=set)


class ShardCopies:
    """Makes the copies of one shard, level by level."""

    def __init__(
        self, runtime: Runtime, instruments: Instruments, pause: Callable[[], None]
    ) -> None:
        self._runtime = runtime
        self._with = instruments
        self._policy = instruments.inspector.policy
        self._stage = DisarmStage(runtime, instruments, self._plan, pause)
        self._own: dict[Digest, Location] = {}
        self._view: _View | None = None

    def work(
        self, lease: Lease, asked: Sequence[Asked], said: Said, apart: Apart, recorded: Recorded
    ) -> Disarmed:
        """Disarm what of some contents of entries is only held for what a copy would lack.

        Raises:
            StoreError: the spool or the vault cannot be written.
            CanaryMissedError: a process of the box calls itself blind; this attempt is void.
        """
        self._own = {each.location.digest: each.location for each in asked}
        self._view = self._viewed(said, apart, recorded)
        levels = self._levels(asked)
        made, seen = NOTHING_APART, frozenset(said.inspections)
        beside = NOTHING_RECORDED
        for depth in sorted(levels, reverse=True):
            view = self._seen()
            wanted = [each for way, each in levels[depth].items() if way not in view.tried]
            view.tried |= {each.way for each in wanted}
            name = f"disarmed-{depth}" if depth else "disarmed"
            done = self._stage.work(lease, wanted, seen, view.apart, name)
            made, beside = joined(made, done.apart), recorded_beside(beside, done.recorded)
            seen |= done.apart.inspections.keys()
            self._add(done)
        return Disarmed(apart=made, recorded=beside)

    def _seen(self) -> _View:
        if self._view is None:
            raise RuntimeError("a shard is looked at before its copies are made")
        return self._view

    def _viewed(self, said: Said, apart: Apart, recorded: Recorded) -> _View:
        contents = insides_of(self._runtime, self._with.profile, said, apart, recorded.validated)
        return _View(said=said, apart=apart, recorded=recorded, contents=contents)

    def _add(self, done: Disarmed) -> None:
        """Note what was made: the next level is judged with it."""
        view = self._seen()
        apart = joined(view.apart, done.apart)
        fresh = self._viewed(
            view.said.with_parts(done.apart), apart, recorded_beside(view.recorded, done.recorded)
        )
        self._view = replace(fresh, made=view.made, refused=view.refused, tried=view.tried)
        for digest, own in done.apart.parts.items():
            self._note(digest, [named.part for named in own])

    def _note(self, digest: Digest, rows: Sequence[Expansion]) -> None:
        view = self._seen()
        reports = {variant_at(r.ordinal): r for r in rows if r.how is Derivation.REPORT}
        for row in (row for row in rows if row.how is Derivation.DISARMED):
            variant = variant_at(row.ordinal)
            if row.outcome or row.derived is None:
                view.refused[digest, variant] = row.outcome
            elif variant in reports:
                view.made[digest, variant] = row.derived, counts_in(reports[variant])

    def _levels(self, asked: Sequence[Asked]) -> dict[int, dict[Way, Wanted]]:
        """Return what is to be disarmed by how deep it lies; entries are at 0."""
        with self._runtime.catalogue.read() as connection:
            digests = {each.location.digest for each in asked}
            copies = copies_of(connection, digests, self._with.profile)
        levels: dict[int, dict[Way, Wanted]] = {}
        validated, rulings = self._seen().recorded.validated, self._policy.disarm
        for each in asked:
            digest, media_type = each.location.digest, each.said.media_type
            whole = validated.beside(digest, each.said, each.contract)
            switches = copies.switches(rulings, digest, media_type, each.service)
            wanted = self._wanted(digest, whole, switches, each.service)
            if wanted is not None and self._is_open(copies, wanted):
                levels.setdefault(0, {})[wanted.way] = wanted
                self._inner(wanted, levels, 1)
        return levels

    def _is_open(self, copies: Copies, wanted: Wanted) -> bool:
        return wanted.way not in copies.made and wanted.way not in copies.refused

    def _inner(self, whole: Wanted, levels: dict[int, dict[Way, Wanted]], depth: int) -> None:
        contents = self._seen().contents
        if not is_rebuilt(whole.media_type) or depth > contents.most_depth:
            return
        for part in contents.expanded.get(whole.location.digest, Expanded()).parts:
            if part.digest is None:
                continue
            wanted = self._wanted_part(part.digest, whole)
            if wanted is not None and wanted.way not in levels.setdefault(depth, {}):
                levels[depth][wanted.way] = wanted
                self._inner(wanted, levels, depth + 1)

    def _wanted_part(self, digest: Digest, whole: Wanted) -> Wanted | None:
        """Return how a part of a container is disarmed; None if it is not."""
        said = self._seen().contents.inspections.get(digest)
        if said is None:
            return None
        switches = ruled_on(self._policy.disarm, said.media_type, whole.service)
        if switches is not None and is_rebuilt(said.media_type):
            switches |= whole.switches & {Switch.LEAVE_OUT}
        return self._wanted(digest, said, switches, whole.service)

    def _wanted(
        self, digest: Digest, said: Inspection, switches: Switches | None, service: str
    ) -> Wanted | None:
        """Return how a content is disarmed; None if more is in the way than its copy would lack."""
        if switches is None:
            return None
        given = self._outcomes(digest, said)
        left = without_what_goes(given, switches, self._seen().contents, digest)
        if left is None or judge(left, self._policy.required).verdict is not Verdict.CLEAN:
            return None
        at = self._place(digest)
        return (
            None
            if at is None
            else Wanted(
                location=at,
                media_type=said.media_type,
                switches=switches,
                variant=variant_in(self._policy, service, said.media_type, switches),
                service=service,
            )
        )

    def _outcomes(self, digest: Digest, said: Inspection) -> tuple[Outcome, ...]:
        return said_of(self._policy, digest, said, self._seen().contents)

    def _verdict(self, digest: Digest, said: Inspection) -> Verdict:
        return judge(self._outcomes(digest, said), self._policy.required).verdict

    def _place(self, digest: Digest) -> Location | None:
        """Return where a content lies in the vault."""
        here = self._seen().apart.located.get(digest) or self._own.get(digest)
        if here is not None:
            return here
        with self._runtime.catalogue.read() as connection:
            return artefacts.locate(connection, digest)

    def _plan(self, whole: Wanted) -> Sequence[PlannedPart] | NotMade:
        """Return what becomes of each part of a container."""
        known = self._seen().contents.expanded.get(whole.location.digest)
        if known is None or known.fault:
            return NOT_LOOKED_AT
        planned: list[PlannedPart] = []
        for part in known.parts:
            is_named_so = part.refusal.startswith(HOSTILE_NAME)
            if part.digest is None or (part.refusal and not is_named_so):
                return NotMade(reason=f"refused: part {part.ordinal}: {part.refusal}")
            each = self._planned(part, part.digest, whole)
            if isinstance(each, NotMade):
                return each
            planned.append(each)
        return planned

    def _planned(self, part: Part, digest: Digest, whole: Wanted) -> PlannedPart | NotMade:
        """Return what becomes of a part.

        One of a type that policy never lets in goes. Any other bad one is replaced by its copy; if
        it has none, or its name misleads, it goes only where the policy has such parts left out.
        """
        said = self._seen().contents.inspections.get(digest)
        if said is None or not said.cacheable:
            return NOT_LOOKED_AT
        verdict = self._verdict(digest, said)
        if part.refusal:
            return self._misnamed(part, digest, verdict, whole)
        if verdict is Verdict.CLEAN:
            return PlannedPart(digest=digest)
        wanted = self._wanted_part(digest, whole)
        copy = NO_COPY if wanted is None else self._copy(wanted)
        if isinstance(copy, CopyOfPart):
            return PlannedPart(digest=digest, copy=copy)
        return self._without_copy(part, digest, verdict, whole, copy)

    def _without_copy(
        self, part: Part, digest: Digest, verdict: Verdict, whole: Wanted, why: NotMade
    ) -> PlannedPart | NotMade:
        if why.transient:
            return why
        if verdict is Verdict.PROHIBITED or Switch.LEAVE_OUT in whole.switches:
            return PlannedPart(digest=digest, left_out=verdict.value)
        told = f"part {part.ordinal} is {verdict.value}, and has no copy"
        return NotMade(reason=f"refused: {told}{why.reason}")

    def _misnamed(
        self, part: Part, digest: Digest, verdict: Verdict, whole: Wanted
    ) -> PlannedPart | NotMade:
        if verdict is not Verdict.PROHIBITED and Switch.LEAVE_OUT not in whole.switches:
            return NotMade(reason=f"refused: part {part.ordinal}: {part.refusal}")
        why = HOSTILE_NAME if verdict is Verdict.CLEAN else verdict.value
        return PlannedPart(digest=digest, left_out=why)

    def _copy(self, wanted: Wanted) -> CopyOfPart | NotMade:
        """Return the copy that may stand for a part, or why there is none."""
        view = self._seen()
        if wanted.way not in view.made and wanted.way not in view.refused:
            self._look_up(wanted)
            view = self._seen()
        if wanted.way in view.refused:
            return NotMade(reason=f": {view.refused[wanted.way]}")
        if wanted.way not in view.made:
            return NOT_LOOKED_AT
        digest, removed = view.made[wanted.way]
        said, at = self._said(digest), self._place(digest)
        if said is None or at is None or not said.cacheable:
            return NOT_LOOKED_AT
        if self._verdict(digest, said) is not Verdict.CLEAN:
            return NotMade(reason=": its copy is not clean")
        return CopyOfPart(
            content=self._runtime.vault.read(at),
            media_type=said.media_type,
            original_type=wanted.media_type,
            removed=removed,
        )

    def _look_up(self, wanted: Wanted) -> None:
        """Add a copy that an earlier shard made to what is known, with all that was said of it."""
        digest, profile = wanted.location.digest, self._with.profile
        with self._runtime.catalogue.read() as connection:
            rows = expansions.copies(connection, [digest], profile).get(digest, ())
            made = [row.derived for row in rows if row.derived is not None]
            said = inspections.known(connection, made, profile)
            validated = Validated(validations=records.known(connection, said, profile))
        recorded = Recorded(validated=validated)
        self._add(Disarmed(apart=Apart(inspections=said), recorded=recorded))
        self._note(digest, rows)

    def _said(self, digest: Digest) -> Inspection | None:
        """Return what is said of a copy, with its records."""
        view = self._seen()
        said = view.said.inspections.get(digest)
        return None if said is None else view.recorded.validated.beside(digest, said)
