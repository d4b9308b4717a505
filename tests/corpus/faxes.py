"""Fax pictures, written from the lengths of their runs (ITU-T T.4 and T.6)."""

from collections.abc import Iterable

from formats.fax_codes import LONGEST, RUNS

_END_OF_LINE = "000000000001"
_HORIZONTAL = "001"
_SAME = "1"


def _code(color: int, run: int) -> str:
    """Return the code of one run: codes of 64 pixels each, and one of what is left."""
    at = next(n for n, (length, value) in enumerate(RUNS[color]) if length and value == run)
    return f"{at:0{LONGEST}b}"[: RUNS[color][at][0]]


_CODES = [{run: _code(color, run) for run in range(64)} for color in (0, 1)]
_LONG = [{run: _code(color, run) for run in range(64, 2561, 64)} for color in (0, 1)]


def _run(color: int, run: int) -> str:
    long = run // 64 * 64
    return (_LONG[color][long] if long else "") + _CODES[color][run % 64]


def _packed(bits: str) -> bytes:
    filled = bits + "0" * (-len(bits) % 8)
    return int(filled, 2).to_bytes(len(filled) // 8)


def _full(runs: list[int], columns: int) -> list[int]:
    """Return an even number of runs that fill a line."""
    kept = runs if len(runs) % 2 else runs[:-1]
    return [*kept, columns - sum(kept)]


def group_3(lines: Iterable[list[int]], columns: int) -> bytes:
    """Return lines of runs, white first, that stand alone, each behind an end of line."""
    written = "".join(
        _END_OF_LINE + "".join(_run(n % 2, run) for n, run in enumerate(_full(runs, columns)))
        for runs in lines
    )
    return _packed(written + _END_OF_LINE * 6)


def group_4(lines: Iterable[list[int]], columns: int) -> bytes:
    """Return lines of runs as T.6 writes them: a line that repeats the one above is all ones."""
    written, above = "", [columns]
    for runs in lines:
        full = _full(runs, columns)
        if full == above:
            written += _SAME * (len(full))
        else:
            pairs = zip(full[::2], full[1::2], strict=True)
            written += "".join(_HORIZONTAL + _run(0, w) + _run(1, b) for w, b in pairs)
        above = full
    return _packed(written + _END_OF_LINE * 2)
