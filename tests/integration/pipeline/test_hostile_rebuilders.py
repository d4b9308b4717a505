"""Writers of containers that their samples took over, in the main job: each costs a hold."""

import pytest

from pipeline import listing
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from sanitizers.disarming import making
from sanitizers.disarming.rebuilding import asking
from tests.corpus import hostile_rebuilders
from tests.corpus.homes import a_source, recover
from tests.corpus.hostile_rebuilders import MISDEEDS, misbehaving

PARTS = "disarm: measures: the copy does not hold the parts that it should"
WHY = {
    "crash": "disarm: crashed: ended by SIGSEGV",
    "loop": "disarm: timed out",
    "allocate": "disarm: out of memory",
    "flood": "disarm: produced more than allowed",
    "forge": "disarm: answered out of protocol",
    "echo": PARTS,
    "smuggle": PARTS,
    "lose": PARTS,
    "swap": PARTS,
    "hide": "disarm: measures: malformed: a part that cannot be read: trailing-data",
    "tuck": "disarm: walk of the copy: another reader sees other parts in it",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One archive for each misdeed, and an honest one, recovered once."""
    folder = tmp_path_factory.mktemp("hostile-archives")
    disk = folder / "disk"
    disk.mkdir()
    for name in MISDEEDS:
        (disk / f"{name}.zip").write_bytes(misbehaving(name))
    (disk / "honest.zip").write_bytes(misbehaving("none"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "programs", hostile_rebuilders.programs)
        patch.setattr(making, "SECONDS", 5.0)
        with open_runtime(Settings(home=folder / "home")) as runtime:
            result = recover(runtime, a_source(disk)).as_json()
            listed = {e["path"]: e for e in listing.entries(runtime)}
            return result, listed, verify(runtime, deep=True)


@pytest.mark.parametrize("misdeed", WHY)
def test_a_writer_that_was_taken_over_costs_its_sample_a_hold(world, misdeed):
    """The reason names the check that found it out; nothing stands for the original."""
    _, listed, _ = world
    entry = listed[f"{misdeed}.zip"]

    assert ("held", "active", None) == (entry["stage"], entry["verdict"], entry["superseded_by"])
    assert f"archives: part-active; {WHY[misdeed]}" == entry["reason"]


def test_its_neighbours_are_not_touched(world):
    """The honest archive is written anew, everything has a fate, and the home verifies."""
    result, listed, verified = world

    assert set(MISDEEDS) == set(WHY)
    assert "superseded" == listed["honest.zip"]["stage"]
    assert (0, 1) == (result["unexplained"], result["derived"]["disarmed"])
    assert () == verified.faults
