"""Damage in volumes of NIfTI: voxels that nothing packs."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.nifti import header_of, read_nifti
from formats.randomness import CELL, is_noise
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise, zero_run, zeroed
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.interface import Opened


def _header_fault(content: bytes, error: MalformedError) -> Fault:
    """Judge a header that cannot be: its remarks are letters, and noise in them is no bit."""
    header = header_of(content)
    if not content[: header.end].strip(b"\x00"):
        return zeroed(zero_run(content, 0, header.end), error.reason)
    cells = (content[at : at + CELL] for at in range(*header.remarks, CELL))
    if any(map(is_noise, cells)):
        return noise("overwritten-structure", error.offset, error.reason)
    return broken_at(content, error.offset, error.reason)


def check_volume(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a volume.

    Raises:
        UnsupportedError: its voxels are elsewhere, or an extension may hold a file.
    """
    content = opened.content
    try:
        volume = read_nifti(content)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield _header_fault(content, error)
        return
    faults = list(check_plain(content, volume.start, volume.end))
    faults = faults or list(zeros_in_rows(content, volume.start, volume.end, volume.row))
    yield from faults[:1]
    if not faults:
        yield from after_end(content, volume.end)
