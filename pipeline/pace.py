"""How fast a run that is under way goes, from the shards that were finished lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa

from catalogue import readiness, shards
from catalogue.shards import Progress, Step

LOOKED_BACK = timedelta(minutes=10)
STRETCHES = 10
STEPS = (Step.INSPECT, Step.ASSESS, Step.PROMOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The step in hand, how far it is, and its rates over equal, recent stretches of time."""

    step: Step
    done: int
    total: int
    rates: tuple[float, ...]


def pace(connection: sa.Connection, run_id: str, now: datetime) -> Pace | None:
    """Return how fast a run goes; None when no step of it is in hand."""
    found = shards.progress(connection, run_id)
    for step in STEPS:
        progress: Progress | None = found.get(step)
        if progress is not None and progress.shards_done < progress.shards:
            lately = readiness.finished(connection, run_id, step, now - LOOKED_BACK)
            return Pace(
                step=step,
                done=progress.entries_done,
                total=progress.entries,
                rates=rates_of(lately, now),
            )
    return None


def rates_of(lately: Sequence[tuple[datetime, int]], now: datetime) -> tuple[float, ...]:
    """Return the rates (entries a second) of equal stretches from the first shard's end to now.

    The first shard only says when the clock begins: nobody knows how long it took. A stretch in
    which nothing ended is one of rate zero.
    """
    if not lately:
        return ()
    begin = lately[0][0]
    width = (now - begin).total_seconds() / STRETCHES
    if width <= 0:
        return ()
    done = [0] * STRETCHES
    for at, count in lately[1:]:
        place = ceil((at - begin).total_seconds() / width) - 1
        done[min(max(place, 0), STRETCHES - 1)] += count
    return tuple(count / width for count in done)
