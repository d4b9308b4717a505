"""What lies between the profile that judged a content and the one in force now."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from catalogue import profiles
from custody.digest import Digest
from custody.profile import Profile
from pipeline.wiring import Runtime
from sandbox.pool import Pool
from sandbox.unsafe import UnsafeNoSandbox
from sanitizers.inspection import Inspector
from sanitizers.rescanning import program_of
from sanitizers.rules.built_in import FOLDER, NAME
from sanitizers.rules.changing import Change, texts_to_run
from sanitizers.rules.loading import change_between, source_of
from sanitizers.rules.splitting import part


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The rules that changed since a profile; `about_names` when one of them asks for a name."""

    old: Digest
    change: Change
    about_names: bool


class Changes:
    """Finds what changed since each profile, and runs a box for it when it is first needed."""

    def __init__(self, runtime: Runtime, inspector: Inspector) -> None:
        self._runtime = runtime
        self._inspector = inspector
        # The profile in force; its digest is taken over the digests of all packs, so only once.
        self.profile = inspector.profile
        self.target = self.profile.digest
        self._deltas: dict[Digest, Delta | None] = {}
        self._pools: dict[Digest, Pool] = {}
        self._lock = threading.Lock()
        self._opened = ExitStack()

    def close(self) -> None:
        """End the boxes."""
        self._opened.close()

    def since(self, connection: sa.Connection, old: Digest) -> Delta | None:
        """Return what changed since a profile; None when more than rules did."""
        with self._lock:
            if old not in self._deltas:
                found = profiles.get(connection, old)
                comparable = found is not None and _but_rules(found) == _but_rules(self.profile)
                self._deltas[old] = self._delta(old, found) if found and comparable else None
            return self._deltas[old]

    def box(self, connection: sa.Connection, old: Digest) -> Pool:
        """Return the processes that run what changed since a profile."""
        found = profiles.get(connection, old)
        if found is None:
            raise RuntimeError("a box is for a profile that is known")
        with self._lock:
            if old not in self._pools:
                kind = Pool if self._inspector.sandboxed else UnsafeNoSandbox
                program = program_of(
                    self._places(found.rule_packs),
                    self._places(self.profile.rule_packs),
                    self._inspector.cache,
                    self._inspector.engine,
                )
                pool = kind(
                    (program,),
                    workers=self._runtime.settings.run.workers,
                    forked_memory=self._inspector.limits.box_bytes,
                )
                pool.start()
                self._opened.callback(pool.close)
                self._pools[old] = pool
            return self._pools[old]

    def _delta(self, old: Digest, found: Profile) -> Delta:
        packs = self._places(self.profile.rule_packs)
        changed = change_between(self._places(found.rule_packs), packs)
        after = [source_of(*place) for place in packs] if changed.run else []
        asking = part(texts_to_run(after, changed.run)).name_rules if changed.run else frozenset()
        return Delta(old=old, change=changed, about_names=bool(asking & changed.run))

    def _places(self, packs: Mapping[str, str]) -> list[tuple[Path, Digest]]:
        rules = self._runtime.home.rules
        return [
            (FOLDER if name == NAME else rules / name / digest, Digest(digest))
            for name, digest in sorted(packs.items())
        ]


def _but_rules(profile: Profile) -> Profile:
    return replace(profile, rule_packs={})
