"""Homes for ledgers in a temporary folder."""

import pytest

from tests.corpus.ledgers import a_home, open_ledger


@pytest.fixture
def home(tmp_path):
    """A home with an audit store in memory."""
    made = a_home(tmp_path / "home")
    yield made
    made.catalogue.close()


@pytest.fixture
def ledger(home):
    """The open ledger of the home."""
    return open_ledger(home)
