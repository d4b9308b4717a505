"""What a person was shown is what is decided on: a code that changes with whatever stands there."""

from catalogue import content_places, decisions, views
from custody.digest import Digest, digest_of
from custody.errors import UnavailableError
from pipeline.wiring import Runtime


def shown_code(runtime: Runtime, digest: Digest) -> str:
    """Return a code of where a content stands, why, and who has decided what on it.

    Equal while nothing of that changed; who is shown it hands it back with a decision.
    """
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id for i in views.latest_inventories(connection)}
        standing = [
            p for p in content_places.places(connection, digest) if p.inventory_id in latest
        ]
        decided = decisions.on(connection, digest)
    facts = [
        *(repr((p.entry_id, p.stage, p.verdict, p.reason)) for p in standing),
        *(repr((d.decision.decision_id, d.effective)) for d in decided),
    ]
    return digest_of("\n".join([digest, *facts]).encode("utf-8", "surrogatepass"))


def check_shown(runtime: Runtime, digest: Digest, shown: str) -> None:
    """Return when what stands there is still what was shown; an empty code asks for nothing.

    Raises:
        UnavailableError: it is not.
    """
    if shown and shown != shown_code(runtime, digest):
        raise UnavailableError(
            f"what stands at {digest[:12]} changed since it was shown",
            next_step="look at it again, then decide",
        )
