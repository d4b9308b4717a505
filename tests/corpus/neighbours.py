"""Machines beside each other: homes of their own over one catalogue, one set of buckets, one key.

The keys of all are one folder, as a mount would make it.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from custody.digest import digest_of
from tests.corpus.accounts import Account
from tests.corpus.asking import ask
from tests.corpus.homes import stores_of
from tests.corpus.postgres import Account as Database
from tests.scenarios.conftest import ROOT, Autoclave

SETTINGS = (
    ("AUTOCLAVE_RUN_SHARD_ENTRIES", "25"),
    ("AUTOCLAVE_RUN_LEASE_SECONDS", "3"),
    ("AUTOCLAVE_RUN_WORKERS", "1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Another machine with a home of its own over the same catalogue."""

    home: Path

    def join(self, run: str) -> subprocess.Popen[bytes]:
        """Start a worker that competes for the shards of a run."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOCLAVE_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.worker"],
            cwd=ROOT,
            env=environment | dict(SETTINGS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        asked = {"home": str(self.home), "run": run, "unsafe": False, "parent": os.getpid()}
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        process.stdin = None
        return process


def first_machine(home: Path, account: Account, database: Database) -> Autoclave:
    """Make the home that the others are neighbours of, and its command line."""
    account.write_settings(home)
    database.write_settings(home)
    account.make_buckets(home)
    autoclave = Autoclave(home=home, settings=SETTINGS)
    assert 0 == autoclave("init").code
    return autoclave


def neighbour(first: Path, home: Path, *, endpoint: str = "") -> Machine:
    """Make another machine; it may reach the buckets by a way of its own."""
    home.mkdir(mode=0o700, exist_ok=True)
    text = (first / "autoclave.toml").read_text()
    lines = [
        f'endpoint = "{endpoint}"' if endpoint and line.startswith("endpoint") else line
        for line in text.splitlines()
    ]
    (home / "autoclave.toml").write_text("\n".join([*lines, ""]))
    shutil.copytree(first / "credentials", home / "credentials")
    (home / "keys").symlink_to(first / "keys")
    return Machine(home=home)


def inspecting(home: Path) -> bool:
    """Whether the inventory is listed and the first shard is at work."""
    return bool(ask(home, "select 1 from attempts"))


def owners(home: Path, *, done: bool) -> set[str]:
    """Who leased shards, or ended them."""
    where = "where outcome = 'done'" if done else ""
    return {owner for (owner,) in ask(home, f"select distinct owner from attempts {where}")}


def leasing(home: Path) -> set[str]:
    """The processes that have a shard now."""
    found = ask(home, "select owner from shards where state = 'leased'")
    return {owner.rpartition(":")[2] for (owner,) in found}


def promoted_amiss(home: Path) -> list[str]:
    """The contents that are on record as promoted and do not stand so in the clean zone."""
    clean = stores_of(home).clean
    standing = {(found.key, found.version) for found in clean.versions("")}
    recorded = ask(home, "select digest, key, version from promotions")
    return [
        digest.hex()
        for digest, key, version in recorded
        if (key, version) not in standing
        or digest_of(clean.open(key, version).read()) != digest.hex()
    ]
