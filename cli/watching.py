"""Shows how far a run is while it goes: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from catalogue.shards import Progress as StepProgress
from catalogue.shards import Step
from cli.output import say
from cli.progress import Mark, progress_line, rates
from cli.quantities import count_text

TERMINAL_SECONDS = 1.0
PIPE_SECONDS = 10.0
MARKS_KEPT = 30

Ask = Callable[[str], Mapping[Step, StepProgress]]
# How many sources of a run are listed, or to be listed in the wave in hand.
Count = Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far the step in hand is; while sources are listed, nobody knows the total."""

    step: str
    done: int
    total: int | None


def moment_of(found: Mapping[Step, StepProgress], sources: int) -> Moment:
    """Return where a run over some sources stands.

    A source has its one group to assess when it is listed whole; until all have, totals grow.
    """
    groups = found.get(Step.ASSESS)
    inspected = found.get(Step.INSPECT)
    if groups is None or groups.shards < sources:
        return Moment(step="list", done=inspected.entries if inspected else 0, total=None)
    for step in (Step.INSPECT, Step.ASSESS, Step.PROMOTE):
        progress = found.get(step)
        if progress is not None and progress.shards_done < progress.shards:
            return Moment(step=step.value, done=progress.entries_done, total=progress.entries)
    return Moment(step="reconcile", done=0, total=0)


@dataclass(slots=True)
class Pace:
    """The rate of one step over its last moments; another step begins anew."""

    step: str = ""
    marks: deque[Mark] = field(default_factory=lambda: deque(maxlen=MARKS_KEPT))

    def line(self, moment: Moment, now: float) -> str:
        """Return what is shown of a moment."""
        if moment.step != self.step:
            self.step = moment.step
            self.marks.clear()
        self.marks.append((now, moment.done))
        if moment.total is None:
            return f"list: {count_text(moment.done)} entries so far, end unknown"
        if not moment.total:
            return f"{moment.step}: last checks"
        return f"{moment.step}: {progress_line(moment.done, moment.total, rates(self.marks))}"


class Watcher:
    """Asks the catalogue from a thread of its own how far the run is, and shows it."""

    def __init__(self, ask: Ask, sources: Count, display: "Display") -> None:
        self._ask = ask
        self._sources = sources
        self._display = display
        self._pace = Pace()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, run_id: str) -> None:
        """Begin to watch a run."""
        self._thread = threading.Thread(target=self._watch, args=(run_id,), name="watcher")
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, run_id: str) -> None:
        while not self._ended.wait(self._display.seconds):
            moment = moment_of(self._ask(run_id), self._sources(run_id))
            self._display.update(moment, self._pace.line(moment, time.monotonic()))


@contextlib.contextmanager
def watching(ask: Ask, sources: Count) -> Iterator[Callable[[str], None]]:
    """Yield a function that is told the run's id; from then on its progress is shown."""
    with display() as shown:
        watcher = Watcher(ask, sources, shown)
        try:
            yield watcher.begin
        finally:
            watcher.end()


@contextlib.contextmanager
def display() -> Iterator["Display"]:
    """Yield a bar when stderr is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    console = Console(file=sys.stderr, markup=False, highlight=False)
    columns = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


class Lines:
    """One line every ten seconds."""

    seconds = PIPE_SECONDS

    def update(self, _moment: Moment, line: str) -> None:
        """Show a moment."""
        say(line)


class Bar:
    """A bar that is drawn anew every second."""

    seconds = TERMINAL_SECONDS

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def update(self, moment: Moment, line: str) -> None:
        """Show a moment."""
        self._progress.update(
            self._task, description=line, completed=moment.done, total=moment.total or None
        )


Display = Lines | Bar
