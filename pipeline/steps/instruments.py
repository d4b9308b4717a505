"""The instruments of a run: policy, rule packs, scanners, and a box started when needed."""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from catalogue import policies
from catalogue.policies import PolicyState
from custody.box import Box, Job, Reply
from custody.digest import Digest
from custody.errors import CanaryMissedError, PolicyError, SandboxError, SettingsError
from pipeline.passwords import read_passwords
from pipeline.steps import extracts
from pipeline.steps.definitions import definitions_in_force
from pipeline.steps.known import known_in_force
from pipeline.steps.packs import check_recorded
from pipeline.wiring import Runtime
from quarantine.interface import SourceReader
from sandbox.doctor import probe
from sandbox.pool import Pool
from sandbox.unsafe import UnsafeNoSandbox
from sanitizers.antivirus.judging import open_antivirus
from sanitizers.inspection import Inspector
from sanitizers.limits import LIMITS, Limits
from sanitizers.policy import Policy, check_packs
from sanitizers.policy_file import built_in_names, parse_policy, read_policy
from sanitizers.rules.built_in import built_in_pack
from sanitizers.rules.installing import installed_packs
from sanitizers.rules.pack import InstalledPack
from schemas import record_types

logger = logging.getLogger(__name__)


def policy_in_force(runtime: Runtime) -> Policy:
    """Return the policy that two people approved, else the shipped one that the settings name.

    Whoever sets the settings is one person: what two approved is not set aside by another name, and
    a file that nobody approved is no policy.

    Raises:
        PolicyError: there is no such policy, or another one was approved.
    """
    name = runtime.settings.policy.name
    with runtime.catalogue.read() as connection:
        approved = policies.in_force(connection, name)
        others = [
            p.name for p in policies.all_policies(connection) if p.state is PolicyState.IN_FORCE
        ]
    if approved is None:
        return _shipped(name, others)
    policy = parse_policy(approved.content)
    if policy.digest != approved.digest:
        raise PolicyError(
            f"policy {approved.digest} in the database is not what two people approved",
            next_step="run `autoclave audit verify --deep`",
        )
    return policy


def _shipped(name: str, approved: Sequence[str]) -> Policy:
    if approved:
        raise PolicyError(
            f"policy {name} was not approved by two people, and {', '.join(sorted(approved))} was",
            next_step="set policy.name to that one, or `autoclave policy propose` another",
        )
    if name not in built_in_names():
        raise PolicyError(
            f"no policy is called {name}",
            next_step=f"set policy.name to one of {', '.join(built_in_names())}, or propose yours",
        )
    return read_policy(name)


def packs_in_force(runtime: Runtime) -> tuple[InstalledPack, ...]:
    """Return the built-in rule pack and the installed ones.

    Raises:
        RulesError: an installed pack is not what was installed, or not the recorded one.
    """
    installed = installed_packs(runtime.home.rules)
    check_recorded(runtime, installed)
    return (built_in_pack(), *installed)


def open_inspector(runtime: Runtime, *, unsafe: bool = False) -> Inspector:
    """Return the scanners of this home, after asking the policy whether they suffice.

    Raises:
        PolicyError: there are too few or too old rules.
        RulesError: rules, known sets or definitions in the home are not those on the record, or
            the antivirus does not answer as it must.
        SettingsError: the bounds have no such name, or the passwords cannot be read.
        SandboxError: this machine cannot lock a process, and `unsafe` was not asked for.
    """
    policy = policy_in_force(runtime)
    packs = packs_in_force(runtime)
    check_packs(policy, [pack.manifest for pack in packs], runtime.ledger.now().date())
    if not unsafe:
        _check_sandbox()
    definitions = definitions_in_force(runtime)
    passwords = read_passwords(runtime.settings.archives.passwords, runtime.keys.ledger_seed())
    return Inspector(
        policy=policy,
        packs=packs,
        cache=runtime.home.cache,
        sandboxed=not unsafe,
        engine=runtime.settings.rules.engine,
        beside={record_types.NAME: f"{record_types.VERSION}{definitions.version}"},
        programs_beside=extracts.programs(definitions.folders),
        limits=limits_in_force(runtime),
        passwords=passwords.words,
        passwords_code=passwords.code,
        known=known_in_force(runtime),
        antivirus=open_antivirus(runtime.settings.antivirus.clamd),
    )


def limits_in_force(runtime: Runtime) -> Limits:
    """Return the bounds that the settings name.

    Raises:
        SettingsError: there are none of this name.
    """
    name = runtime.settings.archives.limits
    if name not in LIMITS:
        raise SettingsError(
            f"archives.limits is {name!r}", next_step=f"give one of: {', '.join(LIMITS)}"
        )
    return LIMITS[name]


def _check_sandbox() -> None:
    missing = [p.name for p in probe() if p.mandatory and not p.on]
    if missing:
        raise SandboxError(
            f"this machine cannot lock a process: {', '.join(missing)} missing",
            next_step="see `autoclave doctor`; --unsafe-no-sandbox inspects without promoting",
        )


@dataclass(slots=True, kw_only=True)
class _Started:
    """Processes that run, and how many sessions use them."""

    pool: Pool
    sessions: int = 0


class OnDemandBox:
    """A box whose processes start with the first job: a run that knows everything needs none."""

    def __init__(self, inspector: Inspector, workers: int) -> None:
        self._inspector = inspector
        self._workers = workers
        self._now: _Started | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            now, self._now = self._now, None
        if now is not None:
            now.pool.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job, in order."""
        with self._lock:
            return self._started().pool.run(jobs)

    @contextmanager
    def session(self) -> Iterator[Box]:
        """Lend the processes; one that ends with a missed canary has them replaced for the next.

        Code that took a process over can say so of itself: that is worth a restart, and a machine
        that really is blind fails when the new processes prove their canaries. The old ones end
        with the last session that uses them, so that no other shard fails for this one.

        Raises:
            RulesError: new processes do not find their canaries.
            SandboxError: they cannot be started.
        """
        with self._lock:
            lent = self._started()
            lent.sessions += 1
        try:
            yield lent.pool
        except CanaryMissedError:
            self._retire(lent)
            raise
        finally:
            self._leave(lent)

    def _started(self) -> _Started:
        if self._now is None:
            kind = Pool if self._inspector.sandboxed else UnsafeNoSandbox
            beside = self._inspector.programs_beside or extracts.PROGRAMS
            programs = (*self._inspector.programs, *beside)
            memory = self._inspector.limits.box_bytes
            pool = kind(programs, workers=self._workers, forked_memory=memory)
            pool.start()
            self._now = _Started(pool=pool)
        return self._now

    def _retire(self, lent: _Started) -> None:
        with self._lock:
            if self._now is lent:
                self._now = None
        logger.warning("a process of the box says that it missed its canary: all are replaced")

    def _leave(self, lent: _Started) -> None:
        with self._lock:
            lent.sessions -= 1
            unused = lent.sessions == 0 and self._now is not lent
        if unused:
            lent.pool.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """What a shard is inspected with: the scanners, the box, and the sources by inventory."""

    inspector: Inspector
    box: OnDemandBox
    readers: Mapping[int, SourceReader] = field(default_factory=dict)

    @property
    def profile(self) -> Digest:
        """The profile of the scanners."""
        return self.inspector.profile.digest
