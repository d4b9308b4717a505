"""What a move of the catalogue that was cut short has left to do, and that it may be done.

The settings name the server already, so the file is done with: but it does not say so yet, or lies
under its old name, or the ledger does not know of the move.
"""

import json
import sqlite3
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import sqlalchemy as sa

from audit.event import EventType
from catalogue import ledger, schema
from catalogue.engine import Catalogue
from custody.errors import CatalogueError


def is_marked(path: Path) -> bool:
    """Whether a file says itself that it was moved.

    Raises:
        CatalogueError: it is no catalogue.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            found = connection.execute("select version_num from alembic_version").fetchone()
    except sqlite3.Error as error:
        raise CatalogueError(
            f"{path} is no catalogue: {error}", next_step="look at what lies there"
        ) from error
    return bool(found == (schema.MOVED_VERSION,))


def check_successor(old: sa.Connection, new: sa.Connection) -> None:
    """Check that one catalogue went on where another ended: its logs begin with those of the old.

    Raises:
        CatalogueError: it is the catalogue of another home, or went another way.
    """
    known = set(ledger.origins(new))
    for origin in ledger.origins(old):
        before = ledger.last(old, origin)
        size = before.seq + 1 if before else 0
        pairs = zip_longest(
            ledger.entries(old, origin, 0, size), ledger.entries(new, origin, 0, size)
        )
        if origin not in known or any(ours != theirs for ours, theirs in pairs):
            raise CatalogueError(
                "the file holds another catalogue than the server",
                next_step="keep both, and find out which one the home's audit store agrees with",
            )


def is_recorded(new: Catalogue) -> bool:
    """Whether the ledger knows that its catalogue was moved to where it is."""
    with new.read() as connection:
        return any(
            json.loads(entry.body)["event"]["type"] == EventType.CATALOGUE_MOVED.value
            for origin in ledger.origins(connection)
            for entry in ledger.entries(connection, origin)
        )
