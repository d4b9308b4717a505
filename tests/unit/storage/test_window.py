"""A part of a file as a stream."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.window import window

CONTENT = bytes(range(256)) * 4


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.integers(0, 1100), st.one_of(st.none(), st.integers(0, 1100)), st.integers(1, 300))
def test_a_window_shows_its_part_and_nothing_else(
    tmp_path: Path, offset: int, length: int | None, step: int
) -> None:
    """Whatever the sizes of the reads, they add up to the slice."""
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    with window(path, offset, length) as stream:
        content = b"".join(iter(lambda: stream.read(step), b""))
    assert content == CONTENT[offset : None if length is None else offset + length]


def test_a_closed_window_cannot_be_read(tmp_path: Path) -> None:
    """The descriptor is given back once."""
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    stream = window(path, 0, 10)
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed file"):
        stream.read()
