"""Installs rule packs offline, on the record, and shows what is in force.

A pack that adds rules tightens, and anyone may add it. One that takes rules out of force, or
changes them, is a loosening as soon as there are two people who decide: both sign it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from audit.event import EventType
from catalogue import decisions, rule_packs
from catalogue.rule_packs import RulePack
from custody.decision import Decision
from custody.errors import RulesError, UsageError
from custody.lifecycle import Action
from pipeline.deciding.people import at_start
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.instruments import packs_in_force
from pipeline.wiring import Runtime
from sanitizers.engines.registry import engine_named
from sanitizers.rules.checking import PackReport, check
from sanitizers.rules.comparing import lost
from sanitizers.rules.installing import load_pack, prepare, put_in_force
from sanitizers.rules.pack import InstalledPack, RulePackSource
from sanitizers.rules.reading import read_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class PackToAdd:
    """A pack on disk, and what its files do not say themselves."""

    path: Path
    name: str = ""
    version: str = ""
    dated: date | None = None


def read(runtime: Runtime, wanted: PackToAdd) -> RulePackSource:
    """Read a pack from a folder or ZIP.

    Raises:
        RulesError: there are no rules, or the archive is hostile.
    """
    return read_pack(
        wanted.path,
        today=runtime.ledger.now().date(),
        name=wanted.name,
        version=wanted.version,
        dated=wanted.dated,
    )


def check_pack(runtime: Runtime, wanted: PackToAdd) -> PackReport:
    """Compile a pack without installing it, and say what was found."""
    return check(read(runtime, wanted), engine_named(runtime.settings.rules.engine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A pack, how many rules of the one in force it changes or lacks, and the first signature.

    The pack is in force unless a signature `waits` for that of a second person.
    """

    pack: InstalledPack
    lost: int
    waits: Decision | None = None


def add(runtime: Runtime, wanted: PackToAdd, signatory: Signatory | None = None) -> Added:
    """Check a pack, record it, and put it in force when its event is published.

    Raises:
        RulesError: the pack does not compile, is not allowed, or is older than the one in force.
        SignatureError: it takes rules out of force, and no registered person who decides signs.
        UsageError: it takes rules out of force, and nobody is named as signing that.
    """
    source = read(runtime, wanted)
    prepared = prepare(source, runtime.home.rules, engine_named(runtime.settings.rules.engine))
    gone = _lost(runtime, source)
    signed: tuple[Decision, ...] = ()
    if gone and not at_start(runtime):
        made, first = _sign(runtime, source, len(gone), signatory)
        if first is None:
            return Added(pack=prepared, lost=len(gone), waits=made)
        signed = (first, made)
    _record(runtime, prepared, signed)
    put_in_force(prepared)
    return Added(pack=prepared, lost=len(gone))


def _lost(runtime: Runtime, source: RulePackSource) -> tuple[str, ...]:
    """Return the rules that the recorded pack of this name has and a new one lacks or changes.

    Of a pack that is not there any more nothing is known: all its rules count.
    """
    with runtime.catalogue.read() as connection:
        recorded = [p for p in rule_packs.deployed(connection) if p.name == source.name]
    for present in recorded:
        if present.digest == source.digest:
            return ()
        folder = runtime.home.rules / present.name / present.digest
        try:
            return lost(load_pack(folder, present.digest), source)
        except RulesError:
            return tuple(map(str, range(present.rules)))
    return ()


def _sign(
    runtime: Runtime, source: RulePackSource, gone: int, signatory: Signatory | None
) -> tuple[Decision, Decision | None]:
    """Record a signature under the loss of rules; return it and the first one, if it is second."""
    if signatory is None:
        raise UsageError(
            f"{gone} rules of {source.name} are lost or changed by this pack: two people sign that",
            next_step="add --as NAME --key FILE --reason TEXT, or give the pack another --name",
        )
    scope = f"rule pack {source.name}, {gone} rules lost or changed"
    act = Act(subject=source.digest, action=Action.REPLACE, scope=scope)
    made = sign_act(runtime, act, signatory)
    first = first_of(runtime, made)
    record(runtime, made, completes=first)
    return made, first


def _record(runtime: Runtime, installed: InstalledPack, signed: tuple[Decision, ...]) -> None:
    """Publish that a pack comes in force, before it does."""
    manifest = installed.manifest
    now = runtime.clock()
    body = {
        "version": manifest.version,
        "licence": manifest.licence,
        "rules": manifest.rules,
        "dated": manifest.dated.isoformat() if manifest.dated else None,
        "decisions": [decision.decision_id for decision in signed],
    }
    actor = signed[-1].actor if signed else ACTOR
    recorder = Recorder(runtime=runtime, case="", run_id="")
    subject = {"pack": manifest.name, "digest": manifest.digest}
    with runtime.catalogue.write() as connection:
        rule_packs.deploy(connection, _row(installed, now))
        for decision in signed:
            decisions.mark_effective(connection, decision.decision_id)
        event = recorder.event(
            EventType.RULES_ADDED, subject=subject, body=body, actor=actor, at=now
        )
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def in_force(runtime: Runtime) -> tuple[InstalledPack, ...]:
    """Return the packs that the next run will use."""
    return packs_in_force(runtime)


def _row(installed: InstalledPack, now: datetime) -> RulePack:
    manifest = installed.manifest
    dated = manifest.dated
    moment = datetime(dated.year, dated.month, dated.day, tzinfo=UTC) if dated else now
    return RulePack(
        name=manifest.name,
        digest=manifest.digest,
        version=manifest.version,
        licence=manifest.licence,
        rules=manifest.rules,
        dated=moment,
        added_at=now,
    )
