"""A person's recall: by artefact, rule, source or decision, signed, and by two where it is much."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import decisions, entries, expansions, held_by, inspections, inventories, promotions
from catalogue import runs as all_runs
from catalogue.entries import StoredEntry
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import UsageError
from custody.lifecycle import Action, Stage
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.notices import WAITS, Notice, notify
from pipeline.recalling.plan import Plan, Reason, plan_of
from pipeline.recalling.withdraw import carry_out, finish_open
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person recalls: exactly one of these is given."""

    digest: Digest | None = None
    rule: str = ""
    source: str = ""
    decision: str = ""

    @property
    def words(self) -> str:
        """The same in one line, which is signed."""
        if self.digest is not None:
            return f"artefact {self.digest}"
        if self.rule:
            return f"rule {self.rule}"
        return f"source {self.source}" if self.source else f"decision {self.decision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What became of a recall; without an id it waits for a second person."""

    decision: Decision
    plan: Plan
    recall_id: str = ""


def recall(runtime: Runtime, asked: Asked, signatory: Signatory) -> Recalled:
    """Withdraw from the clean zone what a person names, with all that holds it.

    Raises:
        UsageError: nothing of it stands in the clean zone.
        SignatureError: the signature is not that of a registered person who may decide.
        StoreError: it is recorded, and some objects still stand; they go with the next command.
    """
    finish_open(runtime)
    plan = planned(runtime, asked)
    subject = asked.digest or plan.code
    scope = f"{asked.words}, {len(plan.standing)} artefacts, {plan.code[:16]}"
    act = Act(subject=subject, action=Action.RECALL, scope=scope)
    made = sign_act(runtime, act, signatory)
    return approve(runtime, plan, made, cause=made.decision_id)


def approve(runtime: Runtime, plan: Plan, made: Decision, cause: str) -> Recalled:
    """Record a signature under a plan, and carry it out unless it is much and the first one."""
    first = first_of(runtime, made) if plan.trips else None
    record(runtime, made, completes=first)
    if plan.trips and first is None:
        numbers = {"artefacts": len(plan.standing), "services": len(plan.trips)}
        notify(runtime, Notice(kind=WAITS, subject=made.decision_id, numbers=numbers))
        return Recalled(decision=made, plan=plan)
    signed = (made,) if first is None else (first, made)
    return Recalled(decision=made, plan=plan, recall_id=carry_out(runtime, plan, cause, signed))


def planned(runtime: Runtime, asked: Asked) -> Plan:
    """Return what a person's recall would take.

    Raises:
        UsageError: nothing of it stands in the clean zone.
    """
    with runtime.catalogue.read() as connection:
        named = set(_named(connection, asked))
        reasons = {d: Reason(texts=(f"recalled: {asked.words}",)) for d in named}
        reasons |= holding(connection, reasons)
        standing = promotions.known(connection, reasons)
        kept = {d: r for d, r in reasons.items() if d in standing or d == asked.digest}
        plan = plan_of(connection, kept, runtime.settings.recall)
    if not plan.standing:
        raise UsageError(
            f"nothing of {asked.words} stands in the clean zone",
            next_step="see `autoclave list --stage promoted`",
        )
    return plan


def holding(connection: sa.Connection, parts: Mapping[Digest, Reason]) -> dict[Digest, Reason]:
    """Return what some contents were taken out of or cut from, all the way up, and cuts of those.

    What holds a part that is recalled, and what was cut from an extract that is, go with it.
    """
    found: dict[Digest, Reason] = {}
    level = dict(parts)
    while level:
        above: dict[Digest, Reason] = {}
        for digest, reason in level.items():
            for whole in expansions.derived_from(connection, digest):
                above.setdefault(whole, reason)
        level = {d: r for d, r in above.items() if d not in found and d not in parts}
        found |= level
    for entry in held_by.superseded(connection, [*parts, *found]):
        if entry.superseded_by is not None and entry.digest is not None:
            reason = {**found, **parts}[entry.digest]
            found.setdefault(entry.superseded_by, reason)
    return found


def _named(connection: sa.Connection, asked: Asked) -> Iterable[Digest]:
    if asked.digest is not None:
        return [asked.digest]
    if asked.rule:
        return inspections.by_rule(connection, asked.rule)
    if asked.source:
        return _of_source(connection, asked.source)
    stored = decisions.get(connection, asked.decision)
    if stored is None:
        raise UsageError(
            f"there is no decision {asked.decision}", next_step="see `autoclave show DIGEST`"
        )
    return [stored.decision.subject]


def _of_source(connection: sa.Connection, source_id: str) -> list[Digest]:
    run = all_runs.latest(connection, source_id)
    if run is None:
        raise UsageError(f"no run of a source {source_id}", next_step="see `autoclave source list`")
    own = [
        i.inventory_id
        for i in inventories.of_run(connection, run.run_id)
        if i.source_id == source_id
    ]
    standing = [
        entry
        for inventory_id in own
        for stage in (Stage.PROMOTED, Stage.SUPERSEDED)
        for entry in entries.of_inventory(connection, inventory_id, stage)
    ]
    return [d for d in map(_enters, standing) if d is not None]


def _enters(entry: StoredEntry) -> Digest | None:
    return entry.superseded_by or entry.digest
