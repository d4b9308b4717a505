"""One recovered home for all tests here; each works on a copy."""

import pytest

from tests.corpus.homes import a_copy, a_home, copy_of


@pytest.fixture(scope="session")
def recovered(tmp_path_factory):
    """A home that recovered two hosts."""
    return a_home(tmp_path_factory.mktemp("recovered"))


@pytest.fixture
def settings(recovered, tmp_path):
    """The settings of a copy of the recovered home."""
    return copy_of(recovered, tmp_path)


@pytest.fixture
def runtime(recovered, tmp_path):
    """An open copy of the recovered home."""
    with a_copy(recovered, tmp_path) as opened:
        yield opened
