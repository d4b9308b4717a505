import os
import signal
import threading

import pytest

from cli.stopping import stop_on_signal
from custody.errors import InterruptedRunError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(capsys, number):
    """One signal lets the run finish what it has in hand; a second one does not wait."""
    before = signal.getsignal(number)
    with stop_on_signal() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        with pytest.raises(InterruptedRunError):
            os.kill(os.getpid(), number)

    assert before == signal.getsignal(number)
    assert "stopping" in capsys.readouterr().err


def test_another_thread_leaves_signals_alone():
    """Only the main thread may change signal handlers."""
    handlers = []

    def work():
        with stop_on_signal() as stop:
            handlers.append((signal.getsignal(signal.SIGTERM), stop.is_set()))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert [(before, False)] == handlers
