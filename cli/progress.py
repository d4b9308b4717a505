"""How fast a run goes, and when it may end: a range, because one moment would be a promise."""

from collections.abc import Sequence
from itertools import pairwise

from cli.quantities import count_text, rate_text, span_text

LEAST_SAMPLES = 3
WINDOWS = 3
LEAST_SPREAD = 0.1

Mark = tuple[float, int]


def rates(marks: Sequence[Mark]) -> list[float]:
    """Return the rate between each two marks (moment in seconds, done so far).

    Marks that do not advance in time are left out; a count that falls back is a rate of zero.
    """
    return [
        max(0, done - before) / (now - then)
        for (then, before), (now, done) in pairwise(marks)
        if now > then
    ]


def eta_range(done: int, total: int, samples: Sequence[float]) -> tuple[float, float] | None:
    """Return the least and the most seconds that are left, or None when nobody can say.

    `samples` are rates over equal, recent stretches of time, oldest first. The range is what the
    fastest and the slowest third of them (in a row) would need: work is committed in bursts, so a
    single stretch says little. A third without any progress is a stall, and a stall has no end.
    """
    if done >= total:
        return (0.0, 0.0)
    if len(samples) < LEAST_SAMPLES:
        return None
    means = _moving_means(samples, max(1, len(samples) // WINDOWS))
    means.append(sum(samples) / len(samples))  # the ends count less in moving means
    slowest, fastest = min(means), max(means)
    if slowest <= 0:
        return None
    left = total - done
    return (left / fastest * (1 - LEAST_SPREAD), left / slowest * (1 + LEAST_SPREAD))


def progress_line(done: int, total: int, samples: Sequence[float]) -> str:
    """Return one line: how much is done, how fast, and how long it may still take."""
    percent = 100 * done // total if total else 100
    parts = [f"{count_text(done)} of {count_text(total)} ({percent} %)"]
    if samples:
        parts.append(rate_text(sum(samples) / len(samples)))
    left = eta_range(done, total, samples)
    if left is None:
        parts.append("no estimate yet")
    elif done < total:
        parts.append(f"{span_text(*left)} left")
    return ", ".join(parts)


def _moving_means(samples: Sequence[float], width: int) -> list[float]:
    starts = range(len(samples) - width + 1)
    return [sum(samples[start : start + width]) / width for start in starts]
