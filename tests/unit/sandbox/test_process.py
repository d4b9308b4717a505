import signal

import pytest

from custody.box import FailureCode
from sandbox.process import describe_exit, failure_code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, "exit code 0"),
        (7, "exit code 7"),
        (-signal.SIGSEGV, "ended by SIGSEGV"),
        (-signal.SIGSYS, "ended by SIGSYS"),
        (-200, "ended by signal 200"),
    ],
)
def test_an_end_is_told_in_words(code: int, expected: str) -> None:
    """A person reads what ended a process; it holds nothing of the sample."""
    assert expected == describe_exit(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, FailureCode.CRASHED),
        (-signal.SIGSEGV, FailureCode.CRASHED),
        (-signal.SIGKILL, FailureCode.CRASHED),
        (-signal.SIGXCPU, FailureCode.TIMED_OUT),
    ],
)
def test_a_spent_processor_limit_is_a_deadline(code: int, expected: FailureCode) -> None:
    """Every end without an answer is a crash, except that of a job which only ran too long."""
    assert expected is failure_code(code)
