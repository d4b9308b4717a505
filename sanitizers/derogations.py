"""Derogations that a policy states: one rule, for one type in one folder of a service, to a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from custody.exception import Derogation, Granted

LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDerogation:
    """A loosening as a policy words it; who signed the policy has granted it.

    It holds from the approval to the end of the day `until` (UTC). `folder` lies below the root of
    the source, "/" is all of it; `media_type` is a pattern.
    """

    name: str
    asked_by: str
    reason: str
    until: date
    scanner: str
    rule: str
    service: str
    media_type: str
    folder: str

    @property
    def end(self) -> datetime:
        """The moment at which it holds no more."""
        return datetime.combine(self.until, time.min, UTC) + timedelta(days=1)

    def granted(self, people: tuple[str, str], start: datetime) -> Derogation:
        """Return the exception that two people granted by approving the policy.

        Raises:
            ValueError: it had ended by then, or they are not two.
        """
        return Derogation(
            media_type=self.media_type,
            path_prefix=self.folder.strip("/").encode(),
            service=self.service,
            scanner=self.scanner,
            rule=self.rule,
            granted=Granted(
                people=people,
                reason=f"{self.name}: {self.reason} (asked by {self.asked_by})",
                start=start,
                end=self.end,
            ),
        )


def out_of_bounds(planned: Iterable[PlannedDerogation], now: datetime) -> str:
    """Return why derogations cannot be granted now, in a few words; empty if they can."""
    for each in planned:
        if each.end <= now:
            return f"derogation {each.name} ended on {each.until}"
        if each.end > now + timedelta(days=LONGEST_DAYS + 1):
            return f"derogation {each.name} is for more than {LONGEST_DAYS} days"
    return ""
