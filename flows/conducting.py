"""How a flow's work is conducted: stopped in order, and its errors told without their own words.

The work runs in a thread, so that the main thread is free for signals. What is not an error of ours
could hold a name from a hostile disk: Prefect is told its type alone.
"""

import contextvars
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType

from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.states import Cancelled, Failed

from custody.box import Json
from custody.errors import AutoclaveError, InterruptedRunError, UnavailableError
from flows.own import own_api, own_flow_run
from flows.runs import look, words_of

STOPPED = "stopped after the entries in hand; the same command goes on"

Work = Callable[[threading.Event], dict[str, Json]]


class FlowFailedError(AutoclaveError):
    """A flow failed for a reason whose text must not reach Prefect."""


def conduct(work: Work) -> dict[str, Json] | State:
    """Do a flow's work and return its numbers, or the state that it ends in."""
    stop = threading.Event()
    with _stopped_by_signal(stop), ThreadPoolExecutor(1, thread_name_prefix="flow") as pool:
        done = pool.submit(contextvars.copy_context().run, work, stop)
        error = done.exception()
    if error is None:
        return done.result()
    if isinstance(error, InterruptedRunError) and stop.is_set():
        if _is_paused():
            raise Pause(STOPPED)
        return Cancelled(message=STOPPED)
    if not isinstance(error, AutoclaveError):
        error = FlowFailedError(type(error).__name__)
    return Failed(message=words_of(error))


def _is_paused() -> bool:
    """Whether somebody paused the flow run: it keeps that state, and begins anew when resumed."""
    try:
        return look(own_api(), own_flow_run()).state == "PAUSED"
    except UnavailableError:
        return False


@contextmanager
def _stopped_by_signal(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM ask for an end in order; Prefect's own handler would raise wherever it strikes.

    Signals reach the main thread only; elsewhere the event is never set by one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
