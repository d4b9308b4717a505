"""The promote step: what a published decision calls clean enters the clean zone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from audit import manifest
from audit.event import EventType
from catalogue import artefacts, entries, leases, lineage, promotions, recalls
from catalogue.entries import Standing
from catalogue.leases import Lease
from catalogue.manifests import StoredManifest
from catalogue.promotions import Promotion
from catalogue.shards import Step
from cleanzone.promotion import Candidate, Gate, Promoted, key_of
from custody.artefact import Location
from custody.digest import Digest
from custody.lifecycle import Action, Stage, advance
from custody.verdict import Judgement, Verdict
from pipeline.recording import Recorder
from pipeline.steps.lines import assess_line, promote_line
from pipeline.steps.shard_view import NamedEntry, decision_on, named_entries
from pipeline.wiring import Runtime
from storage.interface import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What a promote shard works on: entries, where their bytes lie, and the decision.

    `recalls` is how many recalls there were when the entries were compared with them; `again` says
    that somebody was at work on them before, in this shard or in one that it was split from.
    """

    named: tuple[NamedEntry, ...]
    locations: Mapping[Digest, Location]
    present: Mapping[Digest, Promotion]
    decision: StoredManifest
    again: bool
    recalls: int = 0


class PromoteStep:
    """Promotes the assessed clean entries of one shard."""

    def __init__(self, runtime: Runtime, recorder: Recorder, gate: Gate) -> None:
        self._runtime = runtime
        self._recorder = recorder
        self._gate = gate

    def work(self, lease: Lease, pause: Callable[[], None]) -> None:
        """Promote what a lease covers.

        Raises:
            NotInLedgerError: the decision is not in a published checkpoint.
            ObjectDamagedError: bytes in the vault or the clean zone are not the artefact's.
            LeaseLostError: another owner took the shard over; what was put stays, and is the same.
        """
        approved = self._without_recalled(lease, self._approved(lease))
        if not approved.named:
            self._finish(lease, approved, {})
            return
        self._intend(lease, approved)
        receipt = self._runtime.ledger.receipt(approved.decision.event_id, approved.decision.root)
        with self._runtime.audit.open(manifest.key_of(approved.decision.root)) as file:
            lines = manifest.read(file.read(), approved.decision.root)
        candidates = self._candidates(approved, pause)
        promoted = {p.digest: p for p in self._gate.promote(receipt, lines, candidates)}
        while not self._finish(lease, approved, promoted):
            approved = self._without_recalled(lease, approved)

    def give_up(self, lease: Lease) -> None:
        """Hold the single entry of a shard whose bytes could not be promoted in any attempt."""
        reason = f"promotion failed {lease.attempts - 1} attempts"
        self._hold(lease, self._approved(lease).named, reason, finish=True)

    def _without_recalled(self, lease: Lease, approved: Approved) -> Approved:
        """Hold what was recalled after it was decided on: by others, or while no run was on."""
        contents = {d for n in approved.named for d in _concerned(n)}
        with self._runtime.catalogue.read() as connection:
            recalled = recalls.against(connection, contents)
            seen = replace(approved, recalls=recalls.count(connection))
        decided = approved.decision.event_id
        # Identifiers sort by time.
        late = {d for d, recall_id in recalled.items() if recall_id > decided}
        if not late:
            return seen
        held = tuple(n for n in approved.named if not late.isdisjoint(_concerned(n)))
        self._hold(lease, held, "recalled since it was decided", finish=False)
        left = tuple(n for n in approved.named if late.isdisjoint(_concerned(n)))
        return replace(seen, named=left)

    def _hold(
        self, lease: Lease, named: tuple[NamedEntry, ...], reason: str, *, finish: bool
    ) -> None:
        judgement = Judgement(verdict=Verdict.INDETERMINATE, reasons=(reason,))
        held = [(n, advance(n.entry.stage, Action.HOLD)) for n in named]
        lines = [assess_line(n.entry, n.commitment, judgement, stage) for n, stage in held]
        recorded = self._recorder.store(Step.ASSESS, lease.entries_shard, lines) if lines else None
        moves = [
            (n.entry.entry_id, Standing(stage=stage, verdict=judgement.verdict, reason=reason))
            for n, stage in held
        ]
        now = self._runtime.clock()
        with self._runtime.catalogue.write() as connection:
            if finish:
                leases.finish(connection, lease, now)
            else:
                leases.renew(connection, lease, now, self._runtime.lease_time)
            entries.settle(connection, moves)
            if recorded is not None:
                self._recorder.commit(connection, recorded)

    def _approved(self, lease: Lease) -> Approved:
        with self._runtime.catalogue.read() as connection:
            named = named_entries(connection, self._runtime.names, lease.entries_shard)
            waiting = tuple(n for n in named if n.entry.stage is Stage.ASSESSED)
            digests = {d for n in waiting if (d := _enters(n)) is not None}
            locations = artefacts.known(connection, digests)
            present = promotions.known(connection, digests)
            decision = decision_on(connection, lease.entries_shard)
            split = len(lineage.ancestors(connection, lease.shard_id)) > 1
        return Approved(
            named=waiting,
            locations=locations,
            present=present,
            decision=decision,
            again=lease.attempts > 1 or split,
        )

    def _intend(self, lease: Lease, approved: Approved) -> None:
        """Publish the intention before the first byte moves, so that a crash leaves a trace."""
        subject = {"shard": lease.entries_shard, "decision": approved.decision.root}
        body = {"entries": len(approved.named), "epoch": lease.epoch}
        event = self._recorder.event(EventType.PROMOTION_INTENDED, subject=subject, body=body)
        with self._runtime.catalogue.write() as connection:
            leases.renew(connection, lease, self._runtime.clock(), self._runtime.lease_time)
            self._runtime.ledger.record(connection, event)
        self._runtime.ledger.publish()

    def _candidates(self, approved: Approved, pause: Callable[[], None]) -> Iterator[Candidate]:
        digests = dict.fromkeys(map(_enters, approved.named))
        for digest in digests:
            if digest is not None:
                pause()
                at, there = approved.locations[digest], approved.present.get(digest)
                yield Candidate(
                    digest=digest,
                    spool=partial(self._runtime.outgoing.spooled, at),
                    present=_recorded(there, at) if there else self._left(approved, digest, at),
                )

    def _left(self, approved: Approved, digest: Digest, at: Location) -> Version | None:
        """Find what an earlier attempt put and could not record: a bucket would keep it twice.

        What is not the artefact, whoever put it, is no reason not to put the artefact.
        """
        if not approved.again:
            return None
        wanted = (key_of(digest), at.size)
        put = self._runtime.clean.versions(key_of(digest))
        fitting = (version for version in put if wanted == (version.key, version.size))
        return next((version for version in fitting if self._gate.holds(version, digest)), None)

    def _finish(
        self, lease: Lease, approved: Approved, promoted: Mapping[Digest, Promoted]
    ) -> bool:
        """Record what was promoted; nothing when something was recalled while bytes moved.

        Writers take turns, so a recall is either seen here or sees what is recorded here.
        """
        named = approved.named
        pairs = [(n, promoted[d]) for n in named if (d := _enters(n)) is not None]
        lines = [promote_line(n.entry, n.commitment, p) for n, p in pairs]
        recorded = self._recorder.store(Step.PROMOTE, lease.entries_shard, lines) if lines else None
        now = recorded.event.at if recorded is not None else self._runtime.clock()
        with self._runtime.catalogue.write() as connection:
            if recorded is not None and recalls.count(connection) != approved.recalls:
                return False
            leases.finish(connection, lease, now)
            if recorded is None:
                return True
            entries.settle(connection, [_standing(n) for n, _ in pairs])
            root = recorded.manifest.root
            entered = {p.digest: p for _, p in pairs}
            promotions.add(connection, [_row(p, lease, root, now) for p in entered.values()])
            self._recorder.commit(connection, recorded)
        return True


def _row(promoted: Promoted, lease: Lease, root: Digest, at: datetime) -> Promotion:
    return Promotion(
        digest=promoted.digest,
        key=promoted.key,
        version=promoted.version,
        run_id=lease.run_id,
        manifest=root,
        promoted_at=at,
    )


def _recorded(there: Promotion, at: Location) -> Version:
    return Version(key=there.key, version=there.version, size=at.size)


def _enters(named: NamedEntry) -> Digest | None:
    """Return what enters the clean zone for an entry: its own content, or the one in its place."""
    return named.entry.superseded_by or named.entry.digest


def _concerned(named: NamedEntry) -> set[Digest]:
    """Return whose recall stops an entry: what enters for it, and what that was made of."""
    return {d for d in (named.entry.superseded_by, named.entry.digest) if d is not None}


def _standing(named: NamedEntry) -> tuple[int, Standing]:
    entry = named.entry
    action = Action.SUPERSEDE if entry.superseded_by else Action.PROMOTE
    return entry.entry_id, Standing(
        stage=advance(entry.stage, action),
        verdict=entry.verdict,
        reason=entry.reason,
        superseded_by=entry.superseded_by,
    )
