"""The newest runs: how far each step is, and which attempts at a shard failed."""

from dataclasses import dataclass

from fastapi.responses import Response

from catalogue import newest, runs, shards
from catalogue.runs import Run
from catalogue.shards import Progress, ShardState, Step
from console.visit import Visit

MOST_RUNS = 20
MOST_FAILURES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """One run as its card shows it; `split` shards were cut because they failed as a whole."""

    run: Run
    sources: tuple[str, ...]
    progress: dict[Step, Progress]
    split: int
    failures: tuple[tuple[str, int], ...]


def newest_runs(visit: Visit) -> Response:
    """Return the newest runs, the newest first."""
    with visit.runtime.catalogue.read() as connection:
        found = [
            ShownRun(
                run=run,
                sources=tuple(runs.sources_of(connection, run.run_id)),
                progress=shards.progress(connection, run.run_id),
                split=sum(
                    states.get(ShardState.SPLIT, 0)
                    for states in shards.counts(connection, run.run_id).values()
                ),
                failures=tuple(newest.failed_attempts(connection, run.run_id, MOST_FAILURES)),
            )
            for run in newest.runs(connection, MOST_RUNS)
        ]
    return visit.page("runs.html", runs=found, steps=list(Step))
