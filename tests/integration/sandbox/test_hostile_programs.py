import os
import threading
from pathlib import Path

import pytest

from custody.box import Answer, Failure, FailureCode, Job, Lane, OpenFile, Produced, Reply
from sandbox.pool import Pool
from tests.corpus.hostile_programs import MISDEEDS, programs

LANES = [lane.value for lane in Lane]
REFUSED = Answer(untrusted_value="refused: 1")  # EPERM
FORGED = Failure(code=FailureCode.FORGED)
TOO_MUCH = Failure(code=FailureCode.TOO_MUCH_OUTPUT)
OUT_OF_MEMORY = Failure(code=FailureCode.OUT_OF_MEMORY)
TIMED_OUT = Failure(code=FailureCode.TIMED_OUT)
MEBIBYTE = 1024**2

# What each misdeed gets, in either lane. `refused` ones answer by themselves what the kernel said.
EXPECTED: dict[str, Reply] = {
    "crash": Failure(code=FailureCode.CRASHED, detail="ended by SIGSEGV"),
    "hang": TIMED_OUT,
    "spin": TIMED_OUT,
    "half-a-frame": TIMED_OUT,
    "allocate": OUT_OF_MEMORY,
    "print-much": Answer(untrusted_value="printed"),
    "read-stdin": Answer(untrusted_value=0),
    "environment": Answer(untrusted_value={}),
    "emit-much": TOO_MUCH,
    "emit-much-and-hush": TOO_MUCH,
    "emit-empty": TOO_MUCH,
    "return-much": TOO_MUCH,
    "return-no-json": Failure(code=FailureCode.RAISED, detail="TypeError"),
    "return-surrogate": Answer(untrusted_value="a?b"),
    "raise": Failure(code=FailureCode.RAISED, detail="ValueError"),
    "raise-named": Failure(code=FailureCode.RAISED),
    "exit": Failure(code=FailureCode.RAISED, detail="SystemExit"),
    "exit-at-once": Failure(code=FailureCode.CRASHED, detail="exit code 0"),
    "recurse": Failure(code=FailureCode.RAISED, detail="RecursionError"),
    "close-wire": Failure(code=FailureCode.CRASHED, detail="ended by SIGKILL"),
    "count-descriptors": Answer(untrusted_value=1),
    "answer-later": FORGED,
    "answer-twice": FORGED,
    **{name: FORGED for name in MISDEEDS if name.startswith("forge-")},
    **dict.fromkeys(
        (
            "fork",
            "exec",
            "subprocess",
            "open",
            "read-passwd",
            "list-root",
            "stat",
            "chmod",
            "socket",
            "unix-socket",
            "udp",
            "memfd",
            "kill-parent",
            "kill-all",
            "ptrace",
            "shared-memory",
            "stack-memory",
            "io-uring",
            "user-namespace",
            "prctl",
            "limits",
            "signal-owner",
        ),
        REFUSED,
    ),
}
ASKED_ELSEWHERE = {
    "hoard",
    "emit-honestly",
    "start-thread",
    "change-descriptors",
    "claim-blindness",  # a lie within the protocol: what it costs stands with the instruments
}
SHORT = {"hang", "spin", "half-a-frame"}


def misdeed(name: str, lane: str, **asked: object) -> Job:
    """Return a job that does a misdeed."""
    return Job(
        program=f"misbehave-{lane}",
        content=b"sample",
        params={"misdeed": name, "parent": os.getpid(), **asked},
        seconds=0.5 if name in SHORT else 30.0,
    )


def neighbour(lane: str, content: bytes) -> Job:
    """Return an honest job."""
    return Job(program=f"neighbour-{lane}", content=content)


def told(content: bytes) -> Answer:
    """Return what the honest program tells of this content."""
    return Answer(untrusted_value={"size": len(content), "last": content[-1]})


def test_every_misdeed_is_tried() -> None:
    """No misdeed of the corpus is left out of the tests."""
    assert set(EXPECTED) | ASKED_ELSEWHERE == set(MISDEEDS)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_misdeed_costs_its_own_reply_only(pool: Pool, name: str, lane: str) -> None:
    """Whatever a program does, its neighbours before and behind it are answered right."""
    jobs = [
        neighbour(lane, b"before"),
        misdeed(name, lane),
        neighbour(lane, b"behind"),
        neighbour(lane, b"last"),
    ]
    expected = [told(b"before"), EXPECTED[name], told(b"behind"), told(b"last")]
    assert expected == list(pool.run(jobs))


@pytest.mark.parametrize("lane", LANES)
def test_a_misdeed_at_the_end_is_still_blamed(pool: Pool, lane: str) -> None:
    """A second reply to the last job is seen before the process gets other work."""
    assert [told(b"before"), FORGED] == list(
        pool.run([neighbour(lane, b"before"), misdeed("answer-twice", lane)])
    )
    assert [told(b"next")] == list(pool.run([neighbour(lane, b"next")]))


def test_memory_that_an_earlier_sample_left_is_not_blamed_on_a_later_one() -> None:
    """A job that finds the process full is tried again in a fresh one."""
    lane = Lane.RESIDENT.value
    sizes = (160 * MEBIBYTE, 160 * MEBIBYTE, 600 * MEBIBYTE)
    jobs = [*(misdeed("hoard", lane, bytes=size) for size in sizes), neighbour(lane, b"last")]
    expected = [Answer(untrusted_value=1), Answer(untrusted_value=1), OUT_OF_MEMORY, told(b"last")]
    with Pool(programs(), workers=1, resident_memory=256 * MEBIBYTE) as small:
        assert expected == list(small.run(jobs))


def test_only_resident_programs_start_threads(pool: Pool) -> None:
    """A rule engine's own timer thread works; a parser that is forked for one sample gets none."""
    replies = list(pool.run(misdeed("start-thread", lane) for lane in ("resident", "forked")))
    assert [Answer(untrusted_value=[1]), Answer(untrusted_value="refused")] == replies


@pytest.mark.parametrize("lane", LANES)
def test_produced_streams_come_back_whole_and_in_order(pool: Pool, lane: str) -> None:
    """What a program emits within its credit is returned with its answer."""
    job = Job(
        program=f"misbehave-{lane}",
        content=b"",
        params={"misdeed": "emit-honestly", "names": ["é", "b"], "times": 300_000},
        produce_limit=900_000,
    )
    streams = (
        Produced(untrusted_label="é", content="é".encode() * 300_000),
        Produced(untrusted_label="b", content=b"b" * 300_000),
    )
    assert [Answer(untrusted_value="emitted", produced=streams)] == list(pool.run([job]))


@pytest.mark.parametrize("lane", LANES)
def test_a_descriptor_opened_for_writing_arrives_read_only(
    pool: Pool, lane: str, tmp_path: Path
) -> None:
    """Hostile code can neither write to, cut, map for writing nor chmod the vault's copy."""
    path = tmp_path / "sample"
    path.write_bytes(b"s" * MEBIBYTE)
    path.chmod(0o600)
    with path.open("r+b") as file:
        content = OpenFile(descriptor=file.fileno(), offset=0, length=MEBIBYTE)
        job = Job(
            program=f"misbehave-{lane}", content=content, params={"misdeed": "change-descriptors"}
        )
        assert [Answer(untrusted_value=[])] == list(pool.run([job]))
    assert path.read_bytes() == b"s" * MEBIBYTE
    assert path.stat().st_mode & 0o777 == 0o600


def test_jobs_that_were_sent_ahead_of_a_misdeed_are_sent_again() -> None:
    """Wherever misdeeds stand in a long run, each costs its own reply; none is lost or moved."""
    lane = Lane.RESIDENT.value
    misdeeds = {5: "crash", 47: "answer-twice", 48: "hang", 95: "forge-garbage", 96: "answer-later"}
    jobs: list[Job] = []
    expected: list[Reply] = []
    for place in range(200):
        content = b"x" * (place + 1)
        name = misdeeds.get(place)
        jobs.append(misdeed(name, lane) if name else neighbour(lane, content))
        expected.append(EXPECTED[name] if name else told(content))
    with Pool(programs(), workers=1) as box:
        assert expected == list(box.run(jobs))


def test_every_run_of_many_threads_stays_its_own_amid_misdeeds() -> None:
    """Misdeeds of one caller's jobs never reach the replies of another caller."""
    lane = Lane.RESIDENT.value
    replies: dict[int, list[Reply]] = {}

    with Pool(programs(), workers=2) as box:

        def work(size: int) -> None:
            jobs = [neighbour(lane, b"t" * size) for _ in range(60)]
            jobs[size * 7] = misdeed("crash", lane)
            replies[size] = list(box.run(jobs))

        threads = [threading.Thread(target=work, args=(size,)) for size in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    for size in range(1, 7):
        expected = [told(b"t" * size)] * 60
        assert [*expected[:-1], EXPECTED["crash"]] == [
            *replies[size][: size * 7],
            *replies[size][size * 7 + 1 :],
            replies[size][size * 7],
        ]
