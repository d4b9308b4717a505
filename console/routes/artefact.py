"""One artefact: why it stands where it stands, what was found in it, and what happened to it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi.responses import Response

from audit.event import EventType
from catalogue.decisions import StoredDecision
from console.access import DECIDERS
from console.visit import Visit
from custody.box import Json
from custody.decision import Decision
from custody.digest import Digest, parse_digest
from custody.errors import UsageError
from custody.lifecycle import MOVES, Action, Stage
from pipeline import listing
from pipeline.because import explain_content
from pipeline.deciding.shown import shown_code
from pipeline.deciding.two_people import waiting
from pipeline.paragraph import paragraph
from pipeline.recording import Recorder
from pipeline.timeline import timeline
from pipeline.tree import tree
from pipeline.wiring import Runtime

MOST_NAMES = 20
MOST_PARTS = 200
DEFAULT_DAYS = 30
DONE = frozenset({"rejected", "released", "waived", "signed"})
DECISIONS = (Action.REJECT, Action.RELEASE)


def artefact(visit: Visit) -> Response:
    """Return all that is known of one artefact, and the decisions that a person may take on it."""
    digest = digest_of_visit(visit)
    # Taken first: what changes while the page is made is not what it shows.
    shown = shown_code(visit.runtime, digest)
    known = listing.show(visit.runtime, digest, MOST_NAMES)
    if known is None:
        raise UsageError("this content was never seen here", next_step="see the queue")
    _record_reading(visit, digest)
    first = first_decisions(visit.runtime, digest)
    done = visit.query.get("done", "")
    return visit.page(
        "artefact.html",
        digest=digest,
        known=known,
        shown=shown,
        why=[paragraph(each) for each in explain_content(visit.runtime, digest)],
        findings=_distinct(known["entries"]),
        silent=_silent(known["entries"]),
        types=sorted({i["media_type"] for i in known["inspections"].values()}),
        parts=tree(visit.runtime, digest, MOST_PARTS),
        happened=timeline(visit.runtime, digest),
        signed=first,
        may=_may(visit, known["entries"]),
        may_sign=_may_sign(visit),
        own={d.action for d in first if d.actor == visit.who.name},
        until=until_of(first, visit.runtime.ledger.now().date()).isoformat(),
        done=done if done in DONE else "",
    )


def digest_of_visit(visit: Visit) -> Digest:
    """Return the content that an address names.

    Raises:
        UsageError: it names none.
    """
    try:
        return parse_digest(visit.path["digest"])
    except ValueError as error:
        raise UsageError("this is no digest", next_step="see the queue") from error


def first_decisions(runtime: Runtime, digest: Digest) -> list[Decision]:
    """Return the decisions on a content that wait for a second person."""
    found: list[StoredDecision] = waiting(runtime)
    return [each.decision for each in found if each.decision.subject == digest]


def until_of(first: Sequence[Decision], today: date) -> date:
    """Return when an exception ends: as the first of two people said, or in thirty days."""
    for decision in first:
        if decision.action is Action.RELEASE:
            return date.fromisoformat(decision.scope.rpartition(" ")[2])
    return today + timedelta(days=DEFAULT_DAYS)


def _may(visit: Visit, entries: Sequence[Mapping[str, Json]]) -> set[Action]:
    """Return what a person of this role may decide where the entries of a content stand."""
    if not DECIDERS.allows(visit.who.role):
        return set()
    stages = {Stage(entry["stage"]) for entry in entries}
    moved = {a for a in DECISIONS if any((stage, a) in MOVES for stage in stages)}
    return moved | ({Action.WAIVE} if moved else set())


def _may_sign(visit: Visit) -> bool:
    account = visit.console.accounts.get(visit.who.name)
    return account is not None and account.may_sign


def _record_reading(visit: Visit, digest: Digest) -> None:
    """Put on the record that somebody looks at evidence, once a session, before they see it."""
    if digest in visit.session.looked_at:
        return
    runtime = visit.runtime
    event = Recorder(runtime=runtime, case="", run_id="").event(
        EventType.EVIDENCE_READ,
        subject={"digest": digest},
        body={"shown": "names and details, in the console"},
        actor=visit.who.name,
    )
    with runtime.catalogue.write() as connection:
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    visit.session.looked_at.add(digest)


def _distinct(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    found = [finding for entry in entries for finding in entry["findings"]]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(f.items()) for f in found)]


def _silent(entries: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    found = [(n["scanner"], n["reason"]) for entry in entries for n in entry["not_scanned"]]
    return list(dict.fromkeys(found))
