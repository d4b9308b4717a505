"""Real servers that tests of several kinds share; each is started when the first test asks."""

import pytest

from tests.corpus import gateway as ceph
from tests.corpus import postgres


def pytest_addoption(parser):
    """Let the scenarios run over other stores than folders, and another database than a file."""
    parser.addoption(
        "--stores", choices=("filesystem", "s3"), default="filesystem", help="stores of scenarios"
    )
    parser.addoption(
        "--catalogue", choices=("sqlite", "postgresql"), default="sqlite", help="their database"
    )


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """A Ceph gateway over TLS; whoever stops it starts it again."""
    _skip_without(ceph.missing_programs())
    server = ceph.Gateway(tmp_path_factory.mktemp("gateway") / "ceph")
    try:
        server.begin()
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL server; whoever stops it starts it again."""
    _skip_without(postgres.missing_programs())
    server = postgres.PostgresServer()
    try:
        server.begin()
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session")
def shared_database(postgres_server):
    """A database for tests that need no more of it than a schema of their own."""
    return postgres_server.account()


@pytest.fixture
def database(postgres_server):
    """A database of this test alone on a real server, and the account that owns it."""
    account = postgres_server.account()
    yield account
    postgres_server.drop(account)


def _skip_without(missing):
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (make system-deps)")
