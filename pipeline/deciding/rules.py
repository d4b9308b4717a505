"""Installs rule packs offline, on the record, and shows what is in force.

A pack that adds rules tightens, and anyone may add it. One that takes rules out of force, or
changes them, is a loosening as soon as there are two people who decide: both sign it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from audit.event import EventType
from catalogue import decisions, rule_packs
from catalogue.rule_packs import RulePack
from custody.decision import Decision
from custody.errors import RulesError, UsageError
from custody.lifecycle import Action
from pipeline.deciding.pack_signatures import check_signature
from pipeline.deciding.people import at_start
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.instruments import packs_in_force
from pipeline.wiring import Runtime
from sanitizers.engines.registry import engine_named
from sanitizers.rules.checking import PackReport, check
from sanitizers.rules.comparing import carried, lost, rule_names
from sanitizers.rules.grading import Grades, read_grades
from sanitizers.rules.installing import is_older, load_pack, prepare, put_in_force
from sanitizers.rules.pack import STATUS_OVERRIDES, InstalledPack, RulePackSource, RuleStatus
from sanitizers.rules.reading import read_pack

MOST_SCALE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PackToAdd:
    """A pack on disk, and what its files do not say themselves.

    `expected` is its digest or the beginning of it. `signature` is a detached one by the key in the
    file `signer`: of a ZIP over its bytes, of a folder over the list of its files and digests.
    `severities` is a file with the scale of its authors; else that of the pack in force goes on.
    """

    path: Path
    name: str = ""
    version: str = ""
    dated: date | None = None
    expected: str = ""
    signature: Path | None = None
    signer: Path | None = None
    severities: Path | None = None


def read(runtime: Runtime, wanted: PackToAdd) -> RulePackSource:
    """Read a pack from a folder or ZIP.

    Raises:
        RulesError: there are no rules, or the archive is hostile.
        SignatureError: it is not signed by the key that was named.
    """
    source = read_pack(
        wanted.path,
        today=runtime.ledger.now().date(),
        name=wanted.name,
        version=wanted.version,
        dated=wanted.dated,
    )
    signer = check_signature(source, wanted.path, wanted.signature, wanted.signer)
    grades = _grades(wanted.severities) if wanted.severities else source.manifest.grades
    return replace(source, manifest=replace(source.manifest, signer=signer, grades=grades))


def _grades(path: Path) -> Grades:
    try:
        with path.open("rb") as stream:
            return read_grades(stream.read(MOST_SCALE_BYTES))
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be read: {error.strerror}", next_step="correct --severities"
        ) from error


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

    What was decided of single rules goes on where their author did not change them.

    Raises:
        RulesError: the pack does not compile, is not allowed, is not the expected or the signed
            one, or is older than the one in force and nobody signs that.
        SignatureError: it takes rules out of force, and no registered person who decides signs.
        UsageError: it takes rules out of force, and nobody is named as signing that.
    """
    source = read(runtime, wanted)
    if wanted.expected and not source.digest.startswith(wanted.expected):
        raise RulesError(
            f"the pack is {source.digest}, and not the expected one",
            next_step="get the pack from its author again, or correct --expect",
        )
    with runtime.catalogue.read() as connection:
        recorded = rule_packs.deployed_as(connection, source.name)
        before = rule_packs.history(connection, source.name)
    present = _present(runtime, recorded)
    if present is not None and present.digest != source.digest:
        source = _with(source, overrides=carried(present, source))
        if wanted.severities is None:
            graded = replace(source.manifest, grades=present.manifest.grades)
            source = replace(source, manifest=graded)
    loosened = _loosened(source, recorded, present)
    if recorded is None and before:
        loosened = _coming_back(source, before[-1], _present(runtime, before[-1]))
    return _install(runtime, source, loosened, signatory)


def set_status(
    runtime: Runtime,
    rule: tuple[str, str],
    status: RuleStatus,
    signatory: Signatory | None = None,
) -> Added:
    """Let a rule (of a pack, by its name) count, be only shown, or rest; less takes two people.

    Raises:
        RulesError: the pack is damaged.
        SignatureError: it is a loosening, and no registered person who decides signs.
        UsageError: there is no such pack or rule, or a loosening is signed by nobody.
    """
    pack, name = rule
    with runtime.catalogue.read() as connection:
        recorded = rule_packs.deployed_as(connection, pack)
    if recorded is None:
        raise UsageError(
            f"no rule pack {pack} was added", next_step="see `autoclave rules list` for their names"
        )
    present = load_pack(runtime.home.rules / pack / recorded.digest, recorded.digest)
    if name not in rule_names(present):
        raise UsageError(
            f"rule pack {pack} has no rule {name}",
            next_step="give the part behind the colon of a finding's rule",
        )
    others = {r: said for r, said in present.manifest.overrides.items() if r != name}
    word = STATUS_OVERRIDES[status]
    source = _with(present, overrides=others if word is None else {**others, name: word})
    gone = lost(present, source)
    words = (f"rule {name} becomes {status.value}",) if gone else ()
    return _install(runtime, source, Loosened(lost=len(gone), words=words), signatory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """What one pack loosens when it takes the place of another, in words that two people sign."""

    lost: int = 0
    words: tuple[str, ...] = ()


def _install(
    runtime: Runtime, source: RulePackSource, loosened: Loosened, signatory: Signatory | None
) -> Added:
    """Put a pack in force; what it loosens waits for the second of two signatures."""
    engine = engine_named(runtime.settings.rules.engine)
    by_two = signatory is not None and not at_start(runtime)
    prepared = prepare(source, runtime.home.rules, engine, allow_older=by_two)
    signed: tuple[Decision, ...] = ()
    if loosened.words and not at_start(runtime):
        made, first = _sign(runtime, source, loosened, signatory)
        if first is None:
            return Added(pack=prepared, lost=loosened.lost, waits=made)
        signed = (first, made)
    _record(runtime, prepared, signed)
    put_in_force(prepared)
    return Added(pack=prepared, lost=loosened.lost)


def _with(source: RulePackSource, *, overrides: Mapping[str, str]) -> RulePackSource:
    return replace(source, manifest=replace(source.manifest, overrides=overrides))


def _present(runtime: Runtime, recorded: RulePack | None) -> RulePackSource | None:
    """Return the recorded pack of a name; None when it is not there any more."""
    if recorded is None:
        return None
    try:
        return load_pack(runtime.home.rules / recorded.name / recorded.digest, recorded.digest)
    except RulesError:
        return None


def _loosened(
    source: RulePackSource, recorded: RulePack | None, present: RulePackSource | None
) -> Loosened:
    """Return what a new pack loosens against the recorded one of its name.

    Of a pack that is not there any more nothing is known: all its rules count.
    """
    if recorded is None or recorded.digest == source.digest:
        return Loosened()
    gone = len(lost(present, source)) if present else recorded.rules
    older = present is not None and is_older(source.manifest, present.manifest)
    graded = present is not None and source.manifest.grades.loosens(present.manifest.grades)
    signer = present.manifest.signer if present else ""
    unsigned = signer not in {"", source.manifest.signer}
    words = (
        *((f"{gone} rules lost or changed",) if gone else ()),
        *(("older than the one in force",) if older else ()),
        *(("less severe by its scale",) if graded else ()),
        *(("not signed by its author's key",) if unsigned else ()),
    )
    return Loosened(lost=gone, words=words)


def _coming_back(
    source: RulePackSource, removed: RulePack, present: RulePackSource | None
) -> Loosened:
    """Return what a pack loosens whose name stood for another one until it was removed.

    That nothing of the name is in force lets no older pack come in by one person: who may remove
    and add again could go back. Of what is not there any more its day alone is known.
    """
    if present is not None:
        older = is_older(source.manifest, present.manifest)
    else:
        dated = source.manifest.dated
        older = dated is None or dated < removed.dated.date()
    return Loosened(words=("older than the one that was removed",) if older else ())


def _sign(
    runtime: Runtime, source: RulePackSource, loosened: Loosened, signatory: Signatory | None
) -> tuple[Decision, Decision | None]:
    """Record a signature under a loosening; return it and the first one, if it is second."""
    words = ", ".join(loosened.words)
    if signatory is None:
        raise UsageError(
            f"rule pack {source.name}, {words}: two people sign that",
            next_step="add --as NAME --key FILE --reason TEXT, or give the pack another --name",
        )
    act = Act(
        subject=source.digest,
        action=Action.REPLACE,
        scope=f"rule pack {source.name}, {words}",
    )
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
