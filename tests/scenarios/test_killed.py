"""Killed at any moment, the same command goes on: nothing is lost, nothing happens twice."""

import random

import pytest

from tests.corpus.homes import stores_of
from tests.scenarios.conftest import Autoclave, same_entries
from tests.scenarios.model import check_history, events

FILES = 600
MANY_FILES = 3000
KILLS = 50


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_again_and_again_ends_as_if_undisturbed(tmp_path, letters, asked):
    """After kill -9 at 50 random moments all is as undisturbed, and rebuilds to the same."""
    files, kills = asked.fewer(MANY_FILES), asked.fewer(KILLS)
    source = letters(files)
    calm, killed = Autoclave(home=tmp_path / "calm"), Autoclave(home=tmp_path / "killed")
    arguments = ("recover", source, "--host", "srv1", "--service", "radiologie", "--json")
    undisturbed = calm(*arguments)
    chance = random.Random(20261122)  # the same moments each time, as far as a machine allows
    killings = [killed.kill_after(chance.uniform(0.3, 3.0), *arguments) for _ in range(kills)]

    ended = killed(*arguments)
    listed = killed.listed()

    assert any(killings)
    assert (0, 0, files) == (undisturbed.code, ended.code, ended.json["promoted"])
    assert same_entries(calm.listed(), listed)
    assert [] == check_history(killed.home).faults
    assert 0 == killed("audit", "verify", "--deep").code
    assert 0 == killed("catalogue", "rebuild").code
    assert same_entries(listed, killed.listed())


@pytest.mark.slow
def test_a_second_run_promotes_nothing_twice(autoclave, letters):
    """What the clean zone has already is proven again, not put again."""
    source = letters(90)
    arguments = ("recover", source, "--host", "srv1", "--json")
    first = autoclave(*arguments)
    before = in_clean_zone(autoclave.home)

    second = autoclave(*arguments)

    assert (90, 90) == (first.json["promoted"], second.json["promoted"])
    assert first.json["run"] != second.json["run"]
    assert 90 == len(before)
    assert before == in_clean_zone(autoclave.home)
    assert [] == check_history(autoclave.home).faults


def in_clean_zone(home):
    """Every version of every object that was put."""
    return sorted((v.key, v.version) for v in stores_of(home).clean.versions(""))


@pytest.mark.slow
def test_an_interrupted_run_says_so_and_goes_on(autoclave, letters):
    """SIGTERM ends with exit 7; the same command finishes the same run."""
    source = letters(FILES)
    arguments = ("recover", source, "--host", "srv1", "--json")
    process = autoclave.start(*arguments)
    _wait_for_inspection(autoclave, process)
    process.terminate()
    _, err = process.communicate(timeout=60)
    started = [e for e in events(autoclave.home) if e["type"] == "autoclave.run.started"]

    ended = autoclave(*arguments)

    assert 7 == process.returncode, err.decode()
    assert b"run the same command again" in err
    assert (0, FILES) == (ended.code, ended.json["promoted"])
    assert [ended.json["run"]] == [e["run"] for e in started]


def _wait_for_inspection(autoclave, process) -> None:
    from tests.scenarios.conftest import wait_until

    def begun() -> bool:
        if process.poll() is not None:
            return True
        return any(e["type"] == "autoclave.inventory.completed" for e in events(autoclave.home))

    wait_until(begun, 120)
