"""One served home for all tests here: its start takes a quarter of a minute."""

from pathlib import Path

import pytest

from cli.main import main
from tests.corpus.calls_outside import watched
from tests.corpus.rule_matter import NOTES
from tests.corpus.serving import ServedHome
from tests.scenarios.conftest import Autoclave

ROOT = Path(__file__).parents[3]
MARKER = "Zebulon-Quatorze"
LARGE = 600


def letters(folder: Path, count: int) -> Path:
    """Write a source of plain letters, one of them named after a patient."""
    for n in range(count):
        ward = folder / f"ward-{n // 40:03d}"
        ward.mkdir(parents=True, exist_ok=True)
        (ward / f"letter-{n:05d}.txt").write_text(f"Dear colleague,\nvisit {n} went well.\n")
    (folder / f"{MARKER}.txt").write_text(f"Seen today: {MARKER}.\n")
    return folder


@pytest.fixture(scope="session")
def hook(tmp_path_factory) -> Path:
    """The folder of the hook that sees every connection of every process."""
    return tmp_path_factory.mktemp("hook")


@pytest.fixture(scope="session")
def served(tmp_path_factory, hook):
    """A served home; who ends it serves it again."""
    settings = (
        ("AUTOCLAVE_RUN_SHARD_ENTRIES", "20"),
        ("AUTOCLAVE_RUN_LEASE_SECONDS", "5"),
        ("AUTOCLAVE_RUN_WORKERS", "3"),
        ("AUTOCLAVE_SERVE_SLOTS", "2"),
        ("AUTOCLAVE_SERVE_TIME_ZONE", "Europe/Paris"),
        *watched(hook, ROOT).items(),
    )
    home = tmp_path_factory.mktemp("served") / "home"
    found = ServedHome(Autoclave(home=home, settings=settings))
    found.start()
    yield found
    if found.process.poll() is None:
        found.stop()


@pytest.fixture(scope="session")
def sources(served, tmp_path_factory) -> dict[str, str]:
    """The ids of registered sources: small, noted (by a ransom note), empty by now, large."""
    folder = tmp_path_factory.mktemp(f"of-{MARKER}")
    letters(folder / "small", 5)
    letters(folder / "noted", 5)
    (folder / "noted" / "zzz-readme.txt").write_text(NOTES["french"])
    letters(folder / "empty", 1)
    letters(folder / "large", LARGE)
    for name in ("small", "noted", "empty", "large"):
        place = str(folder / name)
        assert 0 == main(["source", "add", place, "--host", name, "--home", str(served.home)])
    for path in sorted((folder / "empty").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    listed = served.autoclave("source", "list", "--json").lines
    return {each["host"]: each["source"] for each in listed}
