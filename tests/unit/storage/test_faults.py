"""Every error of the operating system becomes a store's error with a next step."""

import errno

import pytest

from custody.errors import ExitCode, StoreError
from storage.faults import REASONS, store_error, store_faults


@pytest.mark.parametrize("code", sorted(errno.errorcode))
def test_every_error_has_a_reason_and_a_next_step(code: int) -> None:
    """No errno is left without words for a person at 3 a.m."""
    error = store_error("store an object", OSError(code, "system text", "/home/name-of-a-patient"))
    assert error.exit_code is ExitCode.UNAVAILABLE
    assert error.reason.startswith("cannot store an object: ")
    assert error.next_step
    assert "patient" not in str(error)


@pytest.mark.parametrize(("code", "words"), [(code, words) for code, (words, _) in REASONS.items()])
def test_the_likely_errors_are_told_apart(code: int, words: str) -> None:
    """A full disk, a read-only one and a dying one are three different sentences."""
    assert words in store_error("read", OSError(code, "")).reason


def test_an_error_without_a_number_is_still_reported() -> None:
    """Some libraries raise OSError without an errno."""
    assert store_error("read", OSError()).reason == "cannot read: unknown error"


def test_the_cause_is_kept() -> None:
    """The system's own error stays attached for whoever debugs."""
    with pytest.raises(StoreError, match="cannot read") as caught, store_faults("read"):
        raise OSError(errno.EIO, "")
    assert isinstance(caught.value.__cause__, OSError)


def test_other_errors_pass_unchanged() -> None:
    """A bug is not dressed up as a disk fault."""
    with pytest.raises(ZeroDivisionError), store_faults("read"):
        raise ZeroDivisionError
