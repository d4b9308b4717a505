"""A re-scan from its beginning to its end: look again, judge again, and recall or propose it.

It resumes by itself: what its shards committed is kept, and a recall that a crash cut short is
finished first. What waits for a person is found again by every later re-scan.
"""

import logging
import os
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from audit.event import EventType, timestamp
from catalogue import held_by, profiles, proposals, rescans, shards
from catalogue.rescans import Rescan, Work
from catalogue.runs import RunState
from catalogue.shards import Step
from custody.box import Json
from custody.errors import SettingsError, UsageError
from custody.ids import new_id
from custody.lifecycle import Action
from pipeline.deciding.recall import Recalled, approve
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, sign_act
from pipeline.recalling.proposing import propose
from pipeline.recalling.withdraw import carry_out, finish_open
from pipeline.recording import Recorder
from pipeline.rescanning.changes import Changes
from pipeline.rescanning.outcome import (
    PROPOSE,
    RECALL,
    outcome_of,
    plan_in_force,
    sized,
    with_recalls,
)
from pipeline.rescanning.report import NOTHING_TAKEN, Rescanned
from pipeline.rescanning.step import RescanStep
from pipeline.source_locks import rescanning
from pipeline.steps.drain import Around, Drain, StepWork, directly
from pipeline.steps.instruments import Instruments, OnDemandBox, open_inspector
from pipeline.steps.sequence import pause
from pipeline.wiring import Runtime
from sanitizers.inspection import Inspector

logger = logging.getLogger(__name__)

LANE = "rescan"
REST_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a re-scan covers: also what only older listings hold, with `everything`.

    With `since` it looks only at what runs listed that began since then, and at what waits to be
    recalled. A `patient` one waits for another to end: what was installed meanwhile is not left
    out.
    """

    everything: bool = False
    since: datetime | None = None
    unsafe: bool = False
    patient: bool = False

    @property
    def options(self) -> dict[str, Json]:
        """The same, as it is kept."""
        since = {} if self.since is None else {"since": timestamp(self.since)}
        return {"everything": self.everything, **since}

    def works(self, connection: sa.Connection, inspector: Inspector) -> list[Work]:
        """Return what is to be looked at; what is proposed is always among it.

        A re-scan says anew what waits as a whole, so it looks at all that waited.
        """
        works = rescans.work(connection, inspector.profile.digest, everything=self.everything)
        if self.since is None:
            return works
        asked = rescans.listed_since(connection, self.since)
        waiting = {e.shard_id for e in held_by.standing(connection, proposals.waiting(connection))}
        return [w for w in works if w.inventory_id in asked or w.shard_id in waiting]


def foresee(runtime: Runtime, asked: Asked) -> Rescanned:
    """Return what a re-scan would look at; nothing is begun."""
    inspector = open_inspector(runtime, unsafe=asked.unsafe)
    with runtime.catalogue.read() as connection:
        works = asked.works(connection, inspector)
    return sized(Rescanned(), works)


def rescan(
    runtime: Runtime, asked: Asked, stop: threading.Event, around: Around = directly
) -> Rescanned:
    """Look again at what is in the clean zone and what is held, with the rules in force now.

    Raises:
        SettingsError: a setting of recalls is unknown.
        RefusedError: policy, rules, box or ledger refuse.
        UnavailableError: a store or the catalogue fails, or another re-scan is under way.
        InterruptedRunError: it was asked to stop; the same command goes on.
    """
    started = time.monotonic()
    _check_settings(runtime)
    rest = partial(_rest, stop) if asked.patient else None
    with rescanning(runtime.home, runtime.catalogue, rest):
        inspector = open_inspector(runtime, unsafe=asked.unsafe)
        finish_open(runtime)
        begun, works = _begin(runtime, inspector, asked)
        if begun is None:
            return Rescanned(seconds=time.monotonic() - started)
        if begun.state is RunState.RUNNING:
            _drain(runtime, begun, inspector, stop, around)
        pause(stop)
        done = outcome_of(runtime, begun, inspector, works)
        propose(runtime, done.plan if done.waits else NOTHING_TAKEN, begun.rescan_id)
        done = _recalled(runtime, done)
        if begun.state is RunState.RUNNING:
            _finish(runtime, begun, RunState.DONE, done)
    return replace(done, seconds=time.monotonic() - started)


def _rest(stop: threading.Event) -> None:
    stop.wait(REST_SECONDS)
    pause(stop)


def confirm(runtime: Runtime, signatory: Signatory) -> Recalled:
    """Sign what a re-scan proposes to withdraw, and withdraw it unless a second person is needed.

    Raises:
        UsageError: nothing is proposed.
        SignatureError: the signature is not that of a registered person who may decide.
        StoreError: it is recorded, and some objects still stand; they go with the next command.
    """
    inspector = open_inspector(runtime)
    finish_open(runtime)
    begun, plan = plan_in_force(runtime, inspector)
    if begun is None or not plan.standing:
        raise UsageError("no recall is proposed", next_step="run `autoclave rescan` first")
    scope = f"re-scan {begun.rescan_id}, {len(plan.standing)} artefacts, {plan.code[:16]}"
    made = sign_act(runtime, Act(subject=plan.code, action=Action.RECALL, scope=scope), signatory)
    return approve(runtime, plan, made, cause=begun.rescan_id)


def _begin(
    runtime: Runtime, inspector: Inspector, asked: Asked
) -> tuple[Rescan | None, list[Work]]:
    """Return the unfinished re-scan of this kind, a new one, or the last one where none is needed.

    One that was begun with other rules is ended: what it committed stays, and is judged no more.
    """
    profile, policy = inspector.profile, inspector.policy.digest
    with runtime.catalogue.write() as connection:
        works = asked.works(connection, inspector)
        for other in rescans.running(connection):
            if (other.policy, other.profile, other.options) == (
                *(policy, profile.digest),
                asked.options,
            ):
                return other, works
            _abandon(connection, runtime, other)
        if not works:
            return rescans.latest(connection, profile.digest), works
        now = runtime.clock()
        begun = Rescan(
            rescan_id=new_id(now, os.urandom(10)),
            policy=policy,
            profile=profile.digest,
            options=asked.options,
            started_at=now,
        )
        _start(connection, runtime, begun, inspector, works)
    return begun, works


def _start(
    connection: sa.Connection,
    runtime: Runtime,
    begun: Rescan,
    inspector: Inspector,
    works: list[Work],
) -> None:
    rescans.start(connection, begun)
    profiles.add(connection, inspector.profile, begun.started_at)
    for work in works:
        shards.add(
            connection,
            run_id=begun.rescan_id,
            inventory_id=work.inventory_id,
            step=Step.RESCAN,
            lane=LANE,
            entries=work.entries,
            size=work.size,
            subject_id=work.shard_id,
        )
    body = {
        "policy": begun.policy,
        "profile": begun.profile,
        "instruments": inspector.profile.encode().decode(),
        "options": dict(begun.options),
        "shards": len(works),
    }
    kind = EventType.RESCAN_STARTED
    event = _recorder(runtime, begun).event(kind, body=body, at=begun.started_at)
    runtime.ledger.record(connection, event)


def _abandon(connection: sa.Connection, runtime: Runtime, other: Rescan) -> None:
    body = {"state": RunState.FAILED.value, "reason": "begun with other rules, policy or limits"}
    event = _recorder(runtime, other).event(EventType.RESCAN_FINISHED, body=body)
    rescans.finish(connection, other.rescan_id, RunState.FAILED, event.at)
    shards.close(connection, other.rescan_id)
    runtime.ledger.record(connection, event)


def _drain(
    runtime: Runtime,
    begun: Rescan,
    inspector: Inspector,
    stop: threading.Event,
    around: Around,
) -> None:
    stopping = partial(pause, stop)
    runtime = replace(runtime, vault=runtime.again)
    with (
        OnDemandBox(inspector, runtime.settings.run.workers) as box,
        closing(Changes(runtime, inspector)) as changes,
    ):
        instruments = Instruments(inspector=inspector, box=box)
        step = RescanStep(runtime, begun, instruments, changes)
        work = StepWork(step=Step.RESCAN, work=lambda lease: step.work(lease, stopping))
        Drain(runtime, begun.rescan_id, work, stop, around).run()


def _check_settings(runtime: Runtime) -> None:
    """Refuse a word that nobody knows: guessed wrong it would withdraw what was to be proposed.

    Raises:
        SettingsError: `recall.after_rescan` is none of its words.
    """
    word = runtime.settings.recall.after_rescan
    if word not in {RECALL, PROPOSE}:
        raise SettingsError(
            f"recall.after_rescan is {word!r}", next_step=f"give {RECALL!r} or {PROPOSE!r}"
        )


def _recalled(runtime: Runtime, done: Rescanned) -> Rescanned:
    """Withdraw what may be withdrawn without a person."""
    if done.plan.standing:
        logger.warning("%s artefacts in the clean zone are condemned", len(done.plan.standing))
        if not done.waits:
            carry_out(runtime, done.plan, done.rescan_id)
    return with_recalls(runtime, done)


def _finish(runtime: Runtime, begun: Rescan, state: RunState, done: Rescanned) -> None:
    body = {
        "state": state.value,
        "changed": done.changed,
        "newly_bad": len(done.plan.standing) if done.waits else len(done.recalled),
        "newly_clean": len(done.cleared),
        "unjudged": done.unjudged,
        "proposal": done.plan.code if done.waits else None,
        "recalls": list(done.recalls),
    }
    event = _recorder(runtime, begun).event(EventType.RESCAN_FINISHED, body=body)
    with runtime.catalogue.write() as connection:
        rescans.finish(connection, begun.rescan_id, state, event.at)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def _recorder(runtime: Runtime, begun: Rescan) -> Recorder:
    return Recorder(runtime=runtime, case="", run_id=begun.rescan_id)
