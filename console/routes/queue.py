"""The queue: what asks for a person and nothing else."""

from fastapi.responses import Response

from console.visit import Visit
from custody.errors import UsageError
from custody.verdict import PRECEDENCE, Verdict
from pipeline import queue
from pipeline.deciding.two_people import waiting
from pipeline.queue import Asked

TEXTS = ("reason", "rule", "media_type", "host", "service", "path")


def waiting_entries(visit: Visit) -> Response:
    """Return what is held, grouped by verdict and reason, and a page of its entries."""
    asked = _asked(visit)
    return visit.page(
        "queue.html",
        asked=asked,
        groups=queue.groups(visit.runtime, asked),
        most=queue.PAGE,
        page=queue.page(visit.runtime, asked, _after(visit)),
        signed=[stored.decision for stored in waiting(visit.runtime)],
        verdicts=[verdict.value for verdict in PRECEDENCE],
    )


def _asked(visit: Visit) -> Asked:
    texts = {name: visit.query.get(name, "").strip() for name in TEXTS}
    verdict = visit.query.get("verdict", "")
    try:
        return Asked(verdict=Verdict(verdict) if verdict else None, **texts)
    except ValueError as error:
        raise UsageError("there is no such verdict", next_step="choose one") from error


def _after(visit: Visit) -> int:
    text = visit.query.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise UsageError("this is no page", next_step="begin at the first one")
    return int(text)
