import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.sample import InlineSample, open_descriptor
from sandbox.sealed_job import spill

CONTENT = bytes(range(256)) * 100


@given(offset=st.integers(0, 25_600), length=st.integers(0, 25_600))
def test_a_part_is_mapped_exactly(offset: int, length: int) -> None:
    """Whatever the offset, the view holds the part and nothing around it."""
    length = min(length, len(CONTENT) - offset)
    sample = open_descriptor(spill(CONTENT), offset, length)
    assert (length, CONTENT[offset : offset + length]) == (sample.size, sample.view().tobytes())


def test_a_view_cannot_be_written() -> None:
    """Programs look at samples; they do not change them."""
    assert InlineSample(b"abc").view().readonly
    assert open_descriptor(spill(CONTENT), 1, 5000).view().readonly


def test_the_descriptor_is_closed_in_any_case() -> None:
    """A sample that cannot be mapped leaves no descriptor behind."""
    for length in (0, 10, 10**6):
        descriptor = spill(CONTENT)
        if length > len(CONTENT):
            with pytest.raises(ValueError, match="length is greater"):
                open_descriptor(descriptor, 0, length)
        else:
            assert length == open_descriptor(descriptor, 0, length).size
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)
