"""Recordings of signals in EDF and BDF: a header of texts, and records of samples of equal length.

European Data Format (Kemp et al., 1992), EDF+ (2003), and BioSemi's form with samples of 24 bits.
"""

from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError

_FIXED, _SIGNAL = 256, 256
_MOST_SIGNALS = 4096
_WIDE_MARK = b"\xffBIOSEMI"
# Fields of the fixed header (name, offset, length), and where those of the signals begin.
_HEADER_BYTES, _RECORDS, _SIGNALS = (184, 8), (236, 8), (252, 4)
_SAMPLES_AT, _SAMPLES_LENGTH = 216, 8
_UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Samples between two offsets: bytes in one, in a record of all signals, and in it of each."""

    width: int
    record: int
    start: int
    end: int
    signals: tuple[int, ...]


def read_edf(content: bytes) -> Recording:
    """Read the header, and return where the samples lie.

    Raises:
        TruncatedError: there are fewer records than the header says.
        MalformedError: a field of the header is none.
        UnsupportedError: nothing says how many records there are, and they do not fill the file.
    """
    if len(content) < _FIXED:
        raise TruncatedError("the header is cut", offset=len(content))
    wide = content.startswith(_WIDE_MARK)
    signals = _number(content, *_SIGNALS)
    start = _FIXED + signals * _SIGNAL
    if not 0 < signals <= _MOST_SIGNALS or _number(content, *_HEADER_BYTES) != start:
        raise MalformedError("a header that cannot be", offset=_SIGNALS[0])
    if start > len(content):
        raise TruncatedError("the header is cut", offset=len(content))
    _check_letters(content, 1 if wide else 0, start)
    first = _FIXED + signals * _SAMPLES_AT
    samples = [
        _number(content, first + n * _SAMPLES_LENGTH, _SAMPLES_LENGTH) for n in range(signals)
    ]
    width = 3 if wide else 2
    record = sum(samples) * width
    if min(samples) < 0 or record == 0:
        raise MalformedError("a record without samples", offset=first)
    return Recording(
        width=width,
        record=record,
        start=start,
        end=_end(content, start, record),
        signals=tuple(count * width for count in samples),
    )


def _end(content: bytes, start: int, record: int) -> int:
    records = _number(content, *_RECORDS)
    if records == _UNKNOWN:
        if (len(content) - start) % record:
            raise UnsupportedError("nothing says how many records there are", offset=_RECORDS[0])
        return len(content)
    if records < 0:
        raise MalformedError("a number of records that cannot be", offset=_RECORDS[0])
    end = start + records * record
    if end > len(content):
        raise TruncatedError("records are missing", offset=len(content))
    return end


def _check_letters(content: bytes, start: int, end: int) -> None:
    """Ask for texts: names may have letters with accents, and nothing has control characters."""
    for at in range(start, end):
        if content[at] < 32 or content[at] == 127:
            raise MalformedError("no text stands in the header", offset=at)


def _number(content: bytes, at: int, length: int) -> int:
    field = content[at : at + length].strip()
    digits = field[1:] if field.startswith(b"-") else field
    if not digits.isdigit():
        raise MalformedError("a number that is none", offset=at)
    return int(field)
