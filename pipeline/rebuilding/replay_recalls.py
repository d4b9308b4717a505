"""Replays recalls: what was proposed, what was withdrawn, and when nothing was left."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from audit.event import EventType
from catalogue import decisions, proposals, recalls
from catalogue.recalls import Act
from custody.box import Json
from custody.digest import Digest
from pipeline.recalling.plan import decode
from pipeline.recalling.withdraw import move_of, take_back

Event = Mapping[str, Json]
ReadLines = Callable[[str], Sequence[Mapping[str, Json]]]


def recall_effects(
    connection: sa.Connection, lines: ReadLines
) -> dict[EventType, Callable[[Event], None]]:
    """Return what the events of recalls do to a catalogue."""

    def intended(event: Event) -> None:
        subject = event["subject"]
        act = Act(
            recall_id=subject["recall"],
            cause=event["body"]["cause"],
            manifest=Digest(subject["manifest"]),
            at=_at(event),
        )
        take_back(connection, act, [move_of(decode(line)) for line in lines(act.manifest)])
        for decision_id in event["body"]["decisions"]:
            decisions.mark_effective(connection, decision_id)

    def done(event: Event) -> None:
        recalls.finish(connection, event["subject"]["recall"], _at(event))

    def proposed(event: Event) -> None:
        told = lines(event["subject"]["manifest"]) if event["subject"] else ()
        reasons = {taken.digest: taken.reason.line for taken in map(decode, told)}
        proposals.replace(connection, event["run"], reasons)

    return {
        EventType.RECALL_PROPOSED: proposed,
        EventType.RECALL_INTENDED: intended,
        EventType.RECALL_DONE: done,
    }


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])
