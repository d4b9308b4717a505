"""Disarmers that their samples took over, in the real box and the main job: each costs a hold."""

import pytest

from pipeline import listing
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from sanitizers.disarming import making
from tests.corpus import hostile_disarmers
from tests.corpus.calendars import calendar, starting
from tests.corpus.homes import a_source, recover
from tests.corpus.hostile_disarmers import MISDEEDS, misbehaving

WHY = {
    "crash": "disarm: crashed: ended by SIGSEGV",
    "loop": "disarm: timed out",
    "allocate": "disarm: out of memory",
    "flood": "disarm: produced more than allowed",
    "forge": "disarm: answered out of protocol",
    "change": "disarm: again: disarmed once more, the copy changes",
    "leave": "disarm: walk of the copy: calendar.program is left",
    "lose": "disarm: measures: pieces differs between original and copy",
    "smuggle": "disarm: the copy is not clean: active_content: calendar-program",
    "disguise": "disarm: type: made as text/calendar, recognised as text/plain",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One calendar for each misdeed, and an honest one, recovered once."""
    folder = tmp_path_factory.mktemp("hostile")
    disk = folder / "disk"
    disk.mkdir()
    for name in MISDEEDS:
        (disk / f"{name}.ics").write_bytes(misbehaving(name))
    (disk / "honest.ics").write_bytes(calendar(starting()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "programs", hostile_disarmers.programs)
        patch.setattr(making, "SECONDS", 2.0)
        with open_runtime(Settings(home=folder / "home")) as runtime:
            result = recover(runtime, a_source(disk)).as_json()
            listed = {e["path"]: e for e in listing.entries(runtime)}
            return result, listed, verify(runtime, deep=True)


@pytest.mark.parametrize("misdeed", WHY)
def test_a_disarmer_that_was_taken_over_costs_its_sample_a_hold(world, misdeed):
    """The reason names the check that found it out; nothing stands for the original."""
    _, listed, _ = world
    entry = listed[f"{misdeed}.ics"]

    assert ("held", "active", None) == (entry["stage"], entry["verdict"], entry["superseded_by"])
    assert f"active_content: calendar-program; {WHY[misdeed]}" == entry["reason"]


def test_its_neighbours_are_not_touched(world):
    """The honest calendar is disarmed, everything has a fate, and the home verifies."""
    result, listed, verified = world

    assert set(MISDEEDS) == set(WHY)
    assert "superseded" == listed["honest.ics"]["stage"]
    assert (0, 1) == (result["unexplained"], result["derived"]["disarmed"])
    assert () == verified.faults
