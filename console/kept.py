"""A count that is kept for a while: pages show the last one, and say when it was made."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from custody.errors import AutoclaveError

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

FRESH_SECONDS = 20.0
QUICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Generic[Value]):
    """What was counted, when by the console's clock, and how long that took."""

    value: Value
    begun: float
    seconds: float


class Kept(Generic[Value]):
    """Counts when asked; where that takes long, beside the pages, which get the last count.

    What is counted within a tenth of a second is counted for each page. What takes longer is
    counted anew, in a thread of its own, once it is asked for and older than twenty seconds.
    """

    def __init__(self, count: Callable[[], Value], clock: Callable[[], float]) -> None:
        self._count = count
        self._clock = clock
        self._last: Counted[Value] | None = None
        self._counting = threading.Lock()

    def get(self) -> Counted[Value]:
        """Return the last count; the first one is waited for, and made once for all who wait."""
        last = self._last
        if last is None:
            with self._counting:
                return self._last or self._counted()
        if last.seconds <= QUICK_SECONDS:
            return self._counted()
        if self._clock() - last.begun > FRESH_SECONDS and self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_beside, daemon=True).start()
        return last

    def age(self, counted: Counted[Value]) -> float:
        """Return how many seconds ago a count was begun."""
        return self._clock() - counted.begun

    def _counted(self) -> Counted[Value]:
        begun = self._clock()
        value = self._count()
        self._last = Counted(value=value, begun=begun, seconds=self._clock() - begun)
        return self._last

    def _count_beside(self) -> None:
        try:
            self._counted()
        except AutoclaveError as error:
            # The page goes on showing the last count with its age, which says that it is old.
            logger.warning("counting for the overview failed: %s", type(error).__name__)
        finally:
            self._counting.release()
