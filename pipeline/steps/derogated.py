"""The derogations of the policy in force, granted by the two people who put it there."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from catalogue import policies
from catalogue.policies import PolicyState
from custody.box import Json
from custody.digest import Digest
from custody.exception import Derogation
from sanitizers.derogations import PlannedDerogation
from sanitizers.policy_file import parse_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedDerogation:
    """A derogation as the policy words it, and as a judgement takes it."""

    planned: PlannedDerogation
    exception: Derogation

    def as_json(self, now: datetime) -> dict[str, Json]:
        """Return who allowed what until when, and whether it still holds."""
        planned = self.planned
        return {
            "name": planned.name,
            "asked_by": planned.asked_by,
            "people": list(self.exception.granted.people),
            "reason": planned.reason,
            "until": planned.until.isoformat(),
            "in_force": self.exception.granted.holds_at(now),
            "scanner": planned.scanner,
            "rule": planned.rule,
            "service": planned.service,
            "media_type": planned.media_type,
        }


def granted_by(connection: sa.Connection, policy: Digest) -> tuple[GrantedDerogation, ...]:
    """Return the derogations that two people granted by putting a policy in force.

    A policy that nobody approved grants nothing, whatever its text says.
    """
    stored = policies.get(connection, policy)
    if stored is None or stored.state is PolicyState.PROPOSED:
        return ()
    if stored.proposed_by is None or stored.approved_by is None:
        return ()
    people = stored.proposed_by, stored.approved_by
    return tuple(
        GrantedDerogation(planned=planned, exception=planned.granted(people, stored.at))
        for planned in parse_policy(stored.content).derogations
        if planned.end > stored.at
    )
