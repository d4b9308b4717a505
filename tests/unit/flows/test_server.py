"""The servers are told all that they need, and nothing of an operator's own Prefect."""

import os
import socket
import sys
from pathlib import Path

import pytest

from custody.errors import UnavailableError
from flows.served import Served
from flows.server import (
    LOOPBACK,
    free_port,
    port_of,
    server_command,
    server_environment,
    worker_environment,
)

FOREIGN = {
    "PREFECT_API_URL": "https://elsewhere/api",
    "PREFECT_API_KEY": "k",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "true",
    "PATH": "/bin",
}


@pytest.fixture
def served(tmp_path):
    """The places of a home."""
    found = Served(home=tmp_path / "home")
    found.make()
    return found


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_refused(taken):
    """It is named, with the setting that chooses another."""
    with pytest.raises(UnavailableError, match=rf"port {taken} is taken -> set serve\.port"):
        free_port(taken)


def test_the_last_port_is_taken_again_when_it_is_free(served, taken):
    """A page that is open finds its server; a taken one gives way to a free one."""
    first = port_of(served, 0)
    again = port_of(served, 0)
    served.port.write_text(str(taken))

    assert first == again
    assert taken != port_of(served, 0)


def test_a_wanted_port_is_not_exchanged(served, taken):
    """Who sets a port gets it or an error."""
    with pytest.raises(UnavailableError):
        port_of(served, taken)


def test_the_api_is_silent_private_and_on_the_loopback(served):
    """No analytics, no promotion, no surprise server, a password, and our own folder."""
    found = server_environment(served, "http://127.0.0.1:1/api", FOREIGN)

    assert {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_HOME": str(served.folder),
        "PREFECT_SERVER_API_AUTH_STRING": served.read_auth(),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:1",
    }.items() <= found.items()
    assert not {"PREFECT_API_URL", "PREFECT_API_KEY"} & found.keys()
    assert [LOOPBACK] == [
        a for a, b in zip(server_command(1)[1:], server_command(1), strict=False) if b == "--host"
    ]


def test_the_worker_is_told_of_home_api_and_heartbeat(served):
    """Its flow runs get the same interpreter, the home, the password and a pulse."""
    home = Path("/home/of/autoclave")
    found = worker_environment(home, "http://127.0.0.1:1/api", "a:b", FOREIGN)

    assert (str(home), "a:b", "30") == (
        found["AUTOCLAVE_HOME"],
        found["PREFECT_API_AUTH_STRING"],
        found["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"],
    )
    assert [str(Path(sys.executable).parent), "/bin"] == found["PATH"].split(os.pathsep)
    assert "PREFECT_API_KEY" not in found
