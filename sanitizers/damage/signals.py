"""Damage in recordings of signals (EDF, BDF): headers of texts, and samples that nothing packs."""

from collections.abc import Iterator

from formats.edf import Recording, read_edf
from formats.faults import MalformedError, TruncatedError
from formats.randomness import first_random_sector
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise, zero_run, zeroed
from sanitizers.damage.noisy_signals import without_noisy_signals
from sanitizers.damage.samples import check_samples
from sanitizers.interface import Opened

_LEAST_SILENCE = 1024
_HEADER = 4096


def check_signals(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a recording.

    Raises:
        UnsupportedError: nothing says how many records it has.
    """
    content = opened.content
    try:
        recording = read_edf(content)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield _header_fault(content, error)
        return
    heard = without_noisy_signals(content, recording)
    faults = list(check_samples(heard, recording.start, recording.end, recording.width))
    faults = faults or list(_silence(content, recording))
    yield from faults[:1]
    if not faults:
        yield from after_end(content, recording.end)


def _header_fault(content: bytes, error: MalformedError) -> Fault:
    """Judge a header by what stands in it: it holds nothing but letters."""
    zeros = zero_run(content, 0, _HEADER)
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    if first_random_sector(content, 0, min(_HEADER, len(content))) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return broken_at(content, error.offset, error.reason)


def _silence(content: bytes, recording: Recording) -> Iterator[Fault]:
    """Tell records that were never written from channels that are off: all fall silent at once.

    What a recorder leaves out are whole records. Two of zeros that begin within another one were
    never written.
    """
    least = max(2 * recording.record, _LEAST_SILENCE)
    found = content.find(bytes(least), recording.start, recording.end)
    if found < 0:
        return
    rest = content[found : recording.end]
    last = found + len(rest) - len(rest.lstrip(b"\x00"))
    for edge in (found, last):
        if (edge - recording.start) % recording.record and edge < recording.end:
            yield zeroed(found, "silence that begins or ends within a record")
            return
