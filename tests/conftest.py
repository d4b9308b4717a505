"""Real servers that tests of several kinds share; each is started when the first test asks."""

import pytest

from tests.corpus.gateway import Gateway, missing_programs


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
