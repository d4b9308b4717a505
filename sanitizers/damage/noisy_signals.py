"""Signals that are noise by their nature: an electrode that hangs free, a generator that tests.

Encryption knows no signals: it covers whatever lies in its blocks. What is noise in every record,
from its first to its last sample, beside signals that are none, was recorded so.
"""

from collections.abc import Iterator

from formats.edf import Recording
from formats.randomness import SECTOR, WINDOW, is_random_window
from sanitizers.damage.samples import is_restless

_LOOKED_AT = 16
_LEAST_RECORDS = 4
# A few dozen samples differ more from what they do on average; fewer say nothing.
_LEAST_BYTES = 96


def without_noisy_signals(content: bytes, recording: Recording) -> bytes:
    """Return content with the samples of such signals silent, if most of a record is none."""
    noisy = [part for part in _parts(recording) if _is_noisy(content, recording, *part)]
    if not noisy or 2 * sum(size for _, size in noisy) > recording.record:
        return content
    heard = bytearray(content)
    for start in range(recording.start, recording.end, recording.record):
        for at, size in noisy:
            heard[start + at : start + at + size] = bytes(size)
    return bytes(heard)


def _parts(recording: Recording) -> Iterator[tuple[int, int]]:
    """Yield where each signal lies within a record, and how many bytes of it."""
    at = 0
    for size in recording.signals:
        yield at, size
        at += size


def _is_noisy(content: bytes, recording: Recording, at: int, size: int) -> bool:
    """Look at records from the first to the last one: each has to be noise, and all together."""
    records = (recording.end - recording.start) // recording.record
    if size < _LEAST_BYTES or records < _LEAST_RECORDS:
        return False
    step = max(1, (records - 1) // (_LOOKED_AT - 1))
    together = b""
    for number in {*range(0, records, step), records - 1}:
        start = recording.start + number * recording.record + at
        samples = content[start : start + size]
        if not is_restless(samples, recording.width):
            return False
        together += samples[: WINDOW // _LEAST_RECORDS]
    return len(together) >= SECTOR and is_random_window(together[:WINDOW])
