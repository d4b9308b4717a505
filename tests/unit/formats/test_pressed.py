"""Readers of pictures, sound, fonts, databases and images end, and in nothing but named faults."""

import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.pressed_readers import READERS
from formats.faults import FormatError
from formats.properties import Drawn
from tests.corpus.access import jet
from tests.corpus.archive_cases import CAB, ISO
from tests.corpus.flacs import flac
from tests.corpus.images import gif_of
from tests.corpus.metafiles import emf, wmf
from tests.corpus.recordings import mp3, png, tag
from tests.corpus.thumbnails import THUMBNAILS, summary
from tests.corpus.webps import LOSSY, woff2

WHOLE: dict[str, bytes] = {
    "flac": flac(2),
    "webp": LOSSY,
    "woff2": woff2(size=64),
    "access": jet(2),
    "unpack iso9660-image": ISO,
    "unpack ms-cab-compressed": CAB,
    "mpeg audio": mp3(9, tag=tag((b"APIC", b"\0image/png\0\3\0" + png()))),
    "gif": gif_of(bytes(range(200)) * 4, width=40),
    "metafiles": emf(lines=9) + wmf(lines=9),
    "thumbnail": summary(Drawn.WMF, THUMBNAILS[Drawn.WMF]),
}
ODD_NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
LONGEST = 5.0

numbers = st.sampled_from(ODD_NUMBERS) | st.integers(0, 0xFFFFFFFF)
edits = st.one_of(
    st.tuples(st.just("put"), st.builds(struct.pack, st.sampled_from(["<I", ">I"]), numbers)),
    st.tuples(st.sampled_from(["put", "insert"]), st.binary(min_size=1, max_size=24)),
    st.tuples(st.sampled_from(["drop", "double"]), st.integers(1, 300).map(bytes)),
)
# Headers stand in front: half of all changes fall on the first bytes.
places = st.integers(0, 160).map(float) | st.floats(0, 1)


def edited(content: bytes, kind: str, part: bytes, place: float) -> bytes:
    """Return content with one change, at a byte or at a share of its length."""
    at = int(place) if place > 1 else int(place * len(content))
    before, rest = content[:at], content[at:]
    match kind:
        case "put":
            return before + part + rest[len(part) :]
        case "insert":
            return before + part + rest
        case "drop":
            return before + rest[len(part) :]
        case _:
            return before + rest[: len(part)] * 2 + rest[len(part) :]


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_changed_here_is_read_before(name: str) -> None:
    """Content that a reader refuses at its first byte would press nothing."""
    assert READERS[name](WHOLE[name])


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=50, deadline=None, derandomize=True)
@given(changes=st.lists(st.tuples(edits, places), min_size=1, max_size=4))
def test_changed_content_ends_in_a_reading_or_a_named_fault(
    name: str, changes: list[tuple[tuple[str, bytes], float]]
) -> None:
    """Nothing but a FormatError leaves a reader, and none runs for long."""
    content = WHOLE[name]
    for (kind, part), place in changes:
        content = edited(content, kind, part, place)
    started = time.process_time()
    with suppress(FormatError):
        READERS[name](content)
    assert time.process_time() - started < LONGEST
