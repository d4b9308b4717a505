"""Prefect's API as a process of ours: on the loopback, with a password, silent to the outside."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from custody.errors import UnavailableError
from flows import OFFLINE
from flows.served import Served
from storage.faults import store_faults

LOOPBACK = "127.0.0.1"
HEARTBEAT_SECONDS = "30"
QUERY_SECONDS = "2"


def free_port(wanted: int) -> int:
    """Return the port to listen on: the one that is wanted, or a free one for 0.

    Raises:
        UnavailableError: somebody listens there already.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError as error:
            raise UnavailableError(
                f"port {wanted} is taken",
                next_step="set serve.port to another, or to 0 for a free one",
            ) from error
        return int(probe.getsockname()[1])


def port_of(served: Served, wanted: int) -> int:
    """Return the port to listen on: the wanted one, else the last one, else a free one.

    Raises:
        UnavailableError: the wanted one is taken.
    """
    if wanted:
        return free_port(wanted)
    try:
        port = free_port(served.last_port())
    except UnavailableError:
        port = free_port(0)
    with store_faults("remember the port"):
        served.port.write_text(str(port), encoding="ascii")
    return port


def server_command(port: int) -> list[str]:
    """Return the command of the API: it ends with the process that starts it."""
    application = "prefect.server.api.server:create_app"
    options = ("--host", LOOPBACK, "--port", str(port), "--log-level", "error", "--lifespan", "on")
    return [*_child("uvicorn"), "--factory", application, *options]


def worker_command() -> list[str]:
    """Return the command of the worker."""
    return _child("flows.worker")


def server_environment(
    served: Served, url: str, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of the API; no setting of the operator's own Prefect reaches it.

    Its scheduler and automations run in the same process. Events are kept for three days: our own
    record is the ledger.
    """
    pages = url.removesuffix("/api")
    return {
        **_without_prefect(inherited),
        **_common(served.folder),
        "PREFECT_SERVER_API_AUTH_STRING": served.read_auth(),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": pages,
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_UI_API_URL": url,
    }


def worker_environment(
    home: Path, url: str, auth: str, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of the worker and, through it, of its flow runs.

    This interpreter comes first on the PATH, so that flow runs use it too.
    """
    folder = Served(home=home).folder
    own = str(Path(sys.executable).parent)
    return {
        **_without_prefect(inherited),
        **_common(folder),
        "AUTOCLAVE_HOME": str(home),
        "PATH": os.pathsep.join(filter(None, (own, inherited.get("PATH", os.defpath)))),
        "PREFECT_API_URL": url,
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT_SECONDS,
        "PREFECT_WORKER_QUERY_SECONDS": QUERY_SECONDS,
        "PREFECT_WORKER_CANCELLATION_POLL_SECONDS": QUERY_SECONDS,
    }


def _common(folder: Path) -> dict[str, str]:
    return {
        **OFFLINE,
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def _without_prefect(inherited: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in inherited.items() if not name.startswith("PREFECT")}


def _child(module: str) -> list[str]:
    return [sys.executable, "-m", "flows.child", module]
