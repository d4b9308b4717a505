"""The life of one resident process: when it is kept, and when it is not trusted again."""

import os
from collections.abc import Iterator

import pytest

from custody.box import Answer, Failure, FailureCode, Job, Lane, Reply
from custody.errors import SandboxError
from sandbox import resident
from sandbox.lane_thread import Following
from sandbox.lockdown import Confinement
from sandbox.resident import ResidentLane
from sandbox.sealed_job import SealedJob, seal_job
from sandbox.seccomp import Variant
from sandbox.worker import Setup
from tests.corpus import hostile_programs
from tests.corpus.processes import children_of

SAMPLE = Answer(untrusted_value={"size": 1, "last": 97})


@pytest.fixture
def lane() -> Iterator[ResidentLane]:
    """Start a resident lane with the programs of the corpus."""
    programs = tuple(p for p in hostile_programs.programs() if p.lane is Lane.RESIDENT)
    confinement = Confinement(variant=Variant.RESIDENT, memory=2**30, parent=os.getpid())
    made = ResidentLane(Setup(lane=Lane.RESIDENT, programs=programs, confinement=confinement))
    made.start()
    yield made
    made.stop()


def nothing() -> None:
    """Have no jobs that follow."""


def once(jobs: list[SealedJob]) -> Following:
    """Have these jobs follow, and then no others, as a queue does."""
    left = [jobs]
    return lambda: left.pop() if left else None


def honest() -> SealedJob:
    """Return an honest job."""
    return seal_job(Job(program="neighbour-resident", content=b"a"))


def hostile(misdeed: str) -> SealedJob:
    """Return a job that does a misdeed."""
    return seal_job(
        Job(program="misbehave-resident", content=b"", params={"misdeed": misdeed}, seconds=5)
    )


def ask(lane: ResidentLane, *jobs: SealedJob) -> tuple[list[Reply], set[int]]:
    """Return the replies, and the processes that are there afterwards."""
    return lane.answer(jobs, nothing), children_of(os.getpid())


@pytest.mark.parametrize("misdeed", ["raise", "return-no-json", "emit-much", "open", "exit"])
def test_an_honest_failure_keeps_the_process(lane: ResidentLane, misdeed: str) -> None:
    """A program that fails within the protocol costs no new process."""
    _, before = ask(lane, honest())
    replies, after = ask(lane, honest(), hostile(misdeed), honest())
    assert [SAMPLE, SAMPLE] == [replies[0], replies[2]]
    assert before == after


@pytest.mark.parametrize("misdeed", ["crash", "answer-twice", "forge-garbage", "allocate"])
def test_a_process_that_cannot_be_trusted_is_replaced(lane: ResidentLane, misdeed: str) -> None:
    """After a crash, a forgery or full memory, another process serves."""
    _, before = ask(lane, honest())
    replies, after = ask(lane, honest(), hostile(misdeed), honest())
    assert [SAMPLE, SAMPLE] == [replies[0], replies[2]]
    assert isinstance(replies[1], Failure)
    assert before != after


def test_an_old_process_is_replaced_between_jobs(
    lane: ResidentLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processor limit must never end a process in the middle of an innocent sample."""
    _, before = ask(lane, honest())
    monkeypatch.setattr(resident, "MOST_AGE", 0.0)
    replies, after = ask(lane, honest())
    assert [SAMPLE] == replies
    assert before != after


def test_jobs_that_follow_are_answered_by_the_next_call(lane: ResidentLane) -> None:
    """What was sent ahead is answered when it is asked for, once."""
    first, second = [honest(), honest()], [hostile("raise"), honest()]
    assert [SAMPLE, SAMPLE] == lane.answer(first, once(second))
    expected = [Failure(code=FailureCode.RAISED, detail="ValueError"), SAMPLE]
    assert expected == lane.answer(second, nothing)
    assert [SAMPLE] == lane.answer([honest()], nothing)


@pytest.mark.parametrize("misdeed", ["crash", "answer-twice"])
def test_jobs_sent_ahead_survive_the_process(lane: ResidentLane, misdeed: str) -> None:
    """When the process is lost, what was sent ahead is sent again to the next one."""
    first, second = [honest(), hostile(misdeed)], [honest(), honest()]
    replies = lane.answer(first, once(second))
    assert SAMPLE == replies[0]
    assert isinstance(replies[1], Failure)
    assert [SAMPLE, SAMPLE] == lane.answer(second, nothing)


def test_an_interrupted_lane_starts_nothing(lane: ResidentLane) -> None:
    """After the box is closed no process may appear."""
    lane.interrupt()
    with pytest.raises(RuntimeError, match="closed"):
        lane.answer([honest()], nothing)


def test_a_process_that_cannot_be_replaced_stops_the_run(lane: ResidentLane) -> None:
    """Without a process nothing is answered, and nothing is made up."""
    broken = resident.ResidentLane(
        Setup(
            lane=Lane.RESIDENT,
            programs=(),
            confinement=Confinement(variant=Variant.RESIDENT, memory=1, parent=1),
        )
    )
    with pytest.raises(SandboxError, match="cannot be started"):
        broken.answer([honest()], nothing)
