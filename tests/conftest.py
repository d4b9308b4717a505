"""Real servers that tests of several kinds share; each is started when the first test asks."""

import pytest

from tests.corpus.gateway import Gateway, missing_programs


def pytest_addoption(parser):
    """Let the scenarios run over other stores than folders."""
    parser.addoption(
        "--stores", choices=("filesystem", "s3"), default="filesystem", help="stores of scenarios"
    )


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """A Ceph gateway over TLS; whoever stops it starts it again."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (make system-deps)")
    server = Gateway(tmp_path_factory.mktemp("gateway") / "ceph")
    try:
        server.begin()
        yield server
    finally:
        server.end()
