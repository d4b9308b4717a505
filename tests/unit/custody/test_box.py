"""The box's values: what a job may do unless it is told otherwise."""

import pytest

from custody.box import Answer, Failure, FailureCode, Job, Lane, OpenFile, Program


def test_a_job_may_produce_nothing_unless_it_is_allowed_to():
    """The limit of what a program emits starts at zero, and its time is bounded."""
    job = Job(program="p", content=OpenFile(descriptor=3, offset=0, length=10))

    assert (0, 60.0, {}) == (job.produce_limit, job.seconds, job.params)


def test_a_failure_needs_its_code():
    """There is no failure without a reason, and none is an answer."""
    with pytest.raises(TypeError):
        Failure()

    assert not isinstance(Failure(code=FailureCode.CRASHED), Answer)


def test_an_answer_produced_nothing_unless_it_says_so():
    """An answer without streams has none."""
    assert () == Answer(untrusted_value=None).produced


def test_programs_and_jobs_do_not_share_their_parameters():
    """Two values without parameters do not share one dictionary."""
    programs = [Program(name=n, factory="module:make", lane=Lane.FORKED) for n in "ab"]
    jobs = [Job(program=n, content=b"") for n in "ab"]

    assert programs[0].params is not programs[1].params
    assert jobs[0].params is not jobs[1].params


def test_only_machine_trouble_is_not_the_sample_s_fault():
    """The codes that a caller maps to outcomes are all there; one alone is transient."""
    expected = {
        "CRASHED",
        "TIMED_OUT",
        "OUT_OF_MEMORY",
        "FORGED",
        "TOO_MUCH_OUTPUT",
        "RAISED",
        "MACHINE",
    }

    assert expected == {code.name for code in FailureCode}
