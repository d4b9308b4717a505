"""Every database that the catalogue promises to work on, empty and open."""

import secrets

import pytest
import sqlalchemy as sa

from catalogue.engine import Catalogue
from catalogue.postgresql import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue_url(request, tmp_path):
    """The URL of an empty database of each kind."""
    if request.param == "postgresql":
        yield request.getfixturevalue("server_url")
    else:
        yield f"sqlite:///{tmp_path}/catalogue.db"


@pytest.fixture
def server_url(shared_database):
    """The URL of a schema of this test's own on a real server."""
    url = f"{shared_database.full_url}?schema=t{secrets.token_hex(6)}"
    yield url
    Server.at(sa.make_url(url)).drop()


@pytest.fixture
def catalogue(catalogue_url):
    """A new catalogue."""
    with Catalogue.open(catalogue_url) as opened:
        yield opened


@pytest.fixture
def writing(catalogue):
    """A transaction over a new catalogue."""
    with catalogue.write() as connection:
        yield connection
