import pytest

from custody.box import Job, Lane
from sandbox.pool import MOST_CHUNK_BYTES, MOST_CHUNK_JOBS, Gathered
from sandbox.sealed_job import SealedJob, seal_job


def job(*, produce_limit: int = 0) -> SealedJob:
    """Return a small job."""
    return seal_job(Job(program="p", content=b"abc", produce_limit=produce_limit))


@pytest.mark.parametrize("lane", list(Lane))
def test_a_chunk_holds_so_many_jobs(lane: Lane) -> None:
    """Forked jobs, which are dear, go in smaller chunks than resident ones."""
    gathered, count = Gathered(), 0
    while gathered.takes(lane):
        gathered.add(lane, job())
        count += 1
    assert MOST_CHUNK_JOBS[lane] == count


@pytest.mark.parametrize("lane", list(Lane))
def test_a_heavy_job_fills_a_chunk(lane: Lane) -> None:
    """What may be produced counts: a job that may produce much goes alone."""
    gathered = Gathered()
    gathered.add(lane, job(produce_limit=MOST_CHUNK_BYTES))
    assert not gathered.takes(lane)


def test_lanes_are_not_mixed() -> None:
    """A chunk is for one lane; an empty one takes any."""
    gathered = Gathered()
    assert gathered.takes(Lane.FORKED)
    gathered.add(Lane.FORKED, job())
    assert not gathered.takes(Lane.RESIDENT)
    chunk, lane = gathered.take()
    assert (1, Lane.FORKED) == (len(chunk.jobs), lane)
    assert gathered.takes(Lane.RESIDENT)
