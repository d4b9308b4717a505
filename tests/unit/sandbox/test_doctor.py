import os
import signal
import sys

import pytest

from custody.errors import SandboxError
from sandbox import doctor
from sandbox.doctor import ATTEMPTS, Protection, probe, probe_bubblewrap, require


def test_a_probe_that_cannot_run_has_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the interpreter cannot be started, every protection is off, with the reason."""
    monkeypatch.setattr(sys, "executable", "/absent/python")
    found = [protection for protection in probe() if protection.name != "bubblewrap"]
    assert [attempt.name for attempt in ATTEMPTS] == [protection.name for protection in found]
    assert {(False, "the probe failed: FileNotFoundError")} == {(p.on, p.detail) for p in found}


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only mandatory protections stop the start; the error names each and why."""
    found = (
        Protection(name="seccomp", mandatory=True, on=False, detail="refused"),
        Protection(name="rlimits", mandatory=True, on=True, detail=""),
        Protection(name="landlock", mandatory=False, on=False, detail="absent"),
    )
    monkeypatch.setattr(doctor, "probe", lambda: found)
    with pytest.raises(SandboxError, match=r"this machine lacks seccomp \(refused\) -> "):
        require()


def test_optional_protections_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Landlock, another user and namespaces help where they are, and nothing waits for them."""
    found = (Protection(name="landlock", mandatory=False, on=False, detail="absent"),)
    monkeypatch.setattr(doctor, "probe", lambda: found)
    assert require() is None  # type: ignore[func-returns-value]


def _succeed() -> str:
    return "in force"


def _refuse() -> str:
    raise OSError(1, "Operation not permitted")


def _die() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        (_succeed, (True, "in force")),
        (_refuse, (False, "[Errno 1] Operation not permitted")),
        (_die, (False, "the child ended with -9")),
    ],
)
def test_an_attempt_happens_in_a_child(deed: object, expected: tuple[bool, str]) -> None:
    """Trying a protection changes nothing in the process that asks, however the child ends."""
    assert expected == doctor._in_child(deed)  # type: ignore[arg-type]


def test_an_absent_bubblewrap_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """External tools then cannot be used; nothing else depends on it."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    expected = Protection(
        name="bubblewrap", mandatory=False, on=False, detail="bwrap is not installed"
    )
    assert expected == probe_bubblewrap()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/bin/true", (True, "/bin/true")),
        ("/bin/false", (False, "bwrap is refused here")),
        ("/absent/bwrap", (False, "bwrap does not run: FileNotFoundError")),
    ],
)
def test_bubblewrap_is_believed_when_it_runs(
    monkeypatch: pytest.MonkeyPatch, command: str, expected: tuple[bool, str]
) -> None:
    """An installed tool that the kernel refuses is off."""
    monkeypatch.setattr("shutil.which", lambda _: command)
    found = probe_bubblewrap()
    assert expected == (found.on, found.detail)
