"""One recovered home for all tests here; each works on a copy.

With `--catalogue postgresql` its catalogue, and that of each copy, is a database on a real server.
"""

import pytest

from pipeline.wiring import open_runtime
from tests.corpus.homes import a_home, copy_of
from tests.corpus.keeping import kept_of


@pytest.fixture(scope="session")
def recovered_database(request):
    """The database of the recovered home, unless its catalogue is a file."""
    if request.config.getoption("--catalogue") == "sqlite":
        return None
    return request.getfixturevalue("postgres_server").account()


@pytest.fixture(scope="session")
def recovered(tmp_path_factory, recovered_database):
    """A home that recovered two hosts."""
    return a_home(tmp_path_factory.mktemp("recovered"), recovered_database)


@pytest.fixture
def copied_database(request, recovered, recovered_database):
    """The database of a copy of the recovered home, unless its catalogue is a file."""
    if recovered_database is None:
        yield None
        return
    if request.node.get_closest_marker("file"):
        pytest.skip("looks into the file of a catalogue")
    copy = recovered_database.server.copy(recovered_database)
    yield copy
    copy.server.drop(copy)


@pytest.fixture
def settings(recovered, copied_database, tmp_path):
    """The settings of a copy of the recovered home."""
    return copy_of(recovered, tmp_path, copied_database)


@pytest.fixture
def runtime(recovered, copied_database, tmp_path):
    """An open copy of the recovered home."""
    with open_runtime(copy_of(recovered, tmp_path, copied_database)) as opened:
        yield opened


@pytest.fixture
def kept(settings, copied_database, tmp_path):
    """What the copy's catalogue is now; it can be taken again, put back, and removed."""
    with kept_of(settings.home, copied_database, tmp_path / "kept.sqlite") as found:
        yield found
