"""Whole recoveries through the command line, as an engineer runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.killing import flow_processes, kill_work
from tests.corpus.poison import opener
from tests.corpus.telling import tell_settings

ROOT = Path(__file__).parents[2]
SECONDS = 240
# No test has both; where it matters they are one place.
HOME, OTHER = "home", "killed"
FEWER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options ask for, and the test that they ask it of."""

    buckets: bool
    database: bool
    prefect: bool
    request: Any

    @classmethod
    def of(cls, request: Any) -> "Asked":
        """Read the options."""
        option = request.config.getoption
        return cls(
            buckets=option("--stores") == "s3",
            database=option("--catalogue") == "postgresql",
            prefect=option("--orchestrator") == "prefect",
            request=request,
        )

    @property
    def anything(self) -> bool:
        """Whether anything is asked for but a home that needs nobody."""
        return self.buckets or self.database or self.prefect

    def fewer(self, count: int) -> int:
        """Return how many are enough: on servers every file and start takes several times as long.

        What is done to few is the same, and a run still has several shards.
        """
        return max(1, count // FEWER) if self.anything else count

    def skip_what_says_why(self) -> None:
        """Skip a test that is about something else, by the marker that says so with its reason."""
        about = {
            "folders": (self.buckets, "looks into the folders of a home"),
            "file": (self.database, "looks into the file of a catalogue"),
            "in_process": (self.prefect, ""),
            "own_places": (self.anything, ""),
        }
        for name, (matters, reason) in about.items():
            marker = self.request.node.get_closest_marker(name)
            if marker is not None and matters:
                pytest.skip(reason or marker.args[0])


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
    through: tuple[str, ...] = ()

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
        if self.home.is_symlink():
            tell_settings(self.home, self.settings)
        command = [*self.through, sys.executable, "-m", "cli.main", "--home", self.home, *arguments]
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
        """Start a command and kill -9 it, and whatever it started; False when it ended first.

        Where Prefect drives, the time runs from the start of the flow run's process: that one
        needs three times as long to begin and to end.
        """
        process = self.start(*arguments)
        if self.home.is_symlink() and (self.home / "prefect").exists():
            wait_until(lambda: process.poll() is not None or bool(flow_processes(self.home)))
            seconds = 3 * seconds
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill(process)
            return True
        return False

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill -9 a command and whatever works for it, its flow run among them."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        kill_work(self.home)

    def listed(self) -> list[dict[str, Any]]:
        """What `list --json` prints."""
        return self("list", "--json").lines


@pytest.fixture(autouse=True)
def places(request, tmp_path):
    """The homes of a test keep bytes and rows, and are driven, as the options say.

    That is, in buckets of a real S3 server, in a database of a real PostgreSQL server, and by
    flow runs of a home that is really served.
    """
    asked = Asked.of(request)
    asked.skip_what_says_why()
    if not asked.anything:
        yield
        return
    home = tmp_path / HOME
    (tmp_path / OTHER).symlink_to(home)
    if asked.prefect:
        served = request.getfixturevalue("one_served")
        served.clear()
        home.symlink_to(served.home)
    if asked.buckets:
        account = request.getfixturevalue("s3_users").with_new_buckets()
        account.write_settings(home)
        account.make_buckets(home)
    if not asked.database:
        yield
        return
    database = request.getfixturevalue("database")
    home.mkdir(mode=0o700, exist_ok=True)
    database.write_settings(home)
    yield
    if asked.prefect:
        served.clear()


@pytest.fixture
def asked(request) -> Asked:
    """What the options ask for."""
    return Asked.of(request)


@pytest.fixture
def inspecting(request, monkeypatch) -> Callable[..., Any]:
    """Inspect with a kind of inspector of `poison`, whoever drives the run."""

    @contextmanager
    def inspected(kind: type[Any]) -> Iterator[None]:
        with monkeypatch.context() as patched, ExitStack() as elsewhere:
            patched.setattr("pipeline.recover.open_inspector", opener(kind))
            if Asked.of(request).prefect:
                served = request.getfixturevalue("one_served")
                elsewhere.enter_context(served.inspecting_with(kind.__name__))
            yield

    return inspected


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
