"""How long each rule takes over bytes of our own: what is slow there is slow over every file.

A rule is timed alone, with what it leans on, over one MiB: a third noise, a third zeros, a third
text. What the engine takes without any rule is not counted.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from custody.errors import RulesError
from sanitizers.engines.interface import Engine, Incomplete, Rules, RuleText
from sanitizers.rules.language import outline
from sanitizers.rules.pack import RulePackSource
from sanitizers.rules.reading import texts_of
from sanitizers.rules.splitting import carve

SLOW_SECONDS = 0.005
SLOW_TIMES = 20
# Below this, twenty times the median is the noise of the clock.
LEAST_SECONDS = 0.001
MOST_SECONDS = 600.0
_THIRD = (1 << 20) // 3
_LINE = (
    b"2024-03-01;Dupont;Jean;radiologie;thorax de face, sans anomalie visible;c:\\pacs\\1.dcm\r\n"
)
_NOTHING = RuleText(namespace="floor", text="rule floor { condition: false }")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRule:
    """A rule and its processor seconds over one MiB."""

    rule: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The slow rules of a pack, worst first; `unended` ones ran into a bound of the engine.

    `untimed` rules were left when the time for all of them was over.
    """

    engine: str
    rules: int = 0
    median: float = 0.0
    slow: tuple[SlowRule, ...] = ()
    unended: tuple[str, ...] = ()
    untimed: int = 0


def matter() -> bytes:
    """Return the bytes that rules are timed over; the same each time."""
    noise = random.Random(1).randbytes(_THIRD)  # noqa: S311  no secret: bytes to time rules over
    return noise + bytes(_THIRD) + (_LINE * (_THIRD // len(_LINE) + 1))[:_THIRD]


def time_rules(pack: RulePackSource, engine: Engine, clock: Clock = time.process_time) -> Timed:
    """Return which rules of a pack are slow; one that does not compile is the check's matter.

    A rule is slow beyond 5 ms, or beyond twenty times the median of its pack.
    """
    content, begun = matter(), clock()
    floor = _seconds(engine.compile((_NOTHING,)), content, clock) or 0.0
    taken: dict[str, float] = {}
    unended: list[str] = []
    untimed = 0
    for name, source in _alone(pack):
        if clock() - begun > MOST_SECONDS:
            untimed += 1
            continue
        try:
            seconds = _seconds(engine.compile((source,)), content, clock)
        except RulesError:
            continue
        if seconds is None:
            unended.append(name)
        else:
            taken[name] = max(0.0, seconds - floor)
    return Timed(
        engine=engine.name,
        rules=len(taken) + len(unended),
        median=median(taken.values()) if taken else 0.0,
        slow=_slow(taken),
        unended=tuple(unended),
        untimed=untimed,
    )


def _alone(pack: RulePackSource) -> Iterator[tuple[str, RuleText]]:
    for source in texts_of(pack):
        for span in outline(source.text).rules:
            yield f"{source.namespace}:{span.name}", carve(source, {span.name})


def _seconds(rules: Rules, content: bytes, clock: Clock) -> float | None:
    """Return the time of a scan, the lesser of two if it is long; None if it was not ended."""
    least = float("inf")
    for _ in range(2):
        begun = clock()
        if isinstance(rules.scan(content), Incomplete):
            return None
        least = min(least, clock() - begun)
        if least < LEAST_SECONDS:
            break
    return least


def _slow(taken: dict[str, float]) -> tuple[SlowRule, ...]:
    if not taken:
        return ()
    bound = min(SLOW_SECONDS, max(LEAST_SECONDS, SLOW_TIMES * median(taken.values())))
    found = [SlowRule(rule=name, seconds=s) for name, s in taken.items() if s > bound]
    return tuple(sorted(found, key=lambda slow: -slow.seconds))
