"""Folders to take from, and room to take them into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.spool import Spool


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty folder to take from."""
    path = tmp_path / "source"
    path.mkdir()
    return path


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """Return a spool with room for everything but absurd sizes."""
    with Spool(tmp_path / "spool", 8 << 30) as spool:
        yield spool
