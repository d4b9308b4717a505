"""Stops a run in order: the first signal asks it to end after the entries in hand."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from cli.output import say
from custody.errors import InterruptedRunError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """Yield an event that the first signal sets; the second one does not wait any more.

    Signals reach the main thread only; in another thread the event is never set by one.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, Asking(stop)) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Asking:
    """A signal handler: the first call sets an event, the next one raises."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Take one signal."""
        if self._stop.is_set():
            raise InterruptedRunError(
                "stopped by a second signal", next_step="run the same command again"
            )
        self._stop.set()
        say("stopping after the entries in hand; nothing is lost")
