"""Asks a home's catalogue for rows, wherever it lies; one that is not made yet has none."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from catalogue.engine import Catalogue
from custody.errors import CatalogueError
from pipeline.database import place_of
from pipeline.settings import read_settings


def ask(home: Path, statement: str) -> list[Any]:
    """Return the rows that a statement reads."""
    place = place_of(read_settings(home, {}), {})
    try:
        with Catalogue.open(place, create=False) as catalogue, catalogue.read() as connection:
            return list(connection.execute(sa.text(statement)))
    except CatalogueError as error:
        if "empty" in error.reason or "no catalogue" in error.reason:
            return []
        raise
