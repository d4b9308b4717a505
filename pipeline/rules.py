"""Installs rule packs offline, on the record, and shows what is in force."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from audit.event import EventType
from catalogue import rule_packs
from catalogue.rule_packs import RulePack
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.instruments import packs_in_force
from pipeline.wiring import Runtime
from sanitizers.engines.registry import engine_named
from sanitizers.rules.checking import PackReport, check
from sanitizers.rules.installing import install
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
        today=runtime.clock().date(),
        name=wanted.name,
        version=wanted.version,
        dated=wanted.dated,
    )


def check_pack(runtime: Runtime, wanted: PackToAdd) -> PackReport:
    """Compile a pack without installing it, and say what was found."""
    return check(read(runtime, wanted), engine_named(runtime.settings.rules.engine))


def add(runtime: Runtime, wanted: PackToAdd) -> InstalledPack:
    """Check and install a pack; the event is published before this returns.

    Raises:
        RulesError: the pack does not compile, is not allowed, or is older than the one in force.
    """
    source = read(runtime, wanted)
    installed = install(source, runtime.home.rules, engine_named(runtime.settings.rules.engine))
    manifest = installed.manifest
    now = runtime.clock()
    body = {
        "version": manifest.version,
        "licence": manifest.licence,
        "rules": manifest.rules,
        "dated": manifest.dated.isoformat() if manifest.dated else None,
    }
    recorder = Recorder(runtime=runtime, case="", run_id="")
    subject = {"pack": manifest.name, "digest": manifest.digest}
    with runtime.catalogue.write() as connection:
        rule_packs.deploy(connection, _row(installed, now))
        event = recorder.event(
            EventType.RULES_ADDED, subject=subject, body=body, actor=ACTOR, at=now
        )
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return installed


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
