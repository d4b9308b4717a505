"""How often a password may be tried: by name, and by everybody together."""

import threading
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 300.0
MOST_BY_NAME = 10
MOST_TOGETHER = 200
MOST_NAMES = 1000


class Attempts:
    """Counts failures in a sliding window; safe to share between threads.

    Failures count before the password is looked at, so that many at once are not many guesses.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[float] = deque()
        self._by_name: dict[str, deque[float]] = {}

    def begin(self, name: str) -> bool:
        """Count one attempt; False when there were too many, and this one must not be looked at."""
        with self._lock:
            now = self._clock()
            own = self._by_name.pop(name, deque())
            for times in (own, self._all):
                while times and now - times[0] > WINDOW_SECONDS:
                    times.popleft()
            allowed = len(own) < MOST_BY_NAME and len(self._all) < MOST_TOGETHER
            if allowed:
                own.append(now)
                self._all.append(now)
            self._keep(name, own)
            return allowed

    def succeed(self, name: str) -> None:
        """Forget the attempts of who knew the password."""
        with self._lock:
            own = self._by_name.pop(name, deque())
            for _ in range(min(len(own), len(self._all))):
                self._all.pop()

    def _keep(self, name: str, own: deque[float]) -> None:
        """Keep a name as the newest; of very many names the oldest are forgotten."""
        while len(self._by_name) >= MOST_NAMES:
            del self._by_name[next(iter(self._by_name))]
        if own:
            self._by_name[name] = own
