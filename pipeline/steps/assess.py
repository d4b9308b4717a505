"""The assess step: every entry of a source is judged with its neighbours' evidence, and decided.

It begins when all shards of the inventory are inspected: a ransom note in the last one holds the
clean files of its directory in the first one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from catalogue import (
    cases,
    decisions,
    entries,
    evidence,
    exceptions,
    groups,
    inspections,
    leases,
    manifests,
    name_findings,
    recalls,
    records,
    shards,
)
from catalogue.leases import Lease
from catalogue.shards import Step
from custody.digest import Digest
from custody.exception import AnyException, Exceptions, Subject, in_force
from custody.fate import VERDICT_ACTIONS
from custody.finding import Finding
from custody.lifecycle import Action, Stage, advance
from custody.outcome import Inspection, NotScanned
from custody.records import base_of
from custody.verdict import Judgement, Verdict, judge
from pipeline.recalling import blocking
from pipeline.recording import RecordedStep, Recorder
from pipeline.steps.alarms import Alarm, alarm_of
from pipeline.steps.contents import contents_of
from pipeline.steps.copies import (
    NO_STAND_IN,
    Copies,
    StandIn,
    against,
    copies_of,
    may_be_disarmed,
    variant_in,
    without_what_goes,
)
from pipeline.steps.decided import (
    Decided,
    line_of,
    seen_recalls,
    standing_of,
    supersedes_lines,
)
from pipeline.steps.derogated import granted_by
from pipeline.steps.incomplete import Incomplete
from pipeline.steps.known import check_hold
from pipeline.steps.missing import Missing
from pipeline.steps.references import References
from pipeline.steps.shard_view import NamedEntry, named_entries
from pipeline.steps.splits import CUT_APART, Splits, splits_of
from pipeline.steps.studies import Studies
from pipeline.steps.validated import Key, Validated
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents
from sanitizers.disarming.rulings import Switches
from sanitizers.inspection import Inspector
from sanitizers.names import names_outcome
from sanitizers.saying import said_of

# An event has room for so many tables whose foreign keys do not hold; all of them are held.
MOST_TOLD = 100
# What was read outside a locked box may have written its own verdict.
UNLOCKED = NotScanned(scanner="sandbox", reason="inspected in a box that was not locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the catalogue knows about the contents and names of a shard."""

    inspections: Mapping[Digest, Inspection]
    name_findings: Mapping[tuple[bytes, Digest], tuple[Finding, ...]]
    exceptions: tuple[AnyException, ...]
    rejected: frozenset[Digest]
    contents: Contents
    validated: Validated
    splits: Splits
    copies: Copies
    recalled: Mapping[Digest, frozenset[str]]
    now: datetime
    missing: Mapping[Key, tuple[Missing, ...]] = field(default_factory=dict)


class AssessStep:
    """Judges and decides the entries of an inventory, or of one shard of it that was released."""

    def __init__(
        self,
        runtime: Runtime,
        recorder: Recorder,
        inspector: Inspector,
        references: References | None = None,
        studies: Studies | None = None,
    ) -> None:
        self._references = references
        self._studies = studies
        self._runtime = runtime
        self._recorder = recorder
        self._policy = inspector.policy
        self._profile = inspector.profile.digest
        self._sandboxed = inspector.sandboxed
        self._sets = inspector.known

    def work(self, lease: Lease, pause: Callable[[], None]) -> None:
        """Assess what a lease covers; shards that an earlier attempt assessed are left alone.

        Raises:
            RuntimeError: not all shards of the inventory are inspected.
            LeaseLostError: another owner took the group over.
            RulesError: known-good digests that exempt from rules have ended.
        """
        check_hold(self._runtime, self._sets)
        missing: tuple[Missing, ...] = ()
        if self._references is not None:
            missing = self._references.find(lease.inventory_id, pause)
        incomplete: tuple[Incomplete, ...] = ()
        if self._studies is not None:
            incomplete = self._studies.find(lease.inventory_id, pause)[:MOST_TOLD]
        alarms = self._alarms(lease, missing, incomplete)
        for shard_id in self._open_shards(lease):
            pause()
            self._assess(lease, shard_id, alarms, missing, incomplete)
        with self._runtime.catalogue.write() as connection:
            leases.finish(connection, lease, self._runtime.clock())

    def _alarms(
        self, lease: Lease, missing: Sequence[Missing], incomplete: Sequence[Incomplete]
    ) -> dict[bytes, Alarm]:
        with self._runtime.catalogue.write() as connection:
            if not shards.all_done(
                connection, lease.run_id, Step.INSPECT, inventory_id=lease.inventory_id
            ):
                raise RuntimeError("assess begins when every shard is inspected")
            intrusion = _intrusion_ns(connection, self._recorder.case)
            found = evidence.directories(connection, lease.inventory_id, self._profile)
            alarms = {
                key: alarm
                for key, signs in found.items()
                if (alarm := alarm_of(signs, self._policy.alarms, intrusion)) is not None
            }
            stored = [alarm.stored(key) for key, alarm in alarms.items()]
            told = [each.stored() for each in missing[:MOST_TOLD]]
            told += [each.stored() for each in incomplete]
            groups.replace(connection, lease.inventory_id, [*stored, *told])
        return alarms

    def _open_shards(self, lease: Lease) -> list[int]:
        """Return the shards that this lease covers and that have an entry left to assess."""
        with self._runtime.catalogue.read() as connection:
            if lease.subject_id is not None:
                covered = [lease.subject_id]
            else:
                covered = shards.of_inventory(connection, lease.inventory_id, Step.INSPECT)
            return [s for s in covered if not _assessed(connection, s)]

    def _assess(
        self,
        lease: Lease,
        shard_id: int,
        alarms: Mapping[bytes, Alarm],
        missing: Sequence[Missing],
        incomplete: Sequence[Incomplete],
    ) -> None:
        with self._runtime.catalogue.read() as connection:
            named = named_entries(connection, self._runtime.names, shard_id)
            known = replace(self._known(connection, named), missing=_by_table(missing))
            intrusion = _intrusion_ns(connection, self._recorder.case)
        decided = [self._decide(entry, known, alarms) for entry in named]
        lines = [*map(line_of, decided), *supersedes_lines(decided)]
        body = {
            "policy": self._policy.digest,
            "profile": self._profile,
            "alarms": asdict(self._policy.alarms),
            "intrusion_ns": None if intrusion is None else str(intrusion),
            "references": [each.told for each in missing[:MOST_TOLD]],
            "studies": [each.told for each in incomplete],
            **seen_recalls(decided, known.recalled),
        }
        recorded = self._recorder.store(Step.ASSESS, shard_id, lines, body)
        self._commit(lease, recorded, decided)

    def _known(self, connection: sa.Connection, named: Iterable[NamedEntry]) -> Known:
        digests = {n.entry.digest for n in named if n.entry.digest is not None}
        contents = [(n.entry.name_key, n.entry.digest) for n in named if n.entry.digest is not None]
        said = inspections.known(connection, digests, self._profile)
        now = self._runtime.ledger.now()
        splits = splits_of(connection, digests, self._profile)
        active = {digest for digest, each in said.items() if may_be_disarmed(each)}
        copies = copies_of(connection, active, self._profile)
        every = digests | splits.digests | copies.digests
        validated = records.known(connection, every, self._profile)
        return Known(
            inspections=said,
            contents=contents_of(
                connection, {**splits.inspections, **copies.inspections, **said}, self._profile
            ),
            validated=Validated(validations=validated),
            splits=splits,
            copies=copies,
            recalled=recalls.against(connection, every),
            name_findings=name_findings.known(connection, contents, self._profile),
            exceptions=(
                *exceptions.candidates(connection, digests, now),
                *(d.exception for d in granted_by(connection, self._policy.digest)),
            ),
            now=now,
            rejected=decisions.rejected(connection, every),
        )

    def _decide(self, named: NamedEntry, known: Known, alarms: Mapping[bytes, Alarm]) -> Decided:
        entry = named.entry
        if entry.stage is not Stage.INSPECTED:
            return Decided(named=named, judgement=None, stage=entry.stage)
        judgement = self._judge(named, known, alarms.get(entry.directory_key))
        assessed = advance(entry.stage, Action.ASSESS)
        rejected = entry.digest in known.rejected
        action = Action.REJECT if rejected else VERDICT_ACTIONS.get(judgement.verdict)
        action = self._policy.actions.get(judgement.verdict, action) if not rejected else action
        if action is not None and not rejected:
            stand_in = self._stand_in(named, known, alarms.get(entry.directory_key))
            if stand_in.digest is not None:
                return Decided(
                    named=named,
                    judgement=judgement,
                    stage=assessed,
                    superseded_by=stand_in.digest,
                )
            judgement = replace(judgement, reasons=(*judgement.reasons, *stand_in.against))
        stage = assessed if action is None else advance(assessed, action)
        return Decided(named=named, judgement=judgement, stage=stage)

    def _judge(self, named: NamedEntry, known: Known, alarm: Alarm | None) -> Judgement:
        entry = named.entry
        inspection = known.inspections.get(entry.digest) if entry.digest else None
        if entry.digest is None or inspection is None:
            reason = entry.reason or "the content was not inspected"
            return Judgement(verdict=Verdict.INDETERMINATE, reasons=(reason,))
        judged = known.validated.beside(entry.digest, inspection, entry.contract or "")
        return self._judged(named, known, alarm, (entry.digest, judged))

    def _judged(
        self,
        named: NamedEntry,
        known: Known,
        alarm: Alarm | None,
        content: tuple[Digest, Inspection],
        *,
        disarmed: Switches | None = None,
    ) -> Judgement:
        """Judge a content in the place of an entry: under its name, and in its directory.

        Of one that is `disarmed` so, what its copy is without is left out.
        """
        digest, inspection = content
        entry = named.entry
        about_name = known.name_findings.get((entry.name_key, entry.digest or digest))
        said = said_of(self._policy, digest, inspection, known.contents)
        if disarmed is not None:
            said = without_what_goes(said, disarmed, known.contents, digest) or said
        given = [*said]
        given.append(names_outcome(about_name))
        table = (entry.digest or digest, entry.contract or "")
        given += [each.outcome() for each in known.missing.get(table, ())]
        if not self._sandboxed:
            given.append(UNLOCKED)
        given += map(blocking.outcome_of, sorted(known.recalled.get(digest, ())))
        loosened = self._loosened(named, known, inspection.media_type, digest)
        alone = judge(given, self._policy.required, loosened)
        if alone.verdict is not Verdict.CLEAN or alarm is None or not alarm.covers(entry.mtime_ns):
            return alone
        # An alarm holds clean neighbours only: what is damaged or worse keeps its own name.
        return judge([*given, alarm.outcome()], self._policy.required, loosened)

    def _stand_in(self, named: NamedEntry, known: Known, alarm: Alarm | None) -> StandIn:
        """Return what may stand for an entry: its accepted records, or its disarmed copy."""
        split = self._split(named, known, alarm)
        return StandIn(digest=split) if split is not None else self._copy(named, known, alarm)

    def _copy(self, named: NamedEntry, known: Known, alarm: Alarm | None) -> StandIn:
        """Return the disarmed copy that may stand for an entry, or what speaks against it.

        Like accepted records it is judged in the entry's place, and as another content.
        """
        entry, copies = named.entry, known.copies
        inspection = known.inspections.get(entry.digest) if entry.digest else None
        if entry.digest is None or inspection is None or base_of(entry.contract or ""):
            return NO_STAND_IN
        digest, media_type = entry.digest, inspection.media_type
        switches = copies.switches(self._policy.disarm, digest, media_type, entry.service)
        if switches is None:
            return NO_STAND_IN
        way = digest, variant_in(self._policy, entry.service, media_type, switches)
        whole = known.validated.beside(digest, inspection, entry.contract or "")
        if self._judged(named, known, alarm, (digest, whole), disarmed=switches).reasons:
            return NO_STAND_IN  # what holds the original is not what a copy would lack
        copy = copies.made.get(way)
        if copy is None or copy not in copies.inspections:
            return against([copies.refused[way]] if way in copies.refused else [])
        if copy in known.rejected:
            return against(["its copy was rejected"])
        kept = entry.contract or ""
        said = known.validated.beside_copy(copy, copies.inspections[copy], kept)
        judged = self._judged(named, known, alarm, (copy, said))
        clean = judged.verdict is Verdict.CLEAN
        return StandIn(digest=copy) if clean else against(judged.reasons, "the copy is not clean: ")

    def _split(self, named: NamedEntry, known: Known, alarm: Alarm | None) -> Digest | None:
        """Return the accepted records that may stand for an entry, if nothing else is against it.

        They are judged in the entry's place, and as another content: no waiver of the extract's is
        theirs.
        """
        entry = named.entry
        inspection = known.inspections.get(entry.digest) if entry.digest else None
        split = known.splits.of(entry.digest, entry.contract or "")
        if entry.digest is None or inspection is None or split is None or split in known.rejected:
            return None
        contract = entry.contract or ""
        if not known.splits.adds_up(entry.digest, split, contract, known.validated):
            return None
        whole = replace(inspection, outcomes=(*inspection.outcomes, CUT_APART))
        cut = known.validated.beside(split, known.splits.inspections[split], contract)
        judged = [
            self._judged(named, known, alarm, content)
            for content in ((entry.digest, whole), (split, cut))
        ]
        return split if all(j.verdict is Verdict.CLEAN for j in judged) else None

    def _loosened(
        self, named: NamedEntry, known: Known, media_type: str, digest: Digest
    ) -> Exceptions:
        if not known.exceptions:
            return Exceptions()
        subject = Subject(
            digest=digest,
            name_key=named.entry.name_key.hex(),
            path=named.name.path,
            service=named.entry.service,
            media_type=media_type,
        )
        return in_force(known.exceptions, subject, known.now)

    def _commit(self, lease: Lease, recorded: RecordedStep, decided: list[Decided]) -> None:
        changed = [d for d in decided if d.judgement is not None]
        clean = [d.named.entry for d in changed if d.stage is Stage.ASSESSED]
        now = self._runtime.clock()
        with self._runtime.catalogue.write() as connection:
            # Renewing in the same transaction fences a late owner off.
            ttl = self._runtime.lease_time
            leases.renew(connection, lease, now, ttl)
            entries.settle(connection, [standing_of(d) for d in changed])
            self._recorder.commit(connection, recorded)
            if clean:
                shards.add(
                    connection,
                    run_id=lease.run_id,
                    inventory_id=lease.inventory_id,
                    step=Step.PROMOTE,
                    lane=lease.lane,
                    subject_id=recorded.shard_id,
                    entries=len(clean),
                    size=sum(entry.size for entry in clean),
                )


def _by_table(missing: Iterable[Missing]) -> dict[Key, tuple[Missing, ...]]:
    found: dict[Key, tuple[Missing, ...]] = {}
    for each in missing:
        key = each.digest, each.contract
        found[key] = (*found.get(key, ()), each)
    return found


def _intrusion_ns(connection: sa.Connection, case_id: str) -> int | None:
    case = cases.get(connection, case_id)
    if case is None or case.intrusion_at is None:
        return None
    return int(case.intrusion_at.timestamp() * 10**9)


def _assessed(connection: sa.Connection, shard_id: int) -> bool:
    own = manifests.of_shard(connection, shard_id)
    return any(manifest.step is Step.ASSESS for manifest in own)
