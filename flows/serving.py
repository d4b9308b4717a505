"""`autoclave serve`: Prefect's API and a worker over one home, started, watched and ended together.

Both die with this process, however it ends; so does what they started. On a machine of a fleet the
API is elsewhere, and only the worker is started.
"""

import contextlib
import importlib.util
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from custody.errors import InterruptedRunError, SettingsError, UnavailableError
from flows.api import Api
from flows.child import as_parent
from flows.deployments import QUEUES
from flows.in_force import Way, fleet_api, way_of
from flows.runs import AT_WORK, mark_crashed, task_runs_open
from flows.served import Served
from flows.server import (
    LOOPBACK,
    port_of,
    server_command,
    server_environment,
    worker_command,
    worker_environment,
)
from pipeline.home import Home
from pipeline.settings import ServeSettings, Settings
from storage.faults import store_faults

START_SECONDS = 120.0
LOOK_SECONDS = 0.1
# The worker gives its flow runs a minute.
WORKER_END_SECONDS = 75.0
SERVER_END_SECONDS = 20.0
RECORD_SECONDS = 15.0
DIED = "its process died; found when the home was served again"
ENDED = "the home is no longer served; the same command goes on"

Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served now: how it is reached, and how many dead runs an earlier one had left."""

    way: Way
    api: Api
    crashed: int = 0


def serve(settings: Settings, stop: threading.Event, ready: Callable[[Serving], None]) -> None:
    """Serve a home until `stop`; `ready` is called when runs can be triggered.

    Raises:
        UnavailableError: the port is taken, the home is served already, or a process did not come
            up, or died.
        SettingsError: a setting is missing or wrong.
    """
    check_prefect()
    check_settings(settings.serve)
    Home(root=settings.home).make()
    served = Served(home=settings.home)
    served.make()
    with ExitStack() as ending:
        processes: dict[Path, Process] = {}
        crashed, way = 0, Way.SERVED
        if way_of(settings) is Way.FLEET:
            way, api = Way.FLEET, fleet_api(settings)
        else:
            ending.enter_context(served.serving())
            server = _server(settings, served, stop)
            processes[served.server_log], api = ending.enter_context(server)
            crashed = mark_crashed(api, AT_WORK, DIED)
        processes[served.worker_log] = ending.enter_context(_worker(served, api, stop))
        if way is Way.SERVED:
            served.announce(api.url)
        ready(Serving(way=way, api=api, crashed=crashed))
        _watch(processes, stop)


def check_prefect() -> None:
    """Refuse to serve where Prefect is not installed, before anything is started.

    Raises:
        UnavailableError: it is not.
    """
    if importlib.util.find_spec("prefect") is None:
        raise UnavailableError(
            "Prefect is not installed", next_step="install autoclave with all its dependencies"
        )


def check_settings(serve: ServeSettings) -> None:
    """Refuse a time zone or a queue that nobody knows; a wrong crontab line is the API's to refuse.

    Raises:
        SettingsError: there is no such zone, or no such queue.
    """
    known = [queue.name for queue in QUEUES]
    for name in serve.queues.split():
        if name not in known:
            raise SettingsError(
                f"serve.queues names {name!r}", next_step=f"the queues are {', '.join(known)}"
            )
    try:
        ZoneInfo(serve.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"serve.time_zone is {serve.time_zone!r}", next_step="write it as Europe/Paris"
        ) from error


@contextlib.contextmanager
def _server(
    settings: Settings, served: Served, stop: threading.Event
) -> Iterator[tuple[Process, Api]]:
    """Start the API; at the end, when the worker is gone, leave its history true and end it."""
    port = port_of(served, settings.serve.port)
    api = Api(url=f"http://{LOOPBACK}:{port}/api", auth=served.read_auth())
    process = _start(server_command(port), server_environment(served, api.url), served.server_log)
    try:
        _wait(lambda: _answers(api), process, stop, served.server_log)
        yield process, api
        _close_history(api)
    finally:
        _end(process, SERVER_END_SECONDS)


@contextlib.contextmanager
def _worker(served: Served, api: Api, stop: threading.Event) -> Iterator[Process]:
    """Start the worker, which registers what can be triggered and says when it is ready."""
    ours, theirs = os.pipe()
    with open(ours, "rb", buffering=0) as told:  # noqa: PTH123  a descriptor has no path
        environment = worker_environment(served.home, api.url, api.auth)
        try:
            command = [*worker_command(), str(theirs)]
            process = _start(command, environment, served.worker_log, passed=theirs)
        finally:
            os.close(theirs)
        try:
            _wait(lambda: _has_come(told.fileno()), process, stop, served.worker_log)
            yield process
        finally:
            _end(process, WORKER_END_SECONDS)


def _start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, passed: int | None = None
) -> Process:
    """Start a process that a Ctrl-C in our terminal does not reach: we end it in our order."""
    with store_faults("write the log of a server"), log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603  our own modules
            command,
            env=as_parent(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            pass_fds=() if passed is None else (passed,),
        )


def _wait(reached: Callable[[], bool], process: Process, stop: threading.Event, log: Path) -> None:
    """Wait until a process is up.

    Raises:
        UnavailableError: it died, or takes too long.
        InterruptedRunError: it was asked to stop meanwhile.
    """
    end = time.monotonic() + START_SECONDS
    while not reached():
        if process.poll() is not None:
            raise UnavailableError(
                "a server of this home died at its start", next_step=f"see {log}"
            )
        if time.monotonic() > end:
            raise UnavailableError(
                f"a server of this home did not come up in {START_SECONDS:.0f} seconds",
                next_step=f"see {log}",
            )
        if stop.wait(LOOK_SECONDS):
            raise InterruptedRunError("stopped while it started", next_step="serve again")


def _answers(api: Api) -> bool:
    """Whether the API is up and takes our password: another one may have got the port."""
    try:
        api.post("/flow_runs/count", {})
    except UnavailableError:
        return False
    return True


def _has_come(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0]) and bool(os.read(descriptor, 1))


def _watch(processes: Mapping[Path, Process], stop: threading.Event) -> None:
    """Wait until somebody wants to stop.

    Raises:
        UnavailableError: a process died; runs cannot be trusted to begin or to be seen any more.
    """
    while not stop.wait(LOOK_SECONDS):
        for log, process in processes.items():
            if process.poll() is not None:
                raise UnavailableError(
                    f"a server of this home died with code {process.returncode}",
                    next_step=f"see {log}, then serve again",
                )


def _close_history(api: Api) -> None:
    """Let the server record what ended, and call the rest by its name: nobody is at work now."""
    end = time.monotonic() + RECORD_SECONDS
    with contextlib.suppress(UnavailableError):
        while task_runs_open(api) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        mark_crashed(api, AT_WORK, ENDED)


def _end(process: Process, seconds: float) -> None:
    """Ask a process to end, and insist when it does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
