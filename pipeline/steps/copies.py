"""Disarmed copies of contents, where they may stand for the original: what is known of them.

What a copy of a container holds depends on what the policy says of its parts too, so the copies of
containers are told apart by policy, and by service where the policy speaks of that service.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from catalogue import decisions, expansions, inspections
from catalogue.expansions import Expansion
from custody.artefact import Derivation
from custody.digest import Digest, digest_of
from custody.outcome import Inspection, Outcome
from sanitizers.containers.judging import Contents
from sanitizers.containers.unpacked import has_parts
from sanitizers.disarming.eligibility import without_active
from sanitizers.disarming.interface import Removed, Switch
from sanitizers.disarming.registry import NAME, has_disarmer, is_rebuilt
from sanitizers.disarming.rulings import PLAIN, Rulings, Switches, variant_of
from sanitizers.policy import Policy

# What a person signs who has a content disarmed: any copy, or one that lost its signature too.
ANY_COPY = "a copy that passes every check"
ALTHOUGH_SIGNED = f"{ANY_COPY}, without the signature of the original"

Way = tuple[Digest, int]
# What a policy is told apart by in the number of a copy, which has 32 bits.
_CODE_DIGITS = 6
_COUNT = re.compile(r"([a-z0-9.-]{1,64}) (\d{1,10})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The copy of each original and variant, what was said of it, and why there is none.

    `ordered` originals are disarmed whatever the policy says of their type: a person decided so,
    and of some that they may lose their signature.
    """

    made: Mapping[Way, Digest] = field(default_factory=dict)
    refused: Mapping[Way, str] = field(default_factory=dict)
    inspections: Mapping[Digest, Inspection] = field(default_factory=dict)
    ordered: Mapping[Digest, Switches] = field(default_factory=dict)

    @property
    def digests(self) -> set[Digest]:
        """Every copy."""
        return set(self.made.values())

    def switches(
        self, rulings: Rulings, digest: Digest, media_type: str, service: str
    ) -> Switches | None:
        """Return how a content is disarmed in a service; None when it is held as it is."""
        ruled = ruled_on(rulings, media_type, service)
        if digest not in self.ordered or not has_disarmer(media_type):
            return ruled
        # Who has a container disarmed wants what of it can be had.
        rest = frozenset({Switch.LEAVE_OUT}) if is_rebuilt(media_type) else PLAIN
        return (ruled or PLAIN) | rest | self.ordered[digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """What may stand for an entry, or what speaks against what was made to."""

    digest: Digest | None = None
    against: tuple[str, ...] = ()


NO_STAND_IN = StandIn()


def against(reasons: Iterable[str], before: str = "") -> StandIn:
    """Return that no copy may stand for an entry, and why, in words for the entry's reasons."""
    return StandIn(against=tuple(f"{NAME}: {before}{reason}" for reason in reasons))


def ruled_on(rulings: Rulings, media_type: str, service: str) -> Switches | None:
    """Return how a type is disarmed in a service; None when it is held, or has no disarmer."""
    ruled = rulings.on(media_type, service) if has_disarmer(media_type) else None
    return ruled if ruled is None or is_rebuilt(media_type) else ruled - {Switch.LEAVE_OUT}


def variant_in(policy: Policy, service: str, media_type: str, switches: Switches) -> int:
    """Return the number of the way in which a content of a type is disarmed in a service."""
    variant = variant_of(switches)
    if not is_rebuilt(media_type):
        return variant
    named = any(ruling.service == service for ruling in policy.disarm.rulings)
    told = f"{policy.digest} {service if named else ''}"
    return variant + (int(digest_of(told.encode())[:_CODE_DIGITS], 16) << len(Switch))


def without_what_goes(
    outcomes: Iterable[Outcome], switches: Switches, contents: Contents, digest: Digest
) -> tuple[Outcome, ...] | None:
    """Return what is said of a content but for what its copy would lack; None if nothing is."""
    leaves_out = Switch.LEAVE_OUT in switches
    return without_active(outcomes, contents.rules_inside(digest) if leaves_out else None)


def may_be_disarmed(said: Inspection) -> bool:
    """Whether a content has a disarmer, and something active in it or perhaps in its parts.

    Most contents have not, and cost no query.
    """
    if not has_disarmer(said.media_type):
        return False
    return has_parts(said) or without_active(said.outcomes) is not None


def copies_of(connection: sa.Connection, digests: Iterable[Digest], profile: Digest) -> Copies:
    """Return what the catalogue knows of the copies of some originals."""
    asked = set(digests)
    rows = [
        ((digest, variant_at(row.ordinal)), row)
        for digest, own in expansions.copies(connection, asked, profile).items()
        for row in own
        if row.how is Derivation.DISARMED
    ]
    made = {way: row.derived for way, row in rows if row.derived is not None and not row.outcome}
    return Copies(
        made=made,
        refused={way: row.outcome for way, row in rows if row.outcome},
        inspections=inspections.known(connection, made.values(), profile),
        ordered={d: _ordered(s) for d, s in decisions.to_disarm(connection, asked).items()},
    )


def _ordered(scopes: frozenset[str]) -> Switches:
    """Return what a person asked for beyond the policy, from what was signed."""
    return frozenset({Switch.ALTHOUGH_SIGNED}) if ALTHOUGH_SIGNED in scopes else PLAIN


def copy_at(variant: int) -> int:
    """Return the number at which a copy made so stands beside its original: below all parts."""
    return -2 * variant - 1


def report_at(variant: int) -> int:
    """Return the number at which the report on it stands."""
    return copy_at(variant) - 1


def variant_at(ordinal: int) -> int:
    """Return the variant of the copy, or of the report, at a number."""
    return (-ordinal - 1) // 2


def counted(removed: Iterable[Removed]) -> str:
    """Return how often each kind of thing was taken out, in one line for the catalogue."""
    times: dict[str, int] = {}
    for each in removed:
        times[each.code] = times.get(each.code, 0) + each.times
    return ", ".join(f"{code} {n}" for code, n in sorted(times.items()))


def counts_in(report: Expansion) -> dict[str, int]:
    """Return the same from the row of a report."""
    found = (_COUNT.fullmatch(each) for each in report.outcome.split(", "))
    return {each.group(1): int(each.group(2)) for each in found if each}
