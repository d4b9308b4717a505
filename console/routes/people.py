"""Who may do what, which policies are in force, and what outsiders know of the ledger."""

from fastapi.responses import Response

from catalogue import ledger, policies
from catalogue import people as people_rows
from catalogue.policies import PolicyState
from console.visit import Visit
from pipeline.anchoring.window import window

MOST_POLICIES = 50
IN_ORDER = (PolicyState.PROPOSED, PolicyState.IN_FORCE, PolicyState.REPLACED)


def people(visit: Visit) -> Response:
    """Return every registered person with their role, and whether they sign in the console."""
    with visit.runtime.catalogue.read() as connection:
        everybody = people_rows.all_people(connection)
    accounts = {account.name: account for account in visit.console.accounts.all()}
    return visit.page("people.html", people=everybody, accounts=accounts)


def policy(visit: Visit) -> Response:
    """Return the policies: those that wait for a second person, those in force, older ones."""
    with visit.runtime.catalogue.read() as connection:
        found = policies.all_policies(connection)
    newest = sorted(found, key=lambda p: p.at, reverse=True)
    shown = sorted(newest, key=lambda p: IN_ORDER.index(p.state))[:MOST_POLICIES]
    return visit.page("policies.html", policies=shown)


def audit(visit: Visit) -> Response:
    """Return the ledger's newest checkpoint, and how much of it somebody outside knows."""
    runtime = visit.runtime
    with runtime.catalogue.read() as connection:
        checkpoint = ledger.newest_checkpoint(connection, runtime.ledger.origin, published=True)
        unpublished = ledger.waiting(connection)
    return visit.page(
        "audit.html",
        origin=runtime.ledger.origin,
        key=runtime.ledger.vkey,
        checkpoint=checkpoint,
        unpublished=unpublished,
        outside=window(runtime).as_json(),
    )
