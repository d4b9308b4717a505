"""Promotions that were begun and not ended: what a crash leaves between intention and receipt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit.event import EventType
from custody.box import Json
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIntent:
    """An intention to promote a shard, on a decision, that nothing in the ledger ended."""

    event_id: str
    shard_id: int
    decision: Digest
    run_id: str

    def __str__(self) -> str:
        return f"event {self.event_id}: the promotion of shard {self.shard_id} is not done"


def open_intents(events: Iterable[Mapping[str, Json]]) -> tuple[OpenIntent, ...]:
    """Return the last intention for each shard that no promotion or later decision ended.

    A part of a split shard ends the intention for the whole: it names the shards it came from.
    """
    waiting: dict[int, OpenIntent] = {}
    for event in events:
        kind, subject, body = event["type"], event["subject"], event["body"]
        if kind == EventType.PROMOTION_INTENDED.value:
            waiting[subject["shard"]] = OpenIntent(
                event_id=event["id"],
                shard_id=subject["shard"],
                decision=Digest(subject["decision"]),
                run_id=event["run"],
            )
        elif kind in {EventType.PROMOTION_DONE.value, EventType.SHARD_ASSESSED.value}:
            for shard_id in (subject["shard"], *body.get("split_from", ())):
                waiting.pop(shard_id, None)
    return tuple(waiting.values())
