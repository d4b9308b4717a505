from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.adts import end_of_frames
from formats.faults import FormatError, MalformedError, UnsupportedError
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, Damage
from tests.corpus.dbase import adts
from tests.corpus.looking import demands, look, silence


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def test_a_whole_stream_is_understood_and_asks_for_nothing() -> None:
    """Each frame ends where the next one begins."""
    seen = look(adts())
    assert seen.media_type == "audio/aac"
    assert damage(adts()) == demands(seen, "file_type") == set()
    assert silence(seen, "active_content") == silence(seen, "integrity") == ""
    assert end_of_frames(adts(), 0) == len(adts())


@pytest.mark.parametrize("cut", CUTS.values())
def test_a_cut_stream_ends_in_a_frame(cut: Damage) -> None:
    """A frame says how long it is."""
    assert damage(cut(adts(53))) == {"cut"}


@pytest.mark.parametrize("pattern", ["4 of 16 KiB from 4", "sectors from 512", "one block"])
def test_frames_that_were_overwritten_are_missed(pattern: str) -> None:
    """What stands where a frame has to is noise, and others follow."""
    assert damage(SPARING[pattern](adts(120))) == {"overwritten-structure"}


@pytest.mark.parametrize("pattern", ["full", "head 4 KiB", "16 of 32", "every second sector"])
def test_an_encrypted_stream_is_not_clean(pattern: str) -> None:
    """Its first mark is gone, or its frames are."""
    seen = look(ENCRYPTIONS[pattern](adts(120)))
    assert demands(seen, "encryption") | demands(seen, "file_type")


def test_frames_of_another_kind_do_not_follow() -> None:
    """Rate and channels stay what they are."""
    other = bytearray(adts(10))
    other[2] = 0x4C
    with pytest.raises(MalformedError):
        end_of_frames(adts(10)[:-207] + bytes(other[:207]) * 1 + adts(10), 0)


def test_two_frames_prove_nothing() -> None:
    """Three of one kind in a row do."""
    with pytest.raises(UnsupportedError):
        end_of_frames(adts(2), 0)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_a_place_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves the reader."""
    whole = adts(6)
    with suppress(FormatError):
        end_of_frames(whole[:at] + change + whole[at + len(change) :], 0)
