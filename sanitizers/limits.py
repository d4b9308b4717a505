"""The bounds that inspection keeps; what goes beyond one is a named outcome, never clean."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

MEBI = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one artefact a scanner follows. All of them are part of the profile."""

    most_content_bytes: int = 256 * MEBI
    most_members: int = 10_000
    most_member_bytes: int = 512 * MEBI
    most_expanded_bytes: int = 1024 * MEBI
    most_ratio: int = 200
    free_ratio_bytes: int = 8 * MEBI
    most_depth: int = 6
    most_findings: int = 100

    def encode(self) -> Mapping[str, int]:
        """Return the bounds as they stand in a profile."""
        return asdict(self)


DEFAULT_LIMITS = Limits()
