"""What is asked to come back: one case, and of it a service, site, host or paths."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

import sqlalchemy as sa

from catalogue import cases
from catalogue.cases import Case
from catalogue.versions import SnapshotInventory
from custody.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which paths are asked for; an empty filter asks for all. `only` are globs over whole paths.

    `as_of` replaces the case's cut-off when it is earlier: nothing newer comes back.
    """

    case: str = ""
    service: str = ""
    site: str = ""
    host: str = ""
    only: tuple[str, ...] = ()
    as_of: datetime | None = None

    def covers(self, inventory: SnapshotInventory) -> bool:
        """Whether a snapshot may hold what is asked for."""
        return self.site in {"", inventory.site} and self.host in {"", inventory.host}

    def names(self, path: bytes) -> bool:
        """Whether a path is asked for."""
        text = path.decode("utf-8", "surrogateescape")
        return not self.only or any(fnmatchcase(text, glob) for glob in self.only)

    def until(self, case: Case) -> datetime | None:
        """Return the moment after which no snapshot is restored from."""
        given = [moment for moment in (self.as_of, case.cut_off_at) if moment is not None]
        return min(given, default=None)


def case_of(connection: sa.Connection, wanted: str) -> Case:
    """Return the case that is meant: the one that is named, or the only one.

    Raises:
        UsageError: there is none of this name, or several and none is named.
    """
    if wanted:
        found = cases.get(connection, wanted)
        if found is None:
            raise UsageError(f"there is no case {wanted}", next_step="see `autoclave case list`")
        return found
    every = cases.all_cases(connection)
    if len(every) != 1:
        raise UsageError(
            "which case is meant is not clear" if every else "there is no case yet",
            next_step="name one with --case" if every else "run `autoclave recover` first",
        )
    return every[0]
