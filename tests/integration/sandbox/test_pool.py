import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from custody.box import Answer, Box, Failure, FailureCode, Job, Lane, OpenFile, Program
from custody.errors import RulesError, SandboxError
from sandbox.pool import Pool
from sandbox.unsafe import UnsafeNoSandbox
from tests.corpus import hostile_programs
from tests.corpus.processes import children_of, eventually, is_alive, open_descriptors

CORPUS = "tests.corpus.hostile_programs"
LANES = [lane.value for lane in Lane]


def ask(lane: str, content: bytes | OpenFile) -> Job:
    """Return an honest job."""
    return Job(program=f"neighbour-{lane}", content=content)


def told(size: int, last: int | None) -> Answer:
    """Return what the honest program tells."""
    return Answer(untrusted_value={"size": size, "last": last})


def program(factory: str, lane: str) -> Program:
    """Return a program of the corpus."""
    return Program(name=factory, factory=f"{CORPUS}:{factory}", lane=Lane(lane))


def hang(lane: str, seconds: float) -> Job:
    """Return a job that never ends by itself."""
    return Job(
        program=f"misbehave-{lane}", content=b"", params={"misdeed": "hang"}, seconds=seconds
    )


def test_a_pool_is_a_box(pool: Pool) -> None:
    """The pool has the shape that the stages ask for, and says that it is locked."""
    box: Box = pool
    assert [told(1, 97)] == list(box.run([ask("resident", b"a")]))
    assert pool.sandboxed


def test_replies_come_in_order_across_lanes_and_workers() -> None:
    """Jobs spread over workers and lanes; their replies keep the order of the jobs."""
    sizes = [(place * 37) % 5000 + 1 for place in range(320)]
    jobs = (
        ask("forked" if place % 17 == 0 else "resident", b"x" * size)
        for place, size in enumerate(sizes)
    )
    with Pool(hostile_programs.programs(), workers=2) as pool:
        assert [told(size, 120) for size in sizes] == list(pool.run(jobs))


@pytest.mark.parametrize("lane", LANES)
def test_content_of_every_size_arrives(pool: Pool, lane: str) -> None:
    """Nothing, one byte, what goes inline, and what goes as memory of its own arrive whole."""
    sizes = [0, 1, 256 * 1024, 256 * 1024 + 1, 5_000_000]
    expected = [told(size, 122 if size else None) for size in sizes]
    assert expected == list(pool.run(ask(lane, b"z" * size) for size in sizes))


@pytest.mark.parametrize("lane", LANES)
def test_a_part_of_a_file_is_all_that_a_program_gets(pool: Pool, lane: str, tmp_path: Path) -> None:
    """Offset and length bound what is mapped, on and off page borders."""
    path = tmp_path / "segment"
    path.write_bytes(b"".join(bytes([place % 251]) * 1000 for place in range(1000)))
    parts = [(0, 1_000_000), (1, 999_999), (4096, 500_000), (12_345, 300_000), (500, 10), (7, 0)]
    content = path.read_bytes()
    expected = [
        told(length, content[offset + length - 1] if length else None) for offset, length in parts
    ]
    with path.open("rb") as file:
        jobs = [
            ask(lane, OpenFile(descriptor=file.fileno(), offset=offset, length=length))
            for offset, length in parts
        ]
        assert expected == list(pool.run(jobs))


def test_a_caller_may_close_a_file_when_it_is_asked_for_the_next_job(
    pool: Pool, tmp_path: Path
) -> None:
    """Jobs are pulled ahead, so a descriptor is taken over when its job is pulled."""

    def jobs() -> Iterator[Job]:
        for place in range(40):
            path = tmp_path / str(place)
            path.write_bytes(bytes([place]) * 300_000)
            with path.open("rb") as file:
                content = OpenFile(descriptor=file.fileno(), offset=0, length=300_000)
                yield ask("resident", content)

    assert [told(300_000, place) for place in range(40)] == list(pool.run(jobs()))


@pytest.mark.parametrize("length", [10, 500_000])
def test_content_that_ends_early_is_our_trouble(pool: Pool, tmp_path: Path, length: int) -> None:
    """A file that is shorter than its job says fails alone, as the machine's trouble."""
    path = tmp_path / "short"
    path.write_bytes(b"123")
    with path.open("rb") as file:
        short = OpenFile(descriptor=file.fileno(), offset=0, length=length)
        jobs = [ask("resident", b"a"), ask("resident", short), ask("resident", b"b")]
        before, failed, behind = pool.run(jobs)
    assert [told(1, 97), told(1, 98)] == [before, behind]
    assert isinstance(failed, Failure)
    assert failed.code is FailureCode.MACHINE


def test_several_threads_share_a_box() -> None:
    """Each thread gets the replies to its own jobs, also while another's job hangs."""
    replies: dict[int, list[object]] = {}
    with Pool(hostile_programs.programs(), workers=2) as pool:

        def work(size: int) -> None:
            jobs = [ask(LANES[size % 2], b"t" * size) for _ in range(30)]
            extra = [hang(LANES[size % 2], 0.3)] if size < 3 else []
            replies[size] = list(pool.run([*extra, *jobs]))[len(extra) :]

        threads = [threading.Thread(target=work, args=(size,)) for size in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert {size: [told(size, 116)] * 30 for size in range(1, 9)} == replies


def test_a_consumer_may_use_the_box_while_it_reads_replies() -> None:
    """One worker suffices for a run inside a run: nothing is held between replies."""
    with Pool(hostile_programs.programs(), workers=1) as pool:
        inner = [
            list(pool.run([ask("resident", b"ab")]))
            for _ in pool.run(ask("resident", b"a") for _ in range(100))
        ]
    assert [[told(2, 98)]] * 100 == inner


def test_a_run_that_is_given_up_leaves_nothing_behind(pool: Pool) -> None:
    """A caller may stop reading replies; the box serves the next one."""
    replies = pool.run(ask("resident", b"a") for _ in range(1000))
    assert told(1, 97) == next(iter(replies))
    replies.close()  # type: ignore[attr-defined]  # a generator
    assert [told(1, 98)] == list(pool.run([ask("resident", b"b")]))


def test_an_error_of_the_caller_reaches_the_caller(pool: Pool) -> None:
    """When the jobs themselves cannot be made, their error is raised and the box stays usable."""

    def jobs() -> Iterator[Job]:
        yield ask("resident", b"a")
        raise OSError("the store is gone")

    with pytest.raises(OSError, match="the store is gone"):
        list(pool.run(jobs()))
    assert [told(1, 98)] == list(pool.run([ask("resident", b"b")]))


def test_an_unknown_program_is_a_bug(pool: Pool) -> None:
    """A job can only name a program that was prepared before the lock."""
    with pytest.raises(RuntimeError, match="no program absent"):
        list(pool.run([Job(program="absent", content=b"")]))


@pytest.mark.parametrize("lane", LANES)
def test_a_deadline_is_kept(pool: Pool, lane: str) -> None:
    """A job that hangs ends at its own deadline, not at its neighbours'."""
    start = time.monotonic()
    replies = list(pool.run([hang(lane, 0.5)]))
    assert [Failure(code=FailureCode.TIMED_OUT)] == replies
    assert 0.5 <= time.monotonic() - start < 60


def test_no_process_and_no_descriptor_is_left() -> None:
    """After 500 jobs, crashes and hangs among them, everything that was opened is closed again."""
    descriptors, children = open_descriptors(), children_of(os.getpid())
    crash = {"misdeed": "crash"}
    with Pool(hostile_programs.programs(), workers=2) as pool:
        during = open_descriptors()
        for lane in LANES:
            jobs = [ask(lane, b"x" * 300_000) for _ in range(240)]
            jobs[100:100] = [Job(program=f"misbehave-{lane}", content=b"", params=crash)] * 4
            jobs[200:200] = [hang(lane, 0.2)] * 2
            answered = [r for r in pool.run(jobs) if isinstance(r, Answer)]
            assert [told(300_000, 120)] * 240 == answered
        assert during == open_descriptors()
    assert descriptors == open_descriptors()
    assert eventually(lambda: children_of(os.getpid()) == children)


@pytest.mark.parametrize("lane", LANES)
def test_a_process_that_is_killed_from_outside_is_replaced(lane: str) -> None:
    """The kernel's memory killer may take an idle process; the next job finds another."""
    others = children_of(os.getpid())
    with Pool([program("neighbour", lane)], workers=1) as pool:
        mine = children_of(os.getpid()) - others
        for pid in mine:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not any(is_alive(pid) for pid in mine))
        job = Job(program="neighbour", content=b"a")
        assert [told(1, 97)] * 3 == list(pool.run([job] * 3))


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(
    ("factory", "error", "message"),
    [
        ("refuse", RulesError, "pack 'x' does not compile -> correct line 7"),
        ("raise_in_factory", SandboxError, "KeyError: 'absent'"),
        ("absent", SandboxError, "has no attribute 'absent'"),
        ("die_in_factory", SandboxError, "exit code 9"),
    ],
)
def test_a_program_that_cannot_be_prepared_stops_the_start(
    lane: str, factory: str, error: type[Exception], message: str
) -> None:
    """A factory's own error is raised as it is; any other tells what happened. Nothing is left."""
    before = children_of(os.getpid())
    with pytest.raises(error, match=message), Pool([program(factory, lane)]):
        pytest.fail("the box opened")
    assert eventually(lambda: children_of(os.getpid()) == before)


def test_a_closed_box_runs_nothing() -> None:
    """Jobs before the start and after the end are a bug of the caller."""
    pool = Pool(hostile_programs.programs(), workers=1)
    with pytest.raises(RuntimeError, match="not open"):
        pool.run([])
    with pool:
        assert [] == list(pool.run([]))
    with pytest.raises(RuntimeError, match="not open"):
        pool.run([])


@pytest.mark.parametrize("lane", LANES)
def test_a_box_that_is_closed_blames_no_sample(lane: str) -> None:
    """A job that runs while another thread closes the box fails loudly, not as a crash."""
    raised: list[BaseException] = []
    pool = Pool(hostile_programs.programs(), workers=1)
    pool.start()

    def work() -> None:
        try:
            list(pool.run([hang(lane, 60), ask(lane, b"a")]))
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    pool.close()
    thread.join(20)
    assert ["the box was closed while jobs were running"] == [str(error) for error in raised]


@pytest.mark.parametrize("programs", [(), hostile_programs.programs() * 2])
def test_a_box_needs_programs_with_names_of_their_own(programs: tuple[Program, ...]) -> None:
    """An empty box, or a name that stands for two programs, is a bug of the caller."""
    with pytest.raises(RuntimeError, match="names of their own"):
        Pool(programs)


@pytest.mark.parametrize("lane", LANES)
def test_the_unsafe_box_names_itself_and_still_survives(lane: str) -> None:
    """Without the filter a program can open files, and a crash or a hang still costs one reply."""
    read = Job(program=f"misbehave-{lane}", content=b"", params={"misdeed": "list-root"})
    crash = Job(program=f"misbehave-{lane}", content=b"", params={"misdeed": "crash"})
    with UnsafeNoSandbox(hostile_programs.programs(), workers=1) as box:
        assert not box.sandboxed
        opened, crashed, hung, behind = box.run([read, crash, hang(lane, 0.3), ask(lane, b"a")])
    assert isinstance(opened, Answer)
    assert opened.untrusted_value.startswith("done")
    assert Failure(code=FailureCode.CRASHED, detail="ended by SIGSEGV") == crashed
    assert Failure(code=FailureCode.TIMED_OUT) == hung
    assert told(1, 97) == behind


def test_threads_of_a_factory_are_locked_too() -> None:
    """A thread that a resident program's factory started cannot open files after the lock."""
    with Pool([program("start_thread_early", "resident")], workers=1) as pool:
        replies = list(pool.run([Job(program="start_thread_early", content=b"")]))
    assert [Answer(untrusted_value="refused: 1")] == replies


def test_a_forked_program_with_threads_is_refused() -> None:
    """A child forked beside a thread could wait for that thread's locks for ever."""
    with (
        pytest.raises(SandboxError, match="starts threads -> make it a resident program"),
        Pool([program("start_thread_early", "forked")]),
    ):
        pytest.fail("the box opened")


@pytest.mark.parametrize("lane", LANES)
def test_python_itself_needs_no_file_after_the_lock(lane: str) -> None:
    """Encodings and dates, which Python loads at their first use, are there in locked code."""
    encodings = ["utf-16-le", "utf-8-sig", "cp1252", "latin-1"]
    job = Job(
        program="decode_text",
        content=b"ab",
        params={"encodings": encodings, "when": "20220513"},
    )
    with Pool([program("decode_text", lane)], workers=1) as pool:
        replies = list(pool.run([job]))
    texts = [b"ab".decode(encoding) for encoding in encodings]
    assert [Answer(untrusted_value=[*texts, 2022])] == replies


@pytest.mark.parametrize("lane", LANES)
def test_a_sample_too_large_to_be_mapped_is_out_of_memory(pool: Pool, lane: str) -> None:
    """What does not fit into the address space fails by its name, and alone."""
    length = 100 * 1024**3
    sparse = os.memfd_create("sparse")
    os.ftruncate(sparse, length)
    try:
        jobs = [
            ask(lane, OpenFile(descriptor=sparse, offset=0, length=length)),
            ask(lane, OpenFile(descriptor=sparse, offset=length - 300_000, length=300_000)),
        ]
        expected = [Failure(code=FailureCode.OUT_OF_MEMORY), told(300_000, 0)]
        assert expected == list(pool.run(jobs))
    finally:
        os.close(sparse)
