"""What a re-scan came to: judged from what it committed, so that whoever asks later hears the same.

What any re-scan under these instruments had inspected anew counts, and what waits to be recalled:
where rules changed that say nothing of it, what was said before was carried over, and condemns it
still.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from audit import manifest
from catalogue import promotions, proposals, recalls, rescans
from catalogue.rescans import Rescan, Work
from custody.digest import Digest
from pipeline.deciding.recall import holding
from pipeline.recalling.plan import Plan, Taken, decode, plan_of
from pipeline.recording import Recorder
from pipeline.rescanning.judging import Found, Judging
from pipeline.rescanning.report import Rescanned
from pipeline.steps.instruments import open_inspector
from pipeline.wiring import Runtime
from sanitizers.inspection import Inspector

RECALL = "recall"
PROPOSE = "propose"


def outcome_of(
    runtime: Runtime, begun: Rescan, inspector: Inspector, works: Sequence[Work]
) -> Rescanned:
    """Return what a re-scan found, before anything was withdrawn for it."""
    found = _judged(runtime, begun, inspector)
    plan = _plan(runtime, found)
    with runtime.catalogue.read() as connection:
        changed = rescans.count_changed(connection, begun.rescan_id)
    done = Rescanned(
        rescan_id=begun.rescan_id,
        changed=changed,
        unjudged=len(found.unjudged),
        cleared=tuple(sorted(found.cleared)),
        plan=plan,
        waits=_waits(runtime, plan),
    )
    return with_recalls(runtime, sized(done, works))


def with_recalls(runtime: Runtime, done: Rescanned) -> Rescanned:
    """Return the same with all that was recalled for it by now."""
    with runtime.catalogue.read() as connection:
        acts = recalls.caused_by(connection, done.rescan_id)
        taken = {
            d: r for a in acts for d, r in recalls.contents_of(connection, a.recall_id).items()
        }
    return replace(done, recalls=tuple(a.recall_id for a in acts), recalled=taken)


def sized(done: Rescanned, works: Sequence[Work]) -> Rescanned:
    """Return the same with how much was to be looked at."""
    return replace(
        done,
        shards=len(works),
        entries=sum(work.entries for work in works),
        bytes=sum(work.size for work in works),
    )


def plan_in_force(runtime: Runtime, inspector: Inspector) -> tuple[Rescan | None, Plan]:
    """Return the last re-scan under these instruments, and what it condemned that still stands."""
    with runtime.catalogue.read() as connection:
        begun = rescans.latest(connection, inspector.profile.digest)
    if begun is None:
        return None, Plan(taken=())
    return begun, _plan(runtime, _judged(runtime, begun, inspector))


def ended_since(runtime: Runtime, since: datetime, seconds: float) -> Rescanned:
    """Return what came of a re-scan that another process did since a moment.

    Raises:
        RefusedError: policy or rules cannot be read.
    """
    inspector = open_inspector(runtime)
    with runtime.catalogue.read() as connection:
        begun = rescans.latest(connection, inspector.profile.digest)
        if begun is None:
            return Rescanned(seconds=seconds)
        own = begun.ended_at is not None and begun.ended_at >= since
        works = rescans.worked_on(connection, begun.rescan_id) if own else []
    done = outcome_of(runtime, begun, inspector, works)
    return replace(done, plan=done.plan if done.waits else _taken(runtime, begun), seconds=seconds)


def _taken(runtime: Runtime, begun: Rescan) -> Plan:
    """Return what was recalled for a re-scan, as the manifests of its recalls tell it."""
    with runtime.catalogue.read() as connection:
        acts = recalls.caused_by(connection, begun.rescan_id)
    return Plan(taken=tuple(taken for act in acts for taken in _of_act(runtime, act.manifest)))


def _of_act(runtime: Runtime, root: Digest) -> list[Taken]:
    with runtime.audit.open(manifest.key_of(root)) as file:
        return list(map(decode, manifest.decode(manifest.read(file.read(), root))))


def _judged(runtime: Runtime, begun: Rescan, inspector: Inspector) -> Found:
    with runtime.catalogue.read() as connection:
        changed = rescans.changed(connection, begun.profile) | proposals.waiting(connection).keys()
    recorder = Recorder(runtime=runtime, case="", run_id=begun.rescan_id)
    return Judging(runtime, recorder, inspector).judge(changed)


def _plan(runtime: Runtime, found: Found) -> Plan:
    with runtime.catalogue.read() as connection:
        reasons = {**holding(connection, found.condemned), **found.condemned}
        standing = promotions.known(connection, reasons)
        kept = {digest: reason for digest, reason in reasons.items() if digest in standing}
        return plan_of(connection, kept, runtime.settings.recall)


def _waits(runtime: Runtime, plan: Plan) -> bool:
    """Whether a person has to say that the recall is right."""
    proposes = runtime.settings.recall.after_rescan == PROPOSE
    return bool(plan.standing) and (proposes or bool(plan.trips))
