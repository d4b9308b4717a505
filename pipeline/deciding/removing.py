"""Takes rule packs, known-good digests and indicators out of force, on the record.

Fewer rules or indicators find less: that is a loosening, which two people sign. Fewer known-good
digests exempt less: that is a tightening, which one person does.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from audit.event import EventType
from catalogue import decisions, known_sets, rule_packs
from catalogue.known_sets import KnownSet, SetKind
from catalogue.rule_packs import RulePack
from custody.box import Json
from custody.decision import Decision
from custody.digest import Digest
from custody.errors import SignatureError, UsageError
from custody.lifecycle import Action
from pipeline.deciding.people import at_start
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.recording import ACTOR, Recorder
from pipeline.wiring import Runtime
from sanitizers.rules.installing import take_out_of_force

_EVENTS = {
    SetKind.GOODWARE: EventType.GOODWARE_REMOVED,
    SetKind.IOC: EventType.IOCS_REMOVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was taken out of force, unless a signature `waits` for that of a second person."""

    name: str
    digest: Digest
    entries: int
    waits: Decision | None = None


def remove_pack(runtime: Runtime, name: str, signatory: Signatory) -> Removed:
    """Take a rule pack out of force; its folder stays, and an older one never comes back alone.

    Raises:
        UsageError: no pack of that name is in force.
        SignatureError: no registered person who decides signs, or there are not two yet.
        RulesError: the home cannot be written.
    """
    with runtime.catalogue.read() as connection:
        pack = rule_packs.deployed_as(connection, name)
        before = rule_packs.history(connection, name)
    if pack is None and before and take_out_of_force(runtime.home.rules, name):
        # A removal was recorded, and the machine stopped before the home knew.
        return _gone(before[-1])
    if pack is None:
        raise UsageError(
            f"no rule pack {name} is in force",
            next_step="see `autoclave rules list`; the built-in rules stay",
        )
    scope = f"rule pack {name}, {pack.rules} rules, is removed"
    made, first = _signed(runtime, pack.digest, scope, signatory)
    if first is None:
        return Removed(name=name, digest=pack.digest, entries=pack.rules, waits=made)
    with runtime.catalogue.write() as connection:
        rule_packs.remove(connection, name)
        subject: dict[str, Json] = {"pack": name, "digest": pack.digest}
        _record(runtime, connection, EventType.RULES_REMOVED, subject, (first, made))
    runtime.ledger.publish()
    take_out_of_force(runtime.home.rules, name)
    return _gone(pack)


def remove_iocs(runtime: Runtime, name: str, signatory: Signatory) -> Removed:
    """Have indicators hold no longer what they name, by two people.

    Raises:
        UsageError: no indicators of that name are in force.
        SignatureError: no registered person who decides signs, or there are not two yet.
    """
    known = _deployed(runtime, SetKind.IOC, name)
    scope = f"indicators {name}, {known.entries} of {known.source}, are removed"
    made, first = _signed(runtime, known.digest, scope, signatory)
    removed = Removed(name=name, digest=known.digest, entries=known.entries, waits=made)
    if first is None:
        return removed
    return _remove_set(runtime, known, (first, made))


def remove_goodware(runtime: Runtime, name: str) -> Removed:
    """Have known-good digests exempt nothing any more; anyone may, for it tightens.

    Raises:
        UsageError: no set of that name is in force.
    """
    return _remove_set(runtime, _deployed(runtime, SetKind.GOODWARE, name), ())


def _deployed(runtime: Runtime, kind: SetKind, name: str) -> KnownSet:
    with runtime.catalogue.read() as connection:
        found = [k for k in known_sets.deployed(connection, kind) if k.name == name]
    if not found:
        raise UsageError(
            f"no set {name} was added", next_step=f"see `autoclave {kind.value} list` for the names"
        )
    return found[0]


def _signed(
    runtime: Runtime, digest: Digest, scope: str, signatory: Signatory
) -> tuple[Decision, Decision | None]:
    """Record a signature under a removal; return it and the first one, if it is the second."""
    if at_start(runtime):
        raise SignatureError(
            "what finds malware is removed by two registered people",
            next_step="register them: `autoclave people add`",
        )
    made = sign_act(runtime, Act(subject=digest, action=Action.REPLACE, scope=scope), signatory)
    first = first_of(runtime, made)
    record(runtime, made, completes=first)
    return made, first


def _remove_set(runtime: Runtime, known: KnownSet, signed: tuple[Decision, ...]) -> Removed:
    with runtime.catalogue.write() as connection:
        known_sets.remove(connection, known.kind, known.name)
        subject: dict[str, Json] = {"set": known.name, "digest": known.digest}
        _record(runtime, connection, _EVENTS[known.kind], subject, signed)
    runtime.ledger.publish()
    return Removed(name=known.name, digest=known.digest, entries=known.entries)


def _record(
    runtime: Runtime,
    connection: sa.Connection,
    kind: EventType,
    subject: dict[str, Json],
    signed: tuple[Decision, ...],
) -> None:
    """Write the event, and give the decisions that it names their effect, in one transaction."""
    for decision in signed:
        decisions.mark_effective(connection, decision.decision_id)
    event = Recorder(runtime=runtime, case="", run_id="").event(
        kind,
        subject=subject,
        body={"decisions": [decision.decision_id for decision in signed]},
        actor=signed[-1].actor if signed else ACTOR,
        at=runtime.clock(),
    )
    runtime.ledger.record(connection, event)


def _gone(pack: RulePack) -> Removed:
    return Removed(name=pack.name, digest=pack.digest, entries=pack.rules)
