"""Content changed at random: a disarmer makes a copy, or says why not in a named error."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.registry import disarmer_of
from tests.corpus.active_images import IMAGES, WHOLE, seeds
from tests.corpus.active_pages import DRAWINGS, PAGES
from tests.corpus.active_pdfs import CONSTRUCTS, NASTY

SEEDS = {
    "application/pdf": [NASTY, *(case.content for case in CONSTRUCTS.values())],
    "text/html": [case.content for case in PAGES.values()],
    "image/svg+xml": [case.content for case in DRAWINGS.values()],
    **{media_type: seeds(media_type) for media_type in WHOLE},
}
ODD = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NOTHING = frozenset()
kinds = pytest.mark.parametrize("media_type", SEEDS)

patches = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from(ODD).map(lambda number: struct.pack("<I", number)),
    st.sampled_from([b"<<", b">>", b"[", b"(", b" 0 R", b"<", b"'", b"\xff\xd8", b"stream\n"]),
)
edits = st.lists(
    st.tuples(patches, st.floats(min_value=0, max_value=1), st.integers(0, 60)),
    min_size=1,
    max_size=4,
)


def attempted(function, *given):
    """What a function returns, or None when it says why not."""
    try:
        return function(*given)
    except (CannotDisarmError, FormatError):
        return None


@kinds
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_raises_an_error_without_a_name(media_type, data):
    """All three functions, over the changed content and over a copy of it."""
    disarmer = disarmer_of(media_type)
    content = data.draw(st.sampled_from(SEEDS[media_type]))
    for patch, place, dropped in data.draw(edits):
        at = int(place * len(content))
        content = content[:at] + patch + content[at + dropped :]
    made = attempted(disarmer.disarm, content, NOTHING)
    for each in (content, made.content if made else b""):
        attempted(disarmer.disarm, each, NOTHING)
        attempted(disarmer.measure, each)
        attempted(disarmer.walk, each)


@kinds
def test_equal_content_makes_equal_copies(media_type):
    """No clock, no chance, no order of a set is in a copy."""
    disarmer = disarmer_of(media_type)
    for content in SEEDS[media_type]:
        once = attempted(disarmer.disarm, content, NOTHING)
        assert once == attempted(disarmer.disarm, content, NOTHING)


@kinds
@pytest.mark.parametrize("size", [0, 1, 2, 7, 13, 64, 132, 200])
def test_the_first_bytes_alone_are_no_reason_to_fall(media_type, size):
    """A file may be cut anywhere."""
    disarmer = disarmer_of(media_type)
    for content in SEEDS[media_type][:8]:
        attempted(disarmer.disarm, content[:size], NOTHING)
        attempted(disarmer.measure, content[:size])
        attempted(disarmer.walk, content[:size])


def test_every_type_of_picture_is_tried():
    """A type that is added here has its cases."""
    assert set(IMAGES) == set(WHOLE)
