"""Which version of the tables a database has, and how it gets the one that this program needs."""

from enum import Enum, unique
from pathlib import Path

import sqlalchemy as sa

from catalogue.every_table import metadata
from custody.errors import CatalogueError

HEAD = "0012"
OLDER_VERSIONS: tuple[str, ...] = (
    *("0001", "0002", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"),
)
MOVED_VERSION = "moved"
MIGRATIONS = Path(__file__).parent / "migrations"

# Alembic's own table, so that `alembic` on the command line understands our databases too.
_versions = sa.table("alembic_version", sa.column("version_num", sa.Text))


@unique
class Standing(Enum):
    """How a database's tables stand to this program."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    MOVED = "moved"
    FOREIGN = "foreign"


def standing(connection: sa.Connection) -> Standing:
    """Return how the tables of a database stand to this program."""
    present = sa.inspect(connection).get_table_names()
    if "alembic_version" not in present:
        return Standing.FOREIGN if present else Standing.EMPTY
    version = connection.execute(sa.select(_versions.c.version_num)).scalar()
    if version == HEAD:
        return Standing.CURRENT
    if version == MOVED_VERSION:
        return Standing.MOVED
    return Standing.OLDER if version is None or version in OLDER_VERSIONS else Standing.NEWER


def create(connection: sa.Connection) -> None:
    """Make the tables in an empty database; when another process was faster, nothing happens.

    They are made from `tables.py`, because Alembic costs more to import than the tables cost to
    make; a test holds that this and the migrations give the same database.
    """
    if standing(connection) is not Standing.EMPTY:
        return
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute(sa.insert(_versions).values(version_num=HEAD))


def migrate(connection: sa.Connection) -> None:
    """Run the migrations that a database lacks, inside the caller's transaction.

    Raises:
        CatalogueError: the tables are another program's or a newer version's.
    """
    found = standing(connection)
    if found is Standing.CURRENT:
        return
    if found in (Standing.NEWER, Standing.MOVED, Standing.FOREIGN):
        raise refusal(found)
    # Imported here: only a migration pays for Alembic.
    from alembic import command, config  # noqa: PLC0415  one in a thousand starts needs it

    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def mark_moved(connection: sa.Connection) -> None:
    """Say in a catalogue that another one has taken its place, for whoever opens it after this."""
    connection.execute(sa.update(_versions).values(version_num=MOVED_VERSION))


def refusal(found: Standing) -> CatalogueError:
    """Return the error for a database that cannot be used as it is."""
    match found:
        case Standing.OLDER:
            return CatalogueError(
                "the catalogue was made by an older version",
                next_step="run `autoclave catalogue migrate`",
            )
        case Standing.NEWER:
            return CatalogueError(
                "the catalogue was made by a newer version",
                next_step="use the version of Autoclave that made it, or a newer one",
            )
        case Standing.MOVED:
            return CatalogueError(
                "the catalogue was moved to a server",
                next_step="see catalogue.url in the home's settings, then run the command again",
            )
        case Standing.FOREIGN:
            return CatalogueError(
                "the database holds the tables of another program",
                next_step="give Autoclave a database of its own",
            )
        case Standing.EMPTY | Standing.CURRENT:
            return CatalogueError(
                "the catalogue is empty",
                next_step="check --home; `autoclave recover` makes a new home on first use",
            )
