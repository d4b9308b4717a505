"""Where a home's catalogue lies: in a file of the home, or on the server that the settings name.

The password is no setting. It is read where the catalogue is opened: from
AUTOCLAVE_CREDENTIALS_CATALOGUE, from `credentials/catalogue.toml` of the home, or from wherever
PostgreSQL's own clients look (PGPASSFILE, ~/.pgpass, a client certificate).
"""

import os
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from custody.errors import SettingsError
from pipeline.credentials import CredentialBook
from pipeline.home import Home
from pipeline.settings import CREDENTIALS_PREFIX, Settings

IDENTITY = "catalogue"
FIELDS = ("user", "password")
VARIABLE = f"{CREDENTIALS_PREFIX}{IDENTITY.upper()}"
KINDS = ("sqlite", "postgresql")
# Whoever has the catalogue open holds it with others; to replace it, it is held alone.
WORK = "work"


def place_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path | sa.URL:
    """Return the place of a home's catalogue, with the password where there is one.

    Raises:
        SettingsError: the URL is none of a PostgreSQL server, or holds a password.
    """
    home = Home(root=settings.home)
    if not settings.catalogue.url:
        return home.catalogue
    return with_password(server_url(settings.catalogue.url), home, environment)


def server_url(text: str) -> sa.URL:
    """Return the URL of a server as settings may hold it; what is wrong is not quoted.

    Raises:
        SettingsError: it is none of a PostgreSQL server, or holds a password.
    """
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise _unusable() from None  # the cause quotes the text, and a password may be in it
    if url.get_backend_name() != "postgresql":
        raise _unusable()
    if url.password is not None or "password" in url.query:
        raise SettingsError(
            "catalogue.url holds a password",
            next_step=f"take it out, change it, and put it into {VARIABLE} or "
            f"credentials/{IDENTITY}.toml",
        )
    return url


def with_password(url: sa.URL, home: Home, environment: Mapping[str, str] = os.environ) -> sa.URL:
    """Return a URL with the user and the password that are kept for it, if any are."""
    book = CredentialBook(home.credentials, environment, FIELDS)
    if not book.has(IDENTITY):
        return url
    user, password = book.pair(IDENTITY)
    return url.set(username=user, password=password)


def shown(place: Path | sa.URL) -> str:
    """Return a place as people may see it."""
    if isinstance(place, Path):
        return str(place)
    bare = sa.URL.create(
        place.drivername,
        host=place.host,
        port=place.port,
        database=place.database,
        query=place.query,
    )
    return bare.render_as_string()


def _unusable() -> SettingsError:
    return SettingsError(
        "catalogue.url is no URL of a PostgreSQL server",
        next_step="give postgresql://USER@HOST:PORT/DATABASE",
    )
