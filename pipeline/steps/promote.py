"""The promote step: what a published decision calls clean enters the clean zone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from audit.event import EventType
from catalogue import entries, leases, promotions, recalls
from catalogue.entries import Standing
from catalogue.leases import Lease
from catalogue.manifests import StoredManifest
from catalogue.promotions import Promotion
from catalogue.shards import Step
from cleanzone.promotion import Candidate, Gate, Promoted, key_of
from cleanzone.recall import remove
from custody.artefact import Location
from custody.digest import Digest
from custody.lifecycle import Action, advance
from custody.verdict import Judgement, Verdict
from pipeline.recording import Recorder
from pipeline.steps.approval import (
    Approved,
    approved_in,
    concerned,
    entering,
    lines_about,
    lines_of,
)
from pipeline.steps.lines import assess_line, promote_line
from pipeline.steps.shard_view import NamedEntry
from pipeline.wiring import Runtime
from storage.interface import Version

# What a decision that is taken again goes on to say.
LASTING = ("policy", "profile", "recalls")


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
        approved = self._without_recalled(lease, approved_in(self._runtime, lease))
        if not approved.named:
            self._finish(lease, approved, {})
            return
        self._intend(lease, approved)
        receipt = self._runtime.ledger.receipt(approved.decision.event_id, approved.decision.root)
        lines = lines_of(self._runtime, approved.decision)
        candidates = self._candidates(approved, pause)
        promoted = {p.digest: p for p in self._gate.promote(receipt, lines, candidates)}
        approved = replace(approved, again=True)
        while not self._finish(lease, approved, promoted):
            approved = self._without_recalled(lease, approved)
            if approved.named:
                self._intend(lease, approved)

    def give_up(self, lease: Lease) -> None:
        """Hold the single entry of a shard whose bytes could not be promoted in any attempt."""
        approved = approved_in(self._runtime, lease)
        if approved.named:
            reason = f"promotion failed {lease.attempts - 1} attempts"
            self._hold(lease, approved, approved.named, reason)
        self._finish(lease, replace(approved, named=()), {})

    def _without_recalled(self, lease: Lease, approved: Approved) -> Approved:
        """Hold what was recalled after it was decided on: by others, or while no run was on."""
        contents = {d for n in approved.named for d in concerned(n)}
        with self._runtime.catalogue.read() as connection:
            recalled = recalls.against(connection, contents)
            seen = replace(approved, recalls=recalls.count(connection))
        late = {digest for digest, by in recalled.items() if by - approved.answered}
        held = tuple(n for n in approved.named if not late.isdisjoint(concerned(n)))
        if not held:
            return seen
        left = tuple(n for n in approved.named if late.isdisjoint(concerned(n)))
        if approved.again:
            self._take_out(held)
        again = self._hold(lease, approved, held, "recalled since it was decided")
        return replace(seen, named=left, decision=again)

    def _take_out(self, held: Sequence[NamedEntry]) -> None:
        """Remove what was put before the recall was seen: no row names it, so nobody else would."""
        put = {d for n in held if (d := entering(n)) is not None}
        with self._runtime.catalogue.read() as connection:
            kept = promotions.known(connection, put)
        remove(self._runtime.recaller, map(key_of, sorted(put - kept.keys())))

    def _hold(
        self, lease: Lease, approved: Approved, named: Sequence[NamedEntry], reason: str
    ) -> StoredManifest:
        """Hold some entries, by a decision that says of all others what the one before it said.

        Whoever takes the shard up, or asks what let an entry in, finds one decision on all of them.
        """
        judgement = Judgement(verdict=Verdict.INDETERMINATE, reasons=(reason,))
        held = [(n, advance(n.entry.stage, Action.HOLD)) for n in named]
        left = [n for n in approved.named if n not in named]
        lines = [assess_line(n.entry, n.commitment, judgement, stage) for n, stage in held]
        lines += lines_about(lines_of(self._runtime, approved.decision), left)
        told = {name: approved.told[name] for name in LASTING if name in approved.told}
        recorded = self._recorder.store(Step.ASSESS, lease.entries_shard, lines, told)
        moves = [
            (n.entry.entry_id, Standing(stage=stage, verdict=judgement.verdict, reason=reason))
            for n, stage in held
        ]
        now = self._runtime.clock()
        with self._runtime.catalogue.write() as connection:
            leases.renew(connection, lease, now, self._runtime.lease_time)
            entries.settle(connection, moves)
            return self._recorder.commit(connection, recorded)

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
        digests = dict.fromkeys(map(entering, approved.named))
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
        pairs = [(n, promoted[d]) for n in named if (d := entering(n)) is not None]
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


def _standing(named: NamedEntry) -> tuple[int, Standing]:
    entry = named.entry
    action = Action.SUPERSEDE if entry.superseded_by else Action.PROMOTE
    return entry.entry_id, Standing(
        stage=advance(entry.stage, action),
        verdict=entry.verdict,
        reason=entry.reason,
        superseded_by=entry.superseded_by,
    )
