"""The first page: where each service stands, and what waits for somebody."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from catalogue import groups, proposals, views
from console.visit import Visit
from custody.box import Json
from custody.fate import Fate, equation
from custody.lifecycle import Stage
from pipeline import listing
from pipeline.anchoring.window import window
from pipeline.deciding.two_people import waiting
from pipeline.wiring import Runtime


def overview(visit: Visit) -> Response:
    """Return per service the equation and what is held by class, the alarms, and the ledger."""
    runtime = visit.runtime
    with runtime.catalogue.read() as connection:
        proposed = proposals.count(connection)
    counted = visit.console.counts.get()
    return visit.page(
        "overview.html",
        services=[_service(listing.service_json(each)) for each in counted.value],
        age=int(visit.console.counts.age(counted)),
        fates=list(Fate),
        alarms=_alarms(runtime),
        waiting=len(waiting(runtime)),
        proposed=proposed,
        origin=runtime.ledger.origin,
        outside=window(runtime).as_json(),
    )


def _service(told: Mapping[str, Json]) -> dict[str, Any]:
    """Return a service with its equation: what is listed, and how much of it has each fate."""
    told_of = equation(told["entries"], {Stage(n): c for n, c in told["stages"].items()})
    return {**told, "fates": told_of.fates, "under_way": told_of.waiting}


def _alarms(runtime: Runtime) -> list[tuple[str, str, int]]:
    """Return how many groups of each host an alarm holds, by alarm."""
    with runtime.catalogue.read() as connection:
        hosts = {i.inventory_id: i.host for i in views.latest_inventories(connection)}
        counted = groups.counted(connection, hosts)
    found: Counter[tuple[str, str]] = Counter()
    for (inventory_id, alarm), number in counted.items():
        found[hosts[inventory_id], alarm] += number
    return [(host, alarm, count) for (host, alarm), count in sorted(found.items())]
