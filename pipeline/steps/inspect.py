"""The inspect step: a shard's files go into the vault, and what is not known is inspected.

Everything that the step found out is committed in one transaction: stages, outcomes, places in the
vault and the event that names the manifest. Until then none of it exists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime

import sqlalchemy as sa

from catalogue import (
    artefacts,
    entries,
    expansions,
    inspections,
    leases,
    name_findings,
    names,
    records,
)
from catalogue.entries import EntryUpdate
from catalogue.inspections import RecordedInspection
from catalogue.leases import Lease
from catalogue.name_findings import RecordedNameFindings
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.shards import Step
from custody.artefact import Location
from custody.box import Content, Json
from custody.digest import Digest
from custody.finding import Finding
from custody.lifecycle import Action, Stage, advance
from custody.outcome import Inspection, NotScanned, Outcome
from custody.records import accepting, base_of
from custody.verdict import Verdict, judge
from pipeline.keys import NamingKeys
from pipeline.names import sealed_json
from pipeline.recording import Recorder
from pipeline.steps.copies import may_be_disarmed
from pipeline.steps.declared import NOTHING_DECLARED, Declared
from pipeline.steps.disarm import NOTHING_DISARMED, Disarmed
from pipeline.steps.indexing import index_subjects, seal_subjects, told_of
from pipeline.steps.insides import insides_of
from pipeline.steps.instruments import Instruments
from pipeline.steps.intake import Fetched, fetch
from pipeline.steps.known import check_hold
from pipeline.steps.parts import NOTHING_APART, Apart, Round, take_apart
from pipeline.steps.records import (
    NOTHING_RECORDED,
    Recorded,
    RecordsStage,
    joined,
    recorded_beside,
    subjects_of,
)
from pipeline.steps.said import NOTHING_SAID, NameAndContent, Said
from pipeline.steps.shard_copies import Asked, ShardCopies
from pipeline.steps.shard_view import named_entries, sealed_names
from pipeline.steps.told import Told
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents
from sanitizers.inspection import SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.saying import said_of

NOTHING_ACCEPTED: Mapping[int, frozenset[str]] = {}
INLINE_BYTES = 256 * 1024


class InspectStep:
    """Takes and inspects the entries of a shard."""

    def __init__(
        self,
        runtime: Runtime,
        recorder: Recorder,
        instruments: Instruments,
        keys: Mapping[int, NamingKeys],
        declared: Declared = NOTHING_DECLARED,
        *,
        accepted: Mapping[int, frozenset[str]] = NOTHING_ACCEPTED,
    ) -> None:
        self._accepted = accepted
        self._runtime = runtime
        self._recorder = recorder
        self._with = instruments
        self._profile = instruments.profile
        self._keys = keys
        self._declared = declared

    def work(self, lease: Lease, pause: Callable[[], None]) -> None:
        """Inspect what a lease covers.

        Raises:
            StoreError, SourceError, CatalogueError, SandboxError: the step cannot go on.
            CanaryMissedError: a process of the box calls itself blind; this attempt is void.
            LeaseLostError: another owner took the shard over; nothing of this attempt remains.
            RulesError: known-good digests that exempt from rules have ended.
        """
        check_hold(self._runtime, self._with.inspector.known)
        with self._runtime.catalogue.read() as connection:
            named = named_entries(connection, self._runtime.names, lease.shard_id)
        reader = self._with.readers.get(lease.inventory_id)
        fetched = fetch(self._runtime, lease, reader, named, pause)
        said = self._inspect(fetched, pause)
        apart = take_apart(
            self._runtime,
            self._with,
            lease,
            located=_located(fetched),
            said=said.inspections,
            pause=pause,
            this=Round(splits=lease.entries > 1),
        )
        said = said.with_parts(apart)
        recorded = self._records(lease, fetched, said, apart, pause)
        apart = joined(apart, recorded.apart)
        said = said.with_parts(apart)
        copies = self._disarm(lease, fetched, said, apart, recorded, pause=pause)
        apart = joined(apart, copies.apart)
        recorded = recorded_beside(recorded, copies.recorded)
        self._commit(lease, fetched, said.with_parts(apart), apart, recorded)

    def give_up(self, lease: Lease) -> None:
        """End the single entry of a shard that failed every attempt: it is held, unread."""
        with self._runtime.catalogue.read() as connection:
            named = named_entries(connection, self._runtime.names, lease.shard_id)
        reason = f"failed {lease.attempts - 1} attempts"
        fetched = [Fetched(named=n, refusal=reason, given_up=True) for n in named]
        self._commit(lease, fetched, NOTHING_SAID, NOTHING_APART, NOTHING_RECORDED)

    def _inspect(self, fetched: Sequence[Fetched], pause: Callable[[], None]) -> Said:
        contents = {(f.named.entry.name_key, f.digest): f for f in fetched if f.digest is not None}
        with self._runtime.catalogue.read() as connection:
            known = inspections.known(connection, {d for _, d in contents}, self._profile)
            names_known = name_findings.known(connection, contents, self._profile)
        wanted: dict[Digest, list[Fetched]] = {}
        for (key, digest), f in contents.items():
            if digest not in known or (key, digest) not in names_known:
                wanted.setdefault(digest, []).append(f)
        new, new_names = self._ask(wanted, pause)
        return Said(
            inspections={**new, **known},
            names={**new_names, **names_known},
            new=frozenset(d for d in new if d not in known),
            new_names=frozenset(new_names),
        )

    def _ask(
        self, wanted: Mapping[Digest, Sequence[Fetched]], pause: Callable[[], None]
    ) -> tuple[dict[Digest, Inspection], dict[NameAndContent, tuple[Finding, ...]]]:
        """Have the box look at contents, each once with all the names that it has here."""
        if not wanted:
            return {}, {}
        said: dict[Digest, Inspection] = {}
        about_names: dict[NameAndContent, tuple[Finding, ...]] = {}
        with ExitStack() as opened:
            samples = self._samples(wanted, opened, pause)
            box = opened.enter_context(self._with.box.session())
            answers = self._with.inspector.inspect(box, samples)
            for (digest, named), answer in zip(wanted.items(), answers, strict=True):
                said[digest] = answer.inspection
                for f, findings in zip(named, answer.name_findings, strict=True):
                    if findings is not None:
                        about_names[f.named.entry.name_key, digest] = findings
        return said, about_names

    def _samples(
        self,
        wanted: Mapping[Digest, Sequence[Fetched]],
        opened: ExitStack,
        pause: Callable[[], None],
    ) -> Iterator[SampleToInspect]:
        for named in wanted.values():
            pause()
            at = named[0].location
            if at is None:
                raise RuntimeError("an inspected content lies in the vault")
            content: Content
            if at.size <= INLINE_BYTES:
                content = self._runtime.vault.read(at)
            else:
                content = opened.enter_context(self._runtime.vault.open_for_inspection(at)).content
            paths = tuple(f.named.name.path for f in named)
            yield SampleToInspect(content=content, size=at.size, names=paths)

    def _records(
        self,
        lease: Lease,
        fetched: Sequence[Fetched],
        said: Said,
        apart: Apart,
        pause: Callable[[], None],
    ) -> Recorded:
        """Validate the records in what the entries and the parts of archives hold."""
        contracts: dict[Digest, frozenset[str]] = {}
        for f in fetched:
            if f.digest is not None:
                contracts[f.digest] = contracts.get(f.digest, frozenset()) | {self._contract(f)}
        subjects = subjects_of(_located(fetched), said.inspections, contracts, apart.located)
        return RecordsStage(self._runtime, self._with, self._declared, pause).work(lease, subjects)

    def _disarm(
        self,
        lease: Lease,
        fetched: Sequence[Fetched],
        said: Said,
        apart: Apart,
        recorded: Recorded,
        *,
        pause: Callable[[], None],
    ) -> Disarmed:
        """Disarm the contents of entries that nothing speaks against but what is active in them."""
        own = [
            Asked(
                location=f.location,
                said=said.inspections[f.location.digest],
                service=f.named.entry.service,
                contract=self._contract(f),
            )
            for f in fetched
            if f.location
            and f.location.digest in said.inspections
            and not base_of(self._contract(f))
        ]
        asked = [each for each in own if may_be_disarmed(each.said)]
        if not asked:
            return NOTHING_DISARMED
        stage = ShardCopies(self._runtime, self._with, pause)
        return stage.work(lease, asked, said, apart, recorded)

    def _contract(self, f: Fetched) -> str:
        """Return the key of the contract that judges an entry; one that it has stays."""
        entry = f.named.entry
        declared = self._declared.key_for(f.named.name.path)
        accepted = self._accepted.get(entry.inventory_id, frozenset())
        return entry.contract or accepting(declared, accepted)

    def _commit(
        self,
        lease: Lease,
        fetched: Sequence[Fetched],
        said: Said,
        apart: Apart,
        recorded: Recorded,
    ) -> None:
        details = said.details
        lines = {finding: n for n, finding in enumerate(details)}
        sealed = self._seal_details(lease, [*(f.detail for f in details), *apart.names])
        whom = seal_subjects(self._runtime, lease, self._keys, recorded.subjects)
        rows = apart.rows(lease.shard_id, len(details))
        # A content that is an entry too lies where its entry says.
        located = {**apart.located, **_located(fetched)}
        contents = insides_of(self._runtime, self._profile, said, apart, recorded.validated)
        updates = [self._update(f, said, contents, recorded.validated) for f in fetched]
        told = Told(said=said, lines=lines, validated=recorded.validated, profile=self._profile)
        manifest_lines = [
            *(told.entry(f, u) for f, u in zip(fetched, updates, strict=True)),
            *told.derived(rows, apart, located),
        ]
        body = {"profile": self._profile, **self._names_part(lease, sealed), **told_of(whom)}
        step = self._recorder.store(Step.INSPECT, lease.shard_id, manifest_lines, body)
        now = step.event.at
        with self._runtime.catalogue.write() as connection:
            leases.finish(connection, lease, now)
            artefacts.add(connection, lease.run_id, located.values())
            self._write(connection, lease, said, lines, now=now)
            expansions.add(connection, self._profile, rows)
            records.add(connection, self._profile, recorded.fresh)
            index_subjects(self._runtime, connection, lease.shard_id, self._profile, whom)
            entries.update(connection, updates)
            if sealed is not None:
                stored = NamesObject(shard_id=lease.shard_id, kind=NamesKind.DETAILS, sealed=sealed)
                names.put(connection, stored)
            self._recorder.commit(connection, step)

    def _write(
        self,
        connection: sa.Connection,
        lease: Lease,
        said: Said,
        lines: Mapping[Finding, int],
        *,
        now: datetime,
    ) -> None:
        made = [
            RecordedInspection(
                digest=digest,
                inspection=said.inspections[digest],
                detail_lines=tuple(lines.get(f) for f in said.inspections[digest].findings),
            )
            for digest in sorted(said.new)
        ]
        inspections.record(connection, self._profile, lease.shard_id, now, made)
        about_names = [
            RecordedNameFindings(
                name_key=key,
                digest=digest,
                findings=said.names[key, digest],
                detail_lines=tuple(lines.get(f) for f in said.names[key, digest]),
            )
            for key, digest in sorted(said.new_names)
        ]
        name_findings.record(connection, self._profile, lease.shard_id, about_names)

    def _seal_details(self, lease: Lease, details: Sequence[str]) -> SealedObject | None:
        if not details:
            return None
        key = f"{lease.run_id}/{lease.shard_id}-{lease.epoch}.details"
        keys = self._keys[lease.inventory_id]
        return self._runtime.names.write_details(key, keys, details)

    def _names_part(self, lease: Lease, details: SealedObject | None) -> dict[str, Json]:
        """Return where the names and details of a shard lie, for the event about it."""
        with self._runtime.catalogue.read() as connection:
            paths = sealed_names(connection, lease.shard_id)
        return {
            "paths": sealed_json(paths),
            "details": None if details is None else sealed_json(details),
        }

    def _update(
        self, f: Fetched, said: Said, contents: Contents, validated: Validated
    ) -> EntryUpdate:
        """Return where an entry stands now; its verdict is final only when it is assessed."""
        entry = f.named.entry
        verdict: Verdict | None = entry.verdict
        reason = f.refusal
        stage = entry.stage
        if stage is Stage.LISTED and f.digest is None and not f.given_up:
            stage = advance(stage, Action.SKIP)
        elif stage in {Stage.LISTED, Stage.QUARANTINED}:
            admitted = advance(stage, Action.ADMIT) if stage is Stage.LISTED else stage
            stage = advance(admitted, Action.INSPECT)
            verdict, reason = self._first_verdict(f, said, contents, validated)
        return EntryUpdate(
            entry_id=entry.entry_id,
            stage=stage,
            digest=f.digest,
            verdict=verdict,
            reason=reason,
            superseded_by=entry.superseded_by,
            contract=self._contract(f) or None,
        )

    def _first_verdict(
        self, f: Fetched, said: Said, contents: Contents, validated: Validated
    ) -> tuple[Verdict, str | None]:
        if f.digest is None:
            return Verdict.INDETERMINATE, f.refusal
        seen = said.inspections[f.digest]
        inspection = validated.beside(f.digest, seen, self._contract(f))
        about_name = said.names.get((f.named.entry.name_key, f.digest))
        policy = self._with.inspector.policy
        given: list[Outcome] = [*said_of(policy, f.digest, inspection, contents)]
        given.append(names_outcome(about_name))
        verdict = judge(given, self._with.inspector.required).verdict
        return verdict, None if inspection.cacheable else _trouble(inspection)


def _located(fetched: Sequence[Fetched]) -> dict[Digest, Location]:
    return {f.location.digest: f.location for f in fetched if f.location is not None}


def _trouble(inspection: Inspection) -> str:
    reasons = [o.reason for o in inspection.outcomes if isinstance(o, NotScanned) and o.transient]
    return f"not inspected: {reasons[0]}"
