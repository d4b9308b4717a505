"""What a database's own errors mean for a person: each becomes a CatalogueError here."""

import sqlite3
from enum import Enum, unique

import sqlalchemy as sa

from custody.errors import CatalogueError


@unique
class Fault(Enum):
    """What is wrong with the database, and what to do about it."""

    FULL = (
        "no space is left where the catalogue lies",
        "free space or grow the volume, then run the same command again",
    )
    LOCKED = (
        "another process keeps the catalogue locked",
        "wait until the other command has ended, then run the same command again",
    )
    READ_ONLY = (
        "the catalogue cannot be written: it is read-only here",
        "check the owner and mode of the home and how its volume is mounted; of a server, its user",
    )
    CORRUPT = (
        "the catalogue is damaged, or is no catalogue",
        "keep the file as it is and run `autoclave catalogue rebuild`",
    )
    CANNOT_OPEN = (
        "the catalogue cannot be opened",
        "check that the home exists and is readable; of a server, that it answers us",
    )
    BROKEN_DISK = (
        "the disk under the catalogue fails to read or write",
        "check the disk and the system's log before running anything again",
    )
    CONTRADICTION = (
        "the catalogue refused a row that contradicts another",
        "nothing was written; report this with the command that was run",
    )
    OTHER = (
        "the catalogue could not carry out a statement",
        "nothing was written; run the same command again and report it if it stays",
    )

    @property
    def reason(self) -> str:
        """What happened, for a person."""
        return self.value[0]

    @property
    def next_step(self) -> str:
        """What a person can do."""
        return self.value[1]


# Primary result codes (sqlite.org/rescode.html); extended ones keep them in the low byte.
SQLITE_FAULTS: dict[int, Fault] = {
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Fault.CORRUPT,
    sqlite3.SQLITE_NOTADB: Fault.CORRUPT,
    sqlite3.SQLITE_CANTOPEN: Fault.CANNOT_OPEN,
    sqlite3.SQLITE_IOERR: Fault.BROKEN_DISK,
    sqlite3.SQLITE_CONSTRAINT: Fault.CONTRADICTION,
}

# SQLSTATE prefixes (PostgreSQL documentation, appendix A); the first one that fits counts.
SQLSTATE_FAULTS: tuple[tuple[str, Fault], ...] = (
    ("53100", Fault.FULL),
    ("55P03", Fault.LOCKED),
    ("40", Fault.LOCKED),
    ("25006", Fault.READ_ONLY),
    ("42501", Fault.READ_ONLY),
    ("XX001", Fault.CORRUPT),
    ("XX002", Fault.CORRUPT),
    ("08", Fault.CANNOT_OPEN),
    ("28", Fault.CANNOT_OPEN),
    ("3D", Fault.CANNOT_OPEN),
    ("53300", Fault.CANNOT_OPEN),
    ("57P", Fault.CANNOT_OPEN),
    ("58030", Fault.BROKEN_DISK),
    ("23", Fault.CONTRADICTION),
)


def fault_of(error: BaseException) -> Fault:
    """Return what a database's error means."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        return SQLITE_FAULTS.get(code & 0xFF, Fault.OTHER)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return next((f for prefix, f in SQLSTATE_FAULTS if state.startswith(prefix)), Fault.OTHER)
    if hasattr(cause, "sqlstate") and isinstance(error, sa.exc.OperationalError):
        return Fault.CANNOT_OPEN  # the server said nothing: no connection, or a cut one
    return Fault.OTHER


def catalogue_error(error: sa.exc.SQLAlchemyError | sqlite3.Error | OSError) -> CatalogueError:
    """Return the error to raise in place of a database's own.

    The database's text is left out: it holds the statement and its values.
    """
    fault = Fault.CANNOT_OPEN if isinstance(error, OSError) else fault_of(error)
    detail = type(error).__name__ if fault is Fault.OTHER else ""
    reason = f"{fault.reason} ({detail})" if detail else fault.reason
    return CatalogueError(reason, next_step=fault.next_step)
