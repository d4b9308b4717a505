"""Replays recalls: what they withdrew, the entries they moved, and when nothing was left."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import decisions, recalls
from catalogue.recalls import Act
from custody.box import Json
from custody.digest import Digest
from custody.verdict import Verdict
from pipeline.recalling.plan import Reason
from pipeline.recalling.withdraw import Move, take_back

Event = Mapping[str, Json]
ReadLines = Callable[[str], Sequence[Mapping[str, Json]]]


def recall_effects(
    connection: sa.Connection, lines: ReadLines
) -> dict[EventType, Callable[[Event], None]]:
    """Return what the two events of a recall do to a catalogue."""

    def intended(event: Event) -> None:
        subject = event["subject"]
        act = Act(
            recall_id=subject["recall"],
            cause=event["body"]["cause"],
            manifest=Digest(subject["manifest"]),
            at=_at(event),
        )
        take_back(connection, act, [_move(line) for line in lines(act.manifest)])
        for decision_id in event["body"]["decisions"]:
            decisions.mark_effective(connection, decision_id)

    def done(event: Event) -> None:
        recalls.finish(connection, event["subject"]["recall"], _at(event))

    return {EventType.RECALL_INTENDED: intended, EventType.RECALL_DONE: done}


def _move(line: Mapping[str, Json]) -> Move:
    verdict = None if line["verdict"] is None else Verdict(line["verdict"])
    reason = Reason(texts=tuple(line["reasons"]), verdict=verdict)
    return Move(digest=Digest(line["digest"]), verdict=verdict, reason=reason.line)


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])
