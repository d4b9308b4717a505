"""Whether a machine and a home are fit for work, check by check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from catalogue import sources
from cli.dry_run import free_bytes
from cli.quantities import count_text, size_text
from custody.box import Json
from custody.errors import AutoclaveError
from custody.source import SourceKind
from flows.in_force import Way, api_of, in_force
from pipeline.anchoring.trusted import trusted
from pipeline.settings import Settings
from pipeline.source_sftp import readiness
from pipeline.steps.instruments import packs_in_force, policy_in_force
from pipeline.wiring import Runtime, open_runtime
from sandbox.doctor import probe
from sanitizers.antivirus.judging import open_antivirus
from sanitizers.engines.registry import ENGINES, engine_version
from sanitizers.policy import check_packs

RIGHT = "locked and versioned as its zone must be, with its policy"
LEAST_FREE = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. Without a mandatory one nothing may be promoted."""

    area: str
    name: str
    mandatory: bool
    passed: bool
    detail: str

    def as_json(self) -> dict[str, Json]:
        """Return the check for tools."""
        return {
            "area": self.area,
            "name": self.name,
            "mandatory": self.mandatory,
            "passed": self.passed,
            "detail": self.detail,
        }

    @property
    def failed(self) -> bool:
        """Whether this alone makes the machine unfit."""
        return self.mandatory and not self.passed


def diagnose(settings: Settings) -> list[Check]:
    """Look at everything; a home that does not open is one of the findings."""
    found = [*_protections(), *_engines(settings)]
    try:
        with open_runtime(settings) as runtime:
            found += [*_home(runtime), *_catalogue(runtime), *_rules(runtime), *_ledger(runtime)]
            found.append(_antivirus(settings))
            found += _stores(settings, runtime)
            found += _servers(settings, runtime)
    except AutoclaveError as error:
        found.append(_check("home", "opens", passed=False, detail=str(error)))
    return found


def _check(area: str, name: str, *, passed: bool, detail: str, mandatory: bool = True) -> Check:
    return Check(area=area, name=name, mandatory=mandatory, passed=passed, detail=detail)


def _protections() -> Iterator[Check]:
    for found in probe():
        yield _check(
            "sandbox", found.name, passed=found.on, detail=found.detail, mandatory=found.mandatory
        )


def _engines(settings: Settings) -> Iterator[Check]:
    for name in ENGINES:
        chosen = name == settings.rules.engine
        try:
            version, there = engine_version(name), True
        except AutoclaveError as error:
            version, there = error.reason, False
        detail = f"{version}{', in use' if chosen and there else ''}"
        yield _check("engine", name, passed=there, detail=detail, mandatory=chosen)


def _home(runtime: Runtime) -> Iterator[Check]:
    root = runtime.home.root
    yield _check("home", "writable", passed=True, detail=str(root))
    private = root.stat().st_mode & 0o077 == 0
    detail = "only its owner can read it" if private else f"others can read it: chmod 700 {root}"
    yield _check("home", "private", passed=private, detail=detail, mandatory=False)
    free = free_bytes(root)
    yield _check(
        "home", "room", passed=free >= LEAST_FREE, detail=f"{size_text(free)} free", mandatory=False
    )
    yield _orchestration(runtime.settings)


def _orchestration(settings: Settings) -> Check:
    """Say which way is in force; where a server drives the runs, it has to answer."""
    try:
        way = in_force(settings)
        if way.way is Way.IN_PROCESS:
            return _check("home", "orchestration", passed=True, detail="in-process, no server")
        api = api_of(settings)
        version = api.get("/admin/version") if api else ""
    except AutoclaveError as error:
        return _check("home", "orchestration", passed=False, detail=str(error))
    detail = f"{way.way.value}, Prefect {version} at {way.url}"
    return _check("home", "orchestration", passed=True, detail=detail)


def _catalogue(runtime: Runtime) -> Iterator[Check]:
    for each in runtime.catalogue.conditions():
        yield _check(
            "catalogue",
            each.name,
            passed=each.passed,
            detail=each.detail,
            mandatory=each.mandatory,
        )


def _stores(settings: Settings, runtime: Runtime) -> Iterator[Check]:
    """Yield what the buckets are; folders need nothing that making them did not give them."""
    if settings.stores.kind != "s3":
        yield _check("stores", "kind", passed=True, detail="folders of the home")
        return
    from pipeline.buckets import absent, check  # noqa: PLC0415  only S3 pays for the SDK

    missing = absent(settings, runtime.home)
    detail = f"none of {', '.join(missing)}" if missing else "of every identity"
    yield _check("stores", "credentials", passed=True, detail=detail)
    try:
        for bucket, found in groupby(check(settings, runtime.home), key=lambda c: c.bucket):
            wrong = [each.what for each in found if not each.right]
            detail = f"not so: {'; '.join(wrong)}: `autoclave init --stores s3`" if wrong else RIGHT
            yield _check("stores", bucket, passed=not wrong, detail=detail)
    except AutoclaveError as error:
        yield _check("stores", "can be looked at", passed=False, detail=str(error))


def _rules(runtime: Runtime) -> Iterator[Check]:
    try:
        policy, packs = policy_in_force(runtime), packs_in_force(runtime)
    except AutoclaveError as error:
        yield _check("rules", "readable", passed=False, detail=str(error))
        return
    yield _check("policy", policy.name, passed=True, detail=policy.digest)
    today = runtime.clock().date()
    for pack in packs:
        manifest = pack.manifest
        detail = f"{count_text(manifest.rules)} rules, {_age(manifest.dated, today)}"
        yield _check("rules", manifest.name, passed=True, detail=detail)
    try:
        check_packs(policy, [pack.manifest for pack in packs], today)
    except AutoclaveError as error:
        yield _check("rules", "policy's demands", passed=False, detail=str(error))
    else:
        yield _check("rules", "policy's demands", passed=True, detail="met")


def _servers(settings: Settings, runtime: Runtime) -> Iterator[Check]:
    """Yield whether SFTP servers can be met, where one is a source; none of them is asked."""
    with runtime.catalogue.read() as connection:
        wanted = any(s.kind is SourceKind.SFTP for s in sources.all_sources(connection))
    if wanted:
        lacks = readiness(settings)
        detail = lacks or "client, host keys and key are there"
        yield _check("sources", "sftp", passed=not lacks, detail=detail, mandatory=False)


def _antivirus(settings: Settings) -> Check:
    try:
        opened = open_antivirus(settings.antivirus.clamd)
    except AutoclaveError as error:
        return _check("antivirus", "clamd", passed=False, detail=str(error))
    if opened is None:
        detail = "none: set antivirus.clamd to have clamd asked too"
        return _check("antivirus", "clamd", passed=False, detail=detail, mandatory=False)
    made = f", its database of {opened.database.dated}" if opened.database.dated else ""
    return _check("antivirus", "clamd", passed=True, detail=f"{opened.database}{made}")


def _age(dated: date | None, today: date) -> str:
    return f"{count_text((today - dated).days)} days old" if dated else "undated"


def _ledger(runtime: Runtime) -> Iterator[Check]:
    ledger = runtime.ledger
    detail = f"{count_text(ledger.size)} events, root {ledger.root[:16]}"
    yield _check("ledger", ledger.origin, passed=True, detail=detail)
    shared = bool(runtime.settings.catalogue.url)
    lock = "a lock of the database" if shared else "a file lock"
    yield _check("ledger", "sequencer", passed=True, detail=f"the command that runs, behind {lock}")
    mirror = runtime.settings.audit.mirror
    detail = mirror or "none: set audit.mirror to a folder on other storage"
    yield _check("ledger", "mirror", passed=bool(mirror), detail=detail, mandatory=False)
    yield _anchors(runtime)


def _anchors(runtime: Runtime) -> Check:
    known = trusted(runtime.settings)
    names = [known.authority] if known.authority else []
    names += [witness.key.name for witness in known.witnesses]
    detail = ", ".join(names) or "nobody: set audit.timestamp_url or audit.witnesses"
    return _check("ledger", "anchors", passed=bool(names), detail=detail, mandatory=False)
