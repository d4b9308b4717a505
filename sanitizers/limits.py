"""The bounds that inspection keeps; what goes beyond one is a named outcome, never clean."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

MEBI = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one artefact a scanner follows. All of them are part of the profile.

    `most_members` are those of one container, `most_parts` those of all that lies in a file at a
    source. `box_bytes` is the memory of the process that looks at one artefact.
    """

    most_content_bytes: int = 256 * MEBI
    most_members: int = 10_000
    most_member_bytes: int = 512 * MEBI
    most_expanded_bytes: int = 1024 * MEBI
    most_ratio: int = 200
    free_ratio_bytes: int = 8 * MEBI
    most_depth: int = 6
    most_findings: int = 100
    most_parts: int = 10_000
    batch_parts: int = 256
    box_bytes: int = 1024 * MEBI

    def encode(self) -> Mapping[str, int]:
        """Return the bounds as they stand in a profile."""
        return asdict(self)


DEFAULT_LIMITS = Limits()
# For large backups: what is in memory at once bounds a member, whatever a disk would hold.
BULK_LIMITS = Limits(
    most_content_bytes=512 * MEBI,
    most_members=200_000,
    most_expanded_bytes=65_536 * MEBI,
    most_ratio=500,
    most_depth=8,
    most_parts=400_000,
    batch_parts=4096,
    box_bytes=3072 * MEBI,
)
LIMITS: Mapping[str, Limits] = {"default": DEFAULT_LIMITS, "bulk": BULK_LIMITS}
