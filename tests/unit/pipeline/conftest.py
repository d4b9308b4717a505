"""An empty home, open."""

import pytest

from pipeline.settings import RunSettings, Settings
from pipeline.wiring import open_runtime


@pytest.fixture
def settings(tmp_path):
    """Settings of a home that is not made yet, with short leases."""
    return Settings(home=tmp_path / "home", run=RunSettings(lease_seconds=2, attempts=2))


@pytest.fixture
def runtime(settings):
    """A new home, open."""
    with open_runtime(settings) as opened:
        yield opened
