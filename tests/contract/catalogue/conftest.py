"""Every database that the catalogue promises to work on, empty and open."""

import pytest

from catalogue.engine import Catalogue


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue_url(request, tmp_path):
    """The URL of an empty database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("database").full_url
    return f"sqlite:///{tmp_path}/catalogue.db"


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
