"""The breaker: a rule that condemns too much is more likely wrong than right. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A service of which a recall would take too much."""

    service: str
    taken: int
    standing: int

    @property
    def percent(self) -> float:
        """The share of the service's promoted artefacts."""
        return 100 * self.taken / self.standing

    def __str__(self) -> str:
        return f"{self.service}: {self.taken} of {self.standing} ({self.percent:.1f} %)"


def trips(
    standing: Mapping[str, int], taken: Mapping[str, int], *, percent: int, least: int
) -> tuple[Trip, ...]:
    """Return the services of which a recall takes `percent` or more, and at least `least`.

    `standing` counts the artefacts that each service has in the clean zone, `taken` those of them
    that would be recalled.
    """
    return tuple(
        Trip(service=service, taken=count, standing=standing[service])
        for service, count in sorted(taken.items())
        if count >= least and count * 100 >= percent * standing[service]
    )
