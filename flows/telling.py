"""Tells Prefect that something happened at its home; a server that is away is not waited for."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from custody.box import Json
from custody.errors import UnavailableError
from flows.in_force import api_of
from flows.runs import emit
from pipeline.rescanning.report import Rescanned
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

RULES_INSTALLED = "autoclave.rules.installed"
RECALLED = "autoclave.recall.done"
CONDEMNED = "autoclave.rescan.condemned"
SECONDS = 5.0


def tell(runtime: Runtime, name: str, resource: str, payload: Mapping[str, Json]) -> None:
    """Tell Prefect of an event, where it drives the home; ids and numbers only."""
    try:
        api = api_of(runtime.settings)
        if api is not None:
            emit(replace(api, seconds=SECONDS), name, resource, payload, runtime.clock())
    except UnavailableError as error:
        logger.warning("Prefect was not told of %s: %s", name, error.reason)


def tell_rescanned(runtime: Runtime, done: Rescanned) -> None:
    """Tell Prefect what a re-scan condemned, and what was recalled for it."""
    for name, about in told_of(done):
        tell(runtime, name, f"autoclave.rescan.{done.rescan_id}", about)


def told_of(done: Rescanned) -> list[tuple[str, dict[str, Json]]]:
    """Return the events about a re-scan: none when it condemned nothing that stands."""
    condemned = len(done.plan.standing)
    events: list[tuple[str, dict[str, Json]]] = []
    if condemned:
        about: dict[str, Json] = {"rescan": done.rescan_id, "artefacts": condemned}
        events.append((CONDEMNED, about | {"waits": done.waits}))
    if condemned and not done.waits:
        events += [(RECALLED, {"recall": each, "artefacts": condemned}) for each in done.recalls]
    return events
