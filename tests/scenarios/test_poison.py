"""A poisoned artefact costs itself a hold, and neither its neighbours nor the run."""

import pytest

from custody.box import FailureCode
from custody.errors import ExitCode
from tests.corpus.commands import Commands
from tests.corpus.poison import PoisonedInspector, poisoned
from tests.scenarios.model import check_history

pytestmark = pytest.mark.slow
NEIGHBOURS = 1999
POISON = "ward-000/m-poison.txt"


@pytest.fixture
def commands(tmp_path, capsys, inspecting):
    """The command line, in this process, over a fresh home whose scanner can be poisoned."""
    with inspecting(PoisonedInspector):
        yield Commands(home=tmp_path / "home", capture=capsys)


def test_one_poisoned_file_of_two_thousand_is_held_alone(commands, letters, asked):
    """A sample that crashes the scanner is held by name; its neighbours are promoted, each."""
    neighbours = asked.fewer(NEIGHBOURS)
    source = letters(neighbours)
    (source / POISON).write_bytes(poisoned("crash"))

    ended = commands("recover", source, "--json")
    entries = commands("list", "--json").lines
    (held,) = [entry for entry in entries if entry["stage"] != "promoted"]

    assert (3, neighbours, 1, 0) == (
        ended.code,
        ended.json["promoted"],
        ended.json["held"],
        ended.json["unexplained"],
    )
    assert (POISON, "held", "indeterminate") == (held["path"], held["stage"], held["verdict"])
    assert [] == check_history(commands.home).faults


MISDEEDS = {
    "hang": FailureCode.TIMED_OUT,
    "allocate": FailureCode.OUT_OF_MEMORY,
    "raise": FailureCode.RAISED,
    "forge-garbage": FailureCode.FORGED,
    "forge-token": FailureCode.FORGED,
    "answer-twice": FailureCode.FORGED,
    "return-surrogate": FailureCode.FORGED,
}


def test_the_reason_of_each_hold_is_said(commands, letters, asked):
    """Hangs, memory bombs, forgeries: each is held alone, with its reason in words, run by run."""
    source = letters(60)
    for misdeed in MISDEEDS:
        (source / f"{misdeed}.txt").write_bytes(poisoned(misdeed))

    for _ in range(asked.fewer(2)):
        ended = commands("recover", source, "--json")

        assert (3, 60, 7) == (ended.code, ended.json["promoted"], ended.json["held"])
        held = commands("list", "--json", "--stage", "held", "--verdict", "indeterminate").lines
        assert {f"{misdeed}.txt" for misdeed in MISDEEDS} == {entry["path"] for entry in held}
        for entry in held:
            code = MISDEEDS[entry["path"].removesuffix(".txt")]
            reasons = {said["reason"] for said in entry["not_scanned"]}
            assert {code.value} == {reason.partition(":")[0] for reason in reasons}, entry
            assert code.value in entry["reason"]


def test_a_file_that_has_its_scanner_call_itself_blind_blocks_nothing(commands, letters, asked):
    """The claim is worth a restart of the box: the run ends, and the one file alone is held."""
    source = letters(60)
    (source / POISON).write_bytes(poisoned("claim-blindness"))

    for _ in range(asked.fewer(2)):
        ended = commands("recover", source, "--json")
        (held,) = commands("list", "--json", "--stage", "held").lines

        assert (ExitCode.HELD, 60, 1, 0) == (
            ended.code,
            ended.json["promoted"],
            ended.json["held"],
            ended.json["unexplained"],
        )
        assert (POISON, "indeterminate", "failed 3 attempts") == (
            held["path"],
            held["verdict"],
            held["reason"],
        )
    assert [] == check_history(commands.home).faults
