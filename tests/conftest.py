"""Real servers that tests of several kinds share; each is started when the first test asks."""

import pytest
from hypothesis import HealthCheck, settings

from sanitizers.disarming.office import confined
from tests.corpus import clamds, postgres
from tests.corpus import gateway as ceph
from tests.corpus.accounts import an_account
from tests.corpus.one_served import OneServed
from tests.corpus.ssh_servers import SshServer
from tests.corpus.ssh_servers import missing_programs as missing_for_ssh

# A busy machine is no fault of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser):
    """Let the scenarios run over other stores, another database, and driven by Prefect."""
    parser.addoption(
        "--stores", choices=("filesystem", "s3"), default="filesystem", help="stores of scenarios"
    )
    parser.addoption(
        "--catalogue", choices=("sqlite", "postgresql"), default="sqlite", help="their database"
    )
    parser.addoption(
        "--orchestrator",
        choices=("in-process", "prefect"),
        default="in-process",
        help="who drives their runs",
    )


def pytest_collection_modifyitems(items):
    """Begin with files that take long: at the end one of them would have all others wait."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


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
def needs_clamd():
    """A clamd can be started on this machine."""
    _skip_without(clamds.missing_programs())


@pytest.fixture(scope="session")
def needs_libreoffice():
    """LibreOffice can be run confined on this machine."""
    _skip_without(confined.missing())


@pytest.fixture(scope="session")
def s3_users(gateway):
    """Users of the gateway for tests that need no more of their own than buckets."""
    return an_account(gateway)


@pytest.fixture(scope="session")
def one_served(tmp_path_factory):
    """One home that is really served, emptied for each test: its start takes a quarter minute."""
    served = OneServed.begin(tmp_path_factory.mktemp("one"))
    yield served
    served.end()


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


@pytest.fixture(scope="session")
def ssh_server():
    """An OpenSSH server on loopback; whoever stops it starts it again."""
    _skip_without(missing_for_ssh())
    server = SshServer()
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def ssh(ssh_server):
    """The same server over a folder `files` that is empty."""
    ssh_server.empty()
    return ssh_server


def _skip_without(missing):
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (make system-deps)")
