"""Boxes that stay warm from one test to the next: a start takes three processor seconds.

They are the real ones. A box is lent to whoever asks for the same programs; one that was
left with jobs at work in it is ended, as it would be without us.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from custody.box import Job, Program, Reply
from sandbox.pool import GIBIBYTE, Pool

MOST = 2


@dataclass(slots=True)
class WarmPools:
    """The boxes that nobody uses now, the latest last."""

    idle: list[tuple[object, Pool]] = field(default_factory=list)

    def take(self, key: object) -> Pool | None:
        """Take one out that was made alike."""
        for place, (other, pool) in enumerate(self.idle):
            if other == key:
                del self.idle[place]
                return pool
        return None

    def put(self, key: object, pool: Pool) -> None:
        """Keep one, and end the oldest of too many."""
        self.idle.append((key, pool))
        while len(self.idle) > MOST:
            _, oldest = self.idle.pop(0)
            oldest.close()

    def end(self) -> None:
        """End all."""
        for _, pool in self.idle:
            pool.close()
        self.idle.clear()

    def lender(self) -> type["Lent"]:
        """Return what stands in for the class of a box: it starts with one of these."""
        return type("LentHere", (Lent,), {"pools": self})


class Lent:
    """A box of the warm ones, from its start to its end."""

    pools: WarmPools
    sandboxed = True

    def __init__(
        self, programs: Iterable[Program], *, workers: int, forked_memory: int = GIBIBYTE
    ) -> None:
        self._programs = tuple(programs)
        self._asked: dict[str, Any] = {"workers": workers, "forked_memory": forked_memory}
        # Where compiled rules are kept matters at a start alone.
        without = tuple(replace(p, params={**p.params, "cache": ""}) for p in self._programs)
        self._key = (without, workers, forked_memory)
        self._pool: Pool | None = None
        self._open_jobs = 0

    def start(self) -> None:
        """Take a warm one, or start one."""
        self._pool = self.pools.take(self._key)
        if self._pool is None:
            self._pool = Pool(self._programs, **self._asked)
            self._pool.start()

    def close(self) -> None:
        """Give it back."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # Who left in the middle may have work in there; programs of tests may have taken it over.
        if self._open_jobs or any(p.factory.startswith("tests.") for p in self._programs):
            pool.close()
        else:
            self.pools.put(self._key, pool)

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job, in order."""
        if self._pool is None:
            raise RuntimeError("the box is not open")
        return self._settled(self._pool.run(self._counted(jobs)))

    def _settled(self, replies: Iterator[Reply]) -> Iterator[Reply]:
        for reply in replies:
            self._open_jobs -= 1
            yield reply

    def _counted(self, jobs: Iterable[Job]) -> Iterator[Job]:
        for job in jobs:
            self._open_jobs += 1
            yield job
