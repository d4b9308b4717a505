"""What the readers of containers may use: bounds, and the passwords of the operator's list."""

from dataclasses import dataclass, field

from sanitizers.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What one container may be opened with; the passwords are never shown, and never leave."""

    limits: Limits = field(default_factory=lambda: DEFAULT_LIMITS)
    passwords: tuple[str, ...] = field(default=(), repr=False)
