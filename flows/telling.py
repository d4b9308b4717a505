"""Tells Prefect that something happened at its home; a server that is away is not waited for."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from custody.box import Json
from custody.errors import UnavailableError
from flows.in_force import api_of
from flows.runs import emit
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

RULES_INSTALLED = "autoclave.rules.installed"
RECALLED = "autoclave.recall.done"
SECONDS = 5.0


def tell(runtime: Runtime, name: str, resource: str, payload: Mapping[str, Json]) -> None:
    """Tell Prefect of an event, where it drives the home; ids and numbers only."""
    try:
        api = api_of(runtime.settings)
        if api is not None:
            emit(replace(api, seconds=SECONDS), name, resource, payload, runtime.clock())
    except UnavailableError as error:
        logger.warning("Prefect was not told of %s: %s", name, error.reason)
