"""What holds between a box's processes and the one that owns it."""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from custody.box import Answer, Job, Lane
from sandbox.doctor import Protection, probe, require
from sandbox.pool import Pool
from tests.corpus import hostile_programs
from tests.corpus.processes import children_of, eventually, is_alive

ROOT = Path(__file__).parents[3]
HANG_FOR_EVER = """
import signal, sys, threading
# Whoever runs these tests in the background of a shell has SIGINT ignored, here too.
signal.signal(signal.SIGINT, signal.default_int_handler)
from custody.box import Job, Lane
from sandbox.pool import Pool
from tests.corpus import hostile_programs
pool = Pool(hostile_programs.programs(), workers=1)
pool.start()
for lane in Lane:
    spin = {"misdeed": "spin"}
    job = Job(program=f"misbehave-{lane.value}", content=b"", params=spin, seconds=600)
    threading.Thread(target=lambda job=job: list(pool.run([job])), daemon=True).start()
print("running", flush=True)
threading.Event().wait(600)
"""
ANSWER_BOTH = """
import os
from custody.box import Job, Lane
from sandbox.doctor import require
from sandbox.pool import Pool
from tests.corpus import hostile_programs
require()
jobs = [Job(program=f"neighbour-{lane.value}", content=b"x" * 300_000) for lane in Lane]
jobs += [Job(program=f"misbehave-{lane.value}", content=b"", params={"misdeed": deed})
         for lane in Lane for deed in ("read-passwd", "kill-all", "fork", "crash")]
with Pool(hostile_programs.programs(), workers=1) as pool:
    print(os.geteuid(), [getattr(r, "untrusted_value", None) or r.detail for r in pool.run(jobs)])
"""


def python(*before: str) -> list[str]:
    """Return a command that runs Python with the project on its path."""
    return [*before, sys.executable, "-c"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_its_owner(how: signal.Signals) -> None:
    """However the owner ends, its workers, its zygote and running children end with it."""
    with subprocess.Popen(
        [*python(), HANG_FOR_EVER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "running\n"
        assert eventually(lambda: len(children_of(owner.pid)) >= 3)  # worker, zygote, child
        below = children_of(owner.pid)
        owner.send_signal(how)
        owner.wait(20)
    assert eventually(lambda: not any(is_alive(pid) for pid in below))


def test_a_box_outlives_the_thread_that_started_it() -> None:
    """The kernel's death signal belongs to a thread; the box keeps one of its own for that."""
    pool = Pool(hostile_programs.programs(), workers=1)
    starter = threading.Thread(target=pool.start)
    starter.start()
    starter.join(60)
    jobs = [Job(program=f"neighbour-{lane.value}", content=b"a") for lane in Lane]
    before = children_of(os.getpid())
    try:
        assert [Answer(untrusted_value={"size": 1, "last": 97})] * 2 == list(pool.run(jobs))
        assert eventually(lambda: before == children_of(os.getpid()))
    finally:
        pool.close()


def test_locked_processes_hold_no_rights() -> None:
    """Each process of a box has a filter, no capability, no new privileges, and is not root."""
    others = children_of(os.getpid())
    with Pool(hostile_programs.programs(), workers=1):
        fields = [_status(pid) for pid in children_of(os.getpid()) - others]
    assert len(fields) == 2
    assert {"1"} == {status["NoNewPrivs"] for status in fields}
    assert {"0000000000000000"} == {status["CapEff"] for status in fields}
    assert all(status["Uid"].split()[0] != "0" for status in fields)
    # The zygote forks, so its filter comes with each child.
    assert ["0", "2"] == sorted(status["Seccomp"] for status in fields)


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_box_works_without_root() -> None:
    """An ordinary user gets the mandatory protections, in both lanes."""
    drop = (
        "setpriv",
        "--reuid=12345",
        "--regid=12345",
        "--clear-groups",
        # only so that an interpreter in root's own folder can still be read
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
    )
    before = drop if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*python(*before), ANSWER_BOTH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answers = [{"size": 300_000, "last": 120}] * 2 + [*["refused: 1"] * 3, "ended by SIGSEGV"] * 2
    user = 12345 if before else os.geteuid()
    assert (f"{user} {answers}\n", "") == (done.stdout, done.stderr)


def test_an_owner_that_ignores_its_children_changes_nothing() -> None:
    """Ignored and blocked signals are inherited through exec; the box's processes undo that."""
    ignore = (
        "import signal\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGTERM])\n"
    )
    done = subprocess.run(
        [*python(), ignore + ANSWER_BOTH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (0, "", 2) == (done.returncode, done.stderr, done.stdout.count("300000"))


@pytest.mark.parametrize("lane", [lane.value for lane in Lane])
def test_descriptors_of_a_busy_owner_are_not_inherited(lane: str) -> None:
    """However many descriptors the owner has open, locked code has its wire and nothing else."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    held = [os.open("/", os.O_RDONLY) for _ in range(1500)]
    for descriptor in held:
        os.set_inheritable(descriptor, True)
    params = {"misdeed": "count-descriptors"}
    job = Job(program=f"misbehave-{lane}", content=b"", params=params)
    try:
        with Pool(hostile_programs.programs(), workers=1) as pool:
            assert [Answer(untrusted_value=1)] * 3 == list(pool.run([job] * 3))
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_doctor_tells_every_protection() -> None:
    """The mandatory ones are on where these tests run; each tells what it is."""
    found = {protection.name: protection for protection in probe()}
    mandatory = {name for name, protection in found.items() if protection.mandatory}
    assert {"seccomp", "no_new_privs", "rlimits"} == mandatory
    assert all(found[name].on for name in mandatory)
    assert {"landlock", "another user", "user namespaces", "bubblewrap"} == set(found) - mandatory
    assert all(isinstance(p, Protection) and p.detail for p in found.values())
    require()
