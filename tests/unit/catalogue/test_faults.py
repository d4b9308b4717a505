import sqlite3

import pytest
import sqlalchemy as sa

from catalogue.faults import SQLITE_FAULTS, Fault, catalogue_error, fault_of
from custody.errors import CatalogueError, ExitCode

EXTENDED = {
    "SQLITE_BUSY_SNAPSHOT": Fault.LOCKED,
    "SQLITE_LOCKED_SHAREDCACHE": Fault.LOCKED,
    "SQLITE_READONLY_DBMOVED": Fault.READ_ONLY,
    "SQLITE_CORRUPT_INDEX": Fault.CORRUPT,
    "SQLITE_CANTOPEN_ISDIR": Fault.CANNOT_OPEN,
    "SQLITE_IOERR_FSYNC": Fault.BROKEN_DISK,
    "SQLITE_CONSTRAINT_UNIQUE": Fault.CONTRADICTION,
    "SQLITE_SCHEMA": Fault.OTHER,
}
STATES = {
    "53100": Fault.FULL,
    "55P03": Fault.LOCKED,
    "40P01": Fault.LOCKED,
    "40001": Fault.LOCKED,
    "25006": Fault.READ_ONLY,
    "42501": Fault.READ_ONLY,
    "XX001": Fault.CORRUPT,
    "08006": Fault.CANNOT_OPEN,
    "28P01": Fault.CANNOT_OPEN,
    "3D000": Fault.CANNOT_OPEN,
    "57P03": Fault.CANNOT_OPEN,
    "58030": Fault.BROKEN_DISK,
    "23505": Fault.CONTRADICTION,
    "42601": Fault.OTHER,
}


class StateError(Exception):
    """What a PostgreSQL driver raises: an error with an SQLSTATE."""

    def __init__(self, sqlstate):
        super().__init__("text with a 'Mme Secret' in it")
        self.sqlstate = sqlstate


def wrapped(cause):
    """An error as SQLAlchemy hands it on."""
    return sa.exc.OperationalError("INSERT INTO t VALUES (?)", ("Mme Secret",), cause)


def sqlite_error(code):
    """An error as Python's driver raises it."""
    error = sqlite3.OperationalError("text with a 'Mme Secret' in it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(("code", "fault"), SQLITE_FAULTS.items())
def test_every_result_code_of_sqlite_has_its_fault(code, fault):
    """A primary code means the same alone and inside SQLAlchemy's error."""
    assert fault is fault_of(sqlite_error(code))
    assert fault is fault_of(wrapped(sqlite_error(code)))


@pytest.mark.parametrize(("name", "fault"), EXTENDED.items())
def test_an_extended_code_means_what_its_primary_one_means(name, fault):
    """The low byte of an extended code decides; a code that nobody foresaw is `OTHER`."""
    assert fault is fault_of(wrapped(sqlite_error(getattr(sqlite3, name))))


@pytest.mark.parametrize(("state", "fault"), STATES.items())
def test_every_sqlstate_has_its_fault(state, fault):
    """PostgreSQL's classes lead to the same faults."""
    assert fault is fault_of(wrapped(StateError(state)))


def test_an_error_without_any_code_is_an_error_all_the_same():
    """What a driver does not explain is not taken for harmless."""
    assert Fault.OTHER is fault_of(wrapped(Exception("?")))
    assert Fault.OTHER is fault_of(sa.exc.ArgumentError("?"))


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_says_what_happened_and_what_to_do(fault):
    """No fault leaves a person without a reason and a next step."""
    assert fault.reason
    assert fault.next_step


@pytest.mark.parametrize("code", [*SQLITE_FAULTS, sqlite3.SQLITE_SCHEMA])
def test_the_error_is_ours_and_holds_no_value(code):
    """Every fault becomes a CatalogueError with exit 6 that repeats nothing of the statement."""
    error = catalogue_error(wrapped(sqlite_error(code)))

    assert isinstance(error, CatalogueError)
    assert ExitCode.UNAVAILABLE is error.exit_code
    assert "Secret" not in str(error)
    assert error.next_step


def test_an_error_of_the_file_system_means_that_nothing_can_be_opened():
    """A folder that is missing is no database."""
    assert Fault.CANNOT_OPEN.reason == catalogue_error(FileNotFoundError("x")).reason
