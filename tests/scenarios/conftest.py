"""Whole recoveries through the command line, as an engineer runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.accounts import an_account

ROOT = Path(__file__).parents[2]
SECONDS = 240
HOMES = ("home", "killed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON Lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoclave:
    """The command line over one home, with small shards so that a run has many."""

    home: Path
    settings: tuple[tuple[str, str], ...] = (("AUTOCLAVE_RUN_SHARD_ENTRIES", "50"),)

    def __call__(self, *arguments: str | Path, seconds: float = SECONDS) -> Ended:
        """Run a command to its end."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Ended(code=process.returncode, out=out.decode(), err=err.decode())

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own."""
        command = [sys.executable, "-m", "cli.main", "--home", self.home, *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOCLAVE_")}
        return subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=environment | dict(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def kill_after(self, seconds: float, *arguments: str | Path) -> bool:
        """Start a command and kill -9 it, and whatever it started; False when it ended first."""
        process = self.start(*arguments)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        return False

    def listed(self) -> list[dict[str, Any]]:
        """What `list --json` prints."""
        return self("list", "--json").lines


@pytest.fixture(autouse=True)
def places(request, tmp_path):
    """The homes of a test keep bytes and rows where `--stores` and `--catalogue` say.

    That is, in buckets of a real S3 server, and in a database of a real PostgreSQL server.
    """
    if request.config.getoption("--stores") == "s3":
        if request.node.get_closest_marker("folders"):
            pytest.skip("looks into the folders of a home")
        for name in HOMES:
            account = an_account(request.getfixturevalue("gateway"))
            account.write_settings(tmp_path / name)
            account.make_buckets(tmp_path / name)
    if request.config.getoption("--catalogue") == "sqlite":
        yield
        return
    if request.node.get_closest_marker("file"):
        pytest.skip("looks into the file of a catalogue")
    server = request.getfixturevalue("postgres_server")
    databases = {name: server.account() for name in HOMES}
    for name, database in databases.items():
        database.write_settings(tmp_path / name)
    yield
    for database in databases.values():
        server.drop(database)


@pytest.fixture
def autoclave(tmp_path) -> Autoclave:
    """A fresh home."""
    return Autoclave(home=tmp_path / "home")


@pytest.fixture
def letters(tmp_path) -> Callable[[int], Path]:
    """Make a source of plain letters in folders of forty."""

    def make(count: int) -> Path:
        source = tmp_path / "source"
        for n in range(count):
            folder = source / f"ward-{n // 40:03d}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"letter-{n:05d}.txt").write_text(f"Dear colleague,\nvisit {n} went well.\n")
        return source

    return make


def same_entries(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> bool:
    """Whether two listings say the same of the same entries, whatever the order."""

    def key(entry: dict[str, Any]) -> str:
        return json.dumps(entry, sort_keys=True)

    return sorted(map(key, first)) == sorted(map(key, second))


def wait_until(reached: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to become true, within a bound."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
