"""Damage in volumes of NIfTI: voxels that nothing packs."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.nifti import read_nifti
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, zero_run, zeroed
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.interface import Opened

_HEADER = 352


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
        zeros = zero_run(content, 0, _HEADER) if not content[:_HEADER].strip(b"\x00") else -1
        fault = broken_at(content, error.offset, error.reason)
        yield fault if zeros < 0 else zeroed(zeros, error.reason)
        return
    faults = list(check_plain(content, volume.start, volume.end))
    faults = faults or list(zeros_in_rows(content, volume.start, volume.end, volume.row))
    yield from faults[:1]
    if not faults:
        yield from after_end(content, volume.end)
