"""What services get back and what was taken back: restore sets and recalls."""

from fastapi.responses import Response

from catalogue import newest, proposals, restore_sets
from console.visit import Visit

MOST = 100


def sets(visit: Visit) -> Response:
    """Return the newest restore sets with who signed them, and their certificates."""
    with visit.runtime.catalogue.read() as connection:
        found = [
            (each, restore_sets.signatures(connection, each.set_id))
            for each in newest.sets(connection, MOST)
        ]
    return visit.page("sets.html", sets=found)


def recalls(visit: Visit) -> Response:
    """Return what waits to be recalled, and the newest recalls."""
    with visit.runtime.catalogue.read() as connection:
        waiting = newest.proposals(connection, MOST)
        number = proposals.count(connection)
        acts = newest.acts(connection, MOST)
    return visit.page("recalls.html", waiting=waiting, number=number, acts=acts)
