import os
from collections.abc import Sequence
from concurrent.futures import CancelledError

import pytest

from custody.box import Answer, Job, Reply
from sandbox.lane_thread import Chunk, Following, LaneThread, Work
from sandbox.sealed_job import SealedJob, seal_job

WAIT = 10


class Echo:
    """A lane that answers each job with its content; what it is asked for is kept."""

    def __init__(self, *, fails: bool = False, looks_ahead: int = 0) -> None:
        self.fails = fails
        self.looks_ahead = looks_ahead
        self.calls: list[list[bytes]] = []
        self.seen_ahead: list[list[bytes] | None] = []
        self.stopped = 0

    def start(self) -> None:
        """Start, or not."""
        if self.fails:
            raise LookupError("cannot start")

    def answer(self, jobs: Sequence[SealedJob], following: Following) -> list[Reply]:
        """Answer, look ahead, and fail when a job says so."""
        self.calls.append([job.content for job in jobs])
        for _ in range(self.looks_ahead):
            more = following()
            self.seen_ahead.append(None if more is None else [job.content for job in more])
        if jobs[0].content == b"fail":
            raise LookupError("cannot answer")
        return [Answer(untrusted_value=job.content.decode()) for job in jobs]

    def stop(self) -> None:
        """Count the stops."""
        self.stopped += 1

    def interrupt(self) -> None:
        """Nothing runs in another process."""


def chunk(*contents: bytes) -> Chunk:
    """Return a chunk of small jobs."""
    return Chunk([seal_job(Job(program="p", content=content)) for content in contents])


def run(lane: Echo, *chunks: Chunk) -> LaneThread:
    """Give a thread its chunks and the end, and wait for it."""
    work: Work = Work()
    for made in chunks:
        work.put(made)
    work.put(None)
    thread = LaneThread("lane", lane, work)
    thread.join()
    return thread


def test_chunks_are_answered_in_order() -> None:
    """Each chunk's promise is kept, then the lane is stopped."""
    lane, first, second = Echo(), chunk(b"a", b"b"), chunk(b"c")
    thread = run(lane, first, second)
    assert thread.ready.result(WAIT) is None
    values = [
        [reply.untrusted_value for reply in made.replies.result(WAIT)] for made in (first, second)
    ]  # type: ignore[union-attr]
    assert [["a", "b"], ["c"]] == values
    assert 1 == lane.stopped


def test_a_lane_that_does_not_start_says_so() -> None:
    """The error is raised where the start is awaited, and the lane is stopped."""
    lane = Echo(fails=True)
    with pytest.raises(LookupError, match="cannot start"):
        run(lane).ready.result(WAIT)
    assert 1 == lane.stopped


def test_an_error_belongs_to_its_chunk() -> None:
    """The caller of that chunk sees it; the next chunk is answered."""
    first, second = chunk(b"fail"), chunk(b"b")
    run(Echo(), first, second)
    with pytest.raises(LookupError, match="cannot answer"):
        first.replies.result(WAIT)
    assert [Answer(untrusted_value="b")] == second.replies.result(WAIT)


def test_a_chunk_that_nobody_wants_is_closed_and_not_run() -> None:
    """A caller that gave up costs no work, and its descriptors are closed."""
    lane, unwanted, wanted = Echo(), chunk(b"x" * 300_000), chunk(b"b")
    descriptor = unwanted.jobs[0].descriptor
    assert descriptor is not None
    assert unwanted.replies.cancel()
    run(lane, unwanted, wanted)
    assert [[b"b"]] == lane.calls
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    with pytest.raises(CancelledError):
        unwanted.replies.result(WAIT)


@pytest.mark.parametrize("content", [b"fail", b"good"])
def test_descriptors_are_closed_before_replies_are_out(content: bytes) -> None:
    """Who has the replies finds everything closed, also after an error."""
    made = Chunk([seal_job(Job(program="p", content=part)) for part in (content, b"x" * 300_000)])
    descriptor = made.jobs[1].descriptor
    assert descriptor is not None
    run(Echo(), made)
    assert made.replies.done()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_lane_may_look_at_the_next_chunk_only() -> None:
    """However often it asks, it gets the same jobs, and is then called with them."""
    lane = Echo(looks_ahead=2)
    made = [chunk(b"a"), chunk(b"b"), chunk(b"c")]
    run(lane, *made)
    assert [[b"a"], [b"b"], [b"c"]] == lane.calls
    assert [[b"b"], [b"b"], [b"c"], [b"c"], None, None] == lane.seen_ahead
    assert all(one.replies.done() for one in made)


def test_the_end_is_not_lost_to_a_look_ahead() -> None:
    """A lane that looks beyond the last chunk finds nothing, and the thread still ends."""
    lane = Echo(looks_ahead=1)
    run(lane, chunk(b"a"))
    assert ([None], 1) == (lane.seen_ahead, lane.stopped)


def test_what_was_given_up_is_not_sent_ahead() -> None:
    """A cancelled chunk is passed over when the lane looks ahead."""
    lane, unwanted = Echo(looks_ahead=1), chunk(b"b")
    unwanted.replies.cancel()
    run(lane, chunk(b"a"), unwanted, chunk(b"c"))
    assert [[b"a"], [b"c"]] == lane.calls
    assert [None, None] == lane.seen_ahead


def test_a_chunk_weighs_what_its_jobs_weigh() -> None:
    """Content and what may be produced bound how far jobs are pulled ahead."""
    jobs = [seal_job(Job(program="p", content=b"abc", produce_limit=10)) for _ in range(3)]
    assert 39 == Chunk(jobs).weight
