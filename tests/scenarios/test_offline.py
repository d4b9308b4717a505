"""Nothing calls out: the main job through the command line asks the network for nothing."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from cli.hospital import build
from tests.corpus.calls_outside import seen, watched

# An address of RFC 5737 that belongs to nobody; connecting a datagram socket sends nothing.
CALLING_OUT = """
import contextlib, socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, contextlib.suppress(OSError):
    one.connect(("192.0.2.1", 9))
socket.getaddrinfo("127.0.0.1", 9)
"""


@pytest.fixture
def hook(tmp_path):
    """The folder of the hook."""
    folder = tmp_path / "hook"
    folder.mkdir()
    return folder


@pytest.fixture
def offline(autoclave, hook):
    """The command line, every process of which is watched."""
    return replace(autoclave, settings=(*autoclave.settings, *watched(hook).items()))


def outside(hook):
    """The calls that left this machine."""
    return [line for line in seen(hook) if line.startswith("OUTSIDE")]


def test_the_hook_sees_a_call_outside(hook):
    """What sees nothing below does see a connection, and tells this machine from others."""
    environment = os.environ | watched(hook)
    subprocess.run([sys.executable, "-c", CALLING_OUT], env=environment, check=True, timeout=60)

    assert ["OUTSIDE ('192.0.2.1', 9)"] == outside(hook)
    assert ["local '127.0.0.1'"] == [line for line in seen(hook) if line.startswith("local")]


@pytest.mark.slow
def test_the_main_job_calls_nobody(offline, hook, tmp_path, asked):
    """Recover, look at what is held, deliver, verify: no connection, and no name is looked up."""
    hospital = build(tmp_path / "hospital")
    for source in hospital:
        place = ("--site", source.site, "--host", source.host, "--service", source.service)
        assert offline("source", "add", source.folder, *place).code == 0

    ended = [
        offline(*words).code
        for words in (
            ("recover",),
            ("recover",),
            ("status",),
            ("holds",),
            ("doctor",),
            ("restore", "deliver", tmp_path / "delivered"),
            ("audit", "verify", "--deep"),
            ("audit", "export", tmp_path / "export"),
        )
    ]

    # The doctor says of a test's server that a power cut would cost what it promised.
    doctor = 5 if asked.database else 0
    assert [3, 3, 0, 3, doctor, 0, 0, 0] == ended
    assert len(hospital) + len(ended) <= len([x for x in seen(hook) if x.startswith("watched")])
    assert [] == outside(hook)
