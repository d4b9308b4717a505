"""What a re-scan came to, as people and tools read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from custody.box import Json
from custody.digest import Digest
from pipeline.recalling.plan import Plan

NOTHING_TAKEN = Plan(taken=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescanned:
    """What was looked at, what changed, and what became of what must leave the clean zone.

    Without a `rescan_id` nothing was to be looked at. `waits` says that a recall is proposed and a
    person has to confirm it; `recalls` were carried out for it.
    """

    rescan_id: str = ""
    shards: int = 0
    entries: int = 0
    bytes: int = 0
    changed: int = 0
    unjudged: int = 0
    cleared: tuple[Digest, ...] = ()
    plan: Plan = NOTHING_TAKEN
    recalls: tuple[str, ...] = ()
    recalled: Mapping[Digest, str] = field(default_factory=dict)
    waits: bool = False
    seconds: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether a person has something to look at."""
        return bool(self.waits or self.recalled or self.cleared or self.unjudged)

    def as_json(self) -> dict[str, Json]:
        """Return what `rescan --json` prints."""
        return {
            "rescan": self.rescan_id or None,
            "looked_at": {"shards": self.shards, "entries": self.entries, "bytes": self.bytes},
            "changed": self.changed,
            "unjudged": self.unjudged,
            "newly_bad": [
                {
                    "digest": each.digest,
                    "verdict": each.reason.verdict.value if each.reason.verdict else None,
                    "reasons": list(each.reason.texts),
                    "entries": each.entries,
                    "services": list(each.services),
                    "deliveries": list(each.deliveries),
                }
                for each in self.plan.standing
            ],
            "newly_clean": list(self.cleared),
            "breaker": [str(trip) for trip in self.plan.trips],
            "proposal": self.plan.code if self.waits else None,
            "recalls": list(self.recalls),
            "recalled": dict(self.recalled),
            "waits": self.waits,
            "seconds": round(self.seconds, 3),
        }
