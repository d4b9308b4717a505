"""Settings: one TOML file and the environment, read once into a frozen, typed value.

`autoclave.toml` in the home holds sections; the environment overrides one key at a time as
AUTOCLAVE_<SECTION>_<KEY>. An unknown key is refused with the nearest known name: a setting that
is silently ignored is a setting that somebody relied on.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from custody.errors import SettingsError

FILE_NAME = "autoclave.toml"
PREFIX = "AUTOCLAVE_"
HOME_VARIABLE = "AUTOCLAVE_HOME"
DEFAULT_HOME = "~/.autoclave"
# Read by tests and trials only; no setting of ours.
FOREIGN = frozenset({HOME_VARIABLE, "AUTOCLAVE_CORPUS", "AUTOCLAVE_RULES"})
# Secrets are read where they are used, and are no part of the settings.
CREDENTIALS_PREFIX = f"{PREFIX}CREDENTIALS_"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How a run is cut into shards and how many are worked on at once.

    `shard_parts` and `shard_part_bytes` bound what the containers of a shard of several entries may
    come to: beyond that it is split.

    A lease is renewed while its owner lives, so its length only bounds how long a dead owner's
    shard waits.
    """

    workers: int = 2
    shard_entries: int = 2000
    shard_bytes: int = 512 * 1024**2
    shard_parts: int = 50_000
    shard_part_bytes: int = 4 * 1024**3
    large_bytes: int = 256 * 1024**2
    lease_seconds: int = 60
    attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """The ledger's name, a folder on other storage for a second copy, and who anchors it outside.

    `timestamp_url` is an authority's address and `timestamp_ca` a PEM file of its roots (RFC 3161).
    `witnesses` are keys between spaces, each with @ and its address behind it or without.
    """

    origin: str = ""
    mirror: str = ""
    timestamp_url: str = ""
    timestamp_ca: str = ""
    witnesses: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """Which engine runs the rules."""

    engine: str = "yara-x"


@dataclass(frozen=True, slots=True, kw_only=True)
class AntivirusSettings:
    """The site's own antivirus: the socket of a running clamd (a path, or HOST:PORT), or none."""

    clamd: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivesSettings:
    """How far archives are taken apart ("default" or "bulk"), and a file of passwords for them."""

    limits: str = "default"
    passwords: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsSettings:
    """Whether it is kept whom records are about: "index", or "off" where the law asks for that."""

    subjects: str = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """Which of the shipped policies is in force until another is approved."""

    name: str = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSettings:
    """From where on a recall needs two people: a share of a service's promoted artefacts.

    `percent` of them and more, when it is at least `least` artefacts. `after_rescan` says what
    becomes of what a re-scan condemns: "recall" withdraws it unless that is so much, "propose"
    waits for a person whatever it is.
    """

    percent: int = 5
    least: int = 10
    after_rescan: str = "recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesSettings:
    """Who is told of recalls: a private file with an Apprise address a line, or nobody.

    `ca_file` vouches for a mail server or webhook of the house.
    """

    addresses: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSettings:
    """Where the catalogue lies: on a PostgreSQL server, or in a file of the home without a URL.

    `url` is postgresql://USER@HOST:PORT/DATABASE; its password has no place here.
    """

    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoresSettings:
    """Where quarantine, clean zone, audit and names lie: in folders of the home, or on S3.

    On S3 each is a bucket whose name begins with `prefix`. `credentials` is the folder of the key
    files, `<home>/credentials` by default; `principal` is how the server names an identity.
    """

    kind: str = "filesystem"
    endpoint: str = ""
    region: str = "default"
    ca_file: str = ""
    prefix: str = "autoclave"
    credentials: str = ""
    principal: str = "arn:aws:iam:::user/{identity}"
    lock_mode: str = "compliance"
    lock_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesSettings:
    """How gently sources are read, the server that buckets are read from, and how SFTP is spoken.

    `at_once` bounds how many shards of one source are read at once, whoever reads them; 0 is no
    bound, and then the workers of all machines may meet at one old server.

    The S3 server is not that of the stores. Its keys are those of the identity `source`, beside the
    keys of the stores' identities. `known_hosts` pins SFTP servers, `key_file` is the key to log in
    with; without one the SSH agent is asked.
    """

    at_once: int = 0
    endpoint: str = ""
    region: str = "default"
    ca_file: str = ""
    known_hosts: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """Where s3://BUCKET/PREFIX is, when sets are delivered there; without it that of [stores]."""

    endpoint: str = ""
    region: str = "default"
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorSettings:
    """Who drives runs: this process, a served home, or a fleet around one Prefect server.

    Of a fleet: where its API is, a file that holds `user:password`, the work pool, and how many
    other workers a large run asks for.
    """

    kind: str = "in-process"
    api_url: str = ""
    auth_file: str = ""
    pool: str = "autoclave"
    drains: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """What `autoclave serve` listens on, how much it does at once, and when it does what.

    Port 0 takes a free one; `queues` are those of the work pool that the worker takes runs from,
    between spaces, and none named is all. Schedules are crontab lines in a time zone of the IANA
    database; an empty one is none.
    """

    port: int = 0
    slots: int = 4
    queues: str = ""
    time_zone: str = "UTC"
    reconcile: str = "*/15 * * * *"
    rescan: str = "0 4 * * *"
    verify_audit: str = "30 2 * * *"
    anchor: str = "5 * * * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """Where the analysts' console listens, and how browsers reach it when that is not the loopback.

    `url` is the address, with https, under which a proxy on this machine hands it on. Elsewhere
    than on the loopback it listens only with a `certificate` and its `certificate_key`, PEM files.
    """

    port: int = 8380
    url: str = ""
    certificate: str = ""
    certificate_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set; passed in, never read again."""

    home: Path
    run: RunSettings = field(default_factory=RunSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    rules: RulesSettings = field(default_factory=RulesSettings)
    antivirus: AntivirusSettings = field(default_factory=AntivirusSettings)
    archives: ArchivesSettings = field(default_factory=ArchivesSettings)
    records: RecordsSettings = field(default_factory=RecordsSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    recall: RecallSettings = field(default_factory=RecallSettings)
    notices: NoticesSettings = field(default_factory=NoticesSettings)
    catalogue: CatalogueSettings = field(default_factory=CatalogueSettings)
    stores: StoresSettings = field(default_factory=StoresSettings)
    sources: SourcesSettings = field(default_factory=SourcesSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    orchestrator: OrchestratorSettings = field(default_factory=OrchestratorSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)


Section = (
    RunSettings
    | AuditSettings
    | RulesSettings
    | AntivirusSettings
    | ArchivesSettings
    | RecordsSettings
    | PolicySettings
    | RecallSettings
    | NoticesSettings
    | CatalogueSettings
    | StoresSettings
    | SourcesSettings
    | DeliverySettings
    | OrchestratorSettings
    | ServeSettings
    | ConsoleSettings
)
SECTIONS: dict[str, type[Section]] = {
    "run": RunSettings,
    "audit": AuditSettings,
    "rules": RulesSettings,
    "antivirus": AntivirusSettings,
    "archives": ArchivesSettings,
    "records": RecordsSettings,
    "policy": PolicySettings,
    "recall": RecallSettings,
    "notices": NoticesSettings,
    "catalogue": CatalogueSettings,
    "stores": StoresSettings,
    "sources": SourcesSettings,
    "delivery": DeliverySettings,
    "orchestrator": OrchestratorSettings,
    "serve": ServeSettings,
    "console": ConsoleSettings,
}


def read_settings(home: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of a home: defaults, then its file, then the environment.

    Raises:
        SettingsError: the file is no TOML, or a section, key or value is not known.
    """
    place = home or Path(environment.get(HOME_VARIABLE) or DEFAULT_HOME)
    place = place.expanduser().absolute()
    content = _read_file(place / FILE_NAME)
    sections = {name: _section(name, content.pop(name, {})) for name in SECTIONS}
    if content:
        raise _unknown(f"section [{next(iter(content))}]", next(iter(content)), SECTIONS)
    for name, key, text in _overrides(environment):
        sections[name] = _override(sections[name], name, key, text)
    return Settings(home=place, **sections)  # type: ignore[arg-type]  # one section of each kind


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # no home yet, or a place that cannot be one
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", next_step="mend the file or remove it") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", next_step="make it readable") from error


def _section(name: str, content: Any) -> Section:
    if not isinstance(content, dict):
        raise SettingsError(f"[{name}] is not a section", next_step=f"write it as [{name}]")
    section = SECTIONS[name]()
    for key, value in content.items():
        section = _set(section, name, key, value)
    return section


def _set(section: Section, name: str, key: str, value: Any) -> Section:
    known = {f.name for f in fields(section)}
    if key not in known:
        raise _unknown(f"{name}.{key}", key, known)
    kind = type(getattr(section, key))
    if type(value) is not kind:
        raise SettingsError(
            f"{name}.{key} is {value!r}", next_step=f"give it as {_KIND_NAMES[kind]}"
        )
    if kind is int and value < 1:
        raise SettingsError(f"{name}.{key} is {value}", next_step="give a number of at least 1")
    return replace(section, **{key: value})


_KIND_NAMES = {int: "a whole number", str: "a text in quotes"}


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in FOREIGN:
            continue
        if variable.startswith(CREDENTIALS_PREFIX):
            continue
        name, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        if name not in SECTIONS:
            raise _unknown(f"environment variable {variable}", name, SECTIONS)
        yield name, key, environment[variable]


def _override(section: Section, name: str, key: str, text: str) -> Section:
    current = getattr(section, key, None)
    if isinstance(current, int):
        try:
            return _set(section, name, key, int(text))
        except ValueError:
            raise SettingsError(
                f"{name}.{key} is {text!r}", next_step="give it as a whole number"
            ) from None
    return _set(section, name, key, text)


def _unknown(what: str, name: str, known: Any) -> SettingsError:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(known))}"
    return SettingsError(f"unknown {what}", next_step=hint)
