"""Anchors as a schedule asks for them: only when the ledger says something that is not anchored."""

import json

from audit.event import EventType
from catalogue import ledger as rows
from pipeline.anchoring.anchor import anchor_over_network
from pipeline.anchoring.keeping import Anchor
from pipeline.anchoring.trusted import trusted
from pipeline.anchoring.window import window
from pipeline.wiring import Runtime

# Each anchor, and each that failed, is an event itself: these alone are nothing new.
ABOUT_ANCHORS = frozenset({EventType.ANCHOR_MADE.value, EventType.ANCHOR_FAILED.value})


def anchor_if_new(runtime: Runtime, actor: str) -> list[Anchor]:
    """Ask everybody who is named, if there is anything new and anybody is named; else do nothing.

    Raises:
        UnavailableError: one of them does not answer; what others said is kept all the same.
        RefusedError: an answer is not to be believed, or a witness knows another history.
    """
    if not trusted(runtime.settings).reachable or not something_new(runtime):
        return []
    return anchor_over_network(runtime, actor)


def something_new(runtime: Runtime) -> bool:
    """Whether the ledger has an entry, beyond those about anchors, that no anchor covers."""
    runtime.ledger.publish()
    anchored = window(runtime).anchored
    if not anchored:
        return runtime.ledger.size > 0
    with runtime.catalogue.read() as connection:
        found = rows.entries(connection, runtime.ledger.origin, anchored)
        try:
            return any(_type_of(entry.body) not in ABOUT_ANCHORS for entry in found)
        finally:
            found.close()


def _type_of(body: bytes) -> str:
    return str(json.loads(body)["event"]["type"])
