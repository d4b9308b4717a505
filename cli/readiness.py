"""What a service still lacks before it re-opens, and when a run under way may end, in words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from catalogue.runs import RunState
from catalogue.views import ServiceStatus
from cleanzone.checklist import Lack
from cli.progress import eta_range, progress_line
from cli.quantities import count_text, named_count
from custody.box import Json
from pipeline.pace import pace

LACK_WORDS: dict[Lack, str] = {
    Lack.UNEXPLAINED: "unexplained: `autoclave recover` again",
    Lack.UNFINISHED: "to be ended: `autoclave recover`",
    Lack.NO_ANCHOR: "no anchor outside covers what was judged: `autoclave audit anchor`",
    Lack.NO_SET: "no set of all of it was sealed: `autoclave restore seal`",
    Lack.ENDED: "its set has ended: `autoclave restore seal`",
    Lack.UNSIGNED: "still asked for: ",
    Lack.NOT_OPEN: "its set is not open: `autoclave restore open`",
    Lack.URGENT: "its set is open for urgent care only: `autoclave restore sign`",
    Lack.HELD: "held: `autoclave holds`",
    Lack.ALARMS: "of its sources, for which entries are held",
    Lack.PROPOSED: "proposed to be recalled: `autoclave rescan --confirm`",
    Lack.RECALLS: "that was cut short: `autoclave recall`",
    Lack.NO_REFERENCE: "without a reference: what is missing cannot be said",
}
# What is counted; of the others a number would say nothing.
COUNTED: dict[Lack, tuple[str, str]] = {
    Lack.UNEXPLAINED: ("entry", "entries"),
    Lack.UNFINISHED: ("run", "runs"),
    Lack.HELD: ("entry", "entries"),
    Lack.ALARMS: ("alarm", "alarms"),
    Lack.PROPOSED: ("entry", "entries"),
    Lack.RECALLS: ("recall", "recalls"),
    Lack.NO_REFERENCE: ("source", "sources"),
}


def paces(
    connection: sa.Connection, counted: Iterable[ServiceStatus], now: datetime
) -> list[dict[str, Json]]:
    """Return how fast each run under way goes, as `status --json` prints it."""
    running = dict.fromkeys(
        s.inventory.run_id for s in counted if s.inventory.run_state is RunState.RUNNING
    )
    told: list[dict[str, Json]] = []
    for run_id in running:
        found = pace(connection, run_id, now)
        if found is not None:
            left = eta_range(found.done, found.total, found.rates)
            told.append(
                {
                    "run": run_id,
                    "step": found.step.value,
                    "done": found.done,
                    "total": found.total,
                    "rates": list(found.rates),
                    "seconds_left": None if left is None else list(left),
                }
            )
    return told


def pace_lines(under_way: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """Yield one line a run that is under way."""
    for run in under_way:
        line = progress_line(run["done"], run["total"], run["rates"])
        yield f"run {run['run']}: {run['step']} {line}"


def readiness_lines(found: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """Yield the checklist of each service: what blocks is marked, the rest is gone without."""
    for service in found:
        where = f"{service['service']} ({service['case']})"
        told = service["records"]
        records = "" if told is None else f"; {_records(told)}"
        if service["open"]:
            yield f"{where}: set {service['set']} is signed and open{records}"
        else:
            yield f"{where}: not open{records}"
        for item in service["lacks"]:
            yield f"  [{'!' if item['blocks'] else ' '}] {_words(item)}"


def _words(item: Mapping[str, Json]) -> str:
    lack = Lack(item["what"])
    said = LACK_WORDS[lack]
    if lack is Lack.UNSIGNED:
        return f"{said}{item['words']}"
    if lack not in COUNTED:
        return said
    return f"{named_count(item['count'], *COUNTED[lack])} {said}"


def _records(told: Mapping[str, int]) -> str:
    read = named_count(told["read"], "record", "records")
    return (
        f"{read} = {count_text(told['accepted'])} accepted + {count_text(told['refused'])} refused"
    )
