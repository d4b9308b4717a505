"""A bag that was begun: which recorded delivery it belongs to. What the target says is hostile."""

import json

from audit.papers import BAG_NOTE
from catalogue import deliveries, held_by
from catalogue.restore_sets import StoredSet
from custody.box import Json
from custody.digest import Digest
from custody.errors import UsageError
from pipeline.delivering.targets import Target
from pipeline.wiring import Runtime

BEGUN = b"delivery.json"
MOST_BYTES = 4096
ANOTHER = "name another place"


def begin_words(delivery_id: str, set_id: str, service: str) -> bytes:
    """Return what a bag says of the delivery that fills it."""
    told = {"delivery": delivery_id, "set": set_id, "service": service}
    return json.dumps(told, sort_keys=True).encode() + b"\n"


def begun(
    runtime: Runtime, target: Target, stored: StoredSet, service: str, handed: set[Digest]
) -> str | None:
    """Return the delivery that an unfinished bag belongs to; None where nothing was begun.

    Only one that is on the record, of this set, and of all that is to be handed out: whoever
    prepares a disk could name any other, and a recall would not find what went out on it.

    Raises:
        UsageError: it is finished, of another set or service, or no such delivery is recorded.
    """
    if target.is_absent():
        return None
    with target.filling() as bag:
        content = bag.read(BEGUN, MOST_BYTES)
        if content is None:
            return None
        finished = bag.read(BAG_NOTE.encode(), 1) is not None
    untrusted_id = _delivery_in(content)
    if finished or content != begin_words(untrusted_id, stored.set_id, service):
        raise UsageError("a finished bag, or one of another set, lies there", next_step=ANOTHER)
    with runtime.catalogue.read() as connection:
        recorded = deliveries.get(connection, untrusted_id)
        told = held_by.delivered_in(connection, untrusted_id)
    if recorded is None or recorded.set_id != stored.set_id or not handed <= told:
        raise UsageError(
            "the bag that lies there belongs to no delivery that was recorded of these files",
            next_step=ANOTHER,
        )
    return untrusted_id


def _delivery_in(untrusted: bytes) -> str:
    try:
        told: Json = json.loads(untrusted)
        return str(told["delivery"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
