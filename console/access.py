"""Who may use a route: each one says so, and what says nothing is not served."""

from dataclasses import dataclass

from custody.people import MAY_DECIDE, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The roles that may use a route; `public` ones anybody may, without a login."""

    roles: frozenset[Role] = frozenset()
    public: bool = False

    def allows(self, role: Role) -> bool:
        """Whether a person of a role may use it."""
        return role in self.roles


PUBLIC = Rule(public=True)
EVERYBODY = Rule(roles=frozenset(Role))
DECIDERS = Rule(roles=MAY_DECIDE)
