"""A hospital as a table: one source a row of a CSV file, each fault named with its line."""

import csv
from io import StringIO
from pathlib import Path

from cli.options import moment
from cli.sources import Described
from custody.errors import UsageError
from custody.source import FIRST_WAVE, LAST_WAVE
from pipeline.places import read_file

COLUMNS = (
    *("path", "case", "site", "host", "service", "snapshot_time", "volume", "decryptor", "wave"),
)
MOST_DIGITS = len(str(LAST_WAVE))


def told_by_table(path: Path, told: Described) -> list[tuple[str, Described]]:
    """Return the places of a CSV file; what a row leaves out is as the command line says.

    Raises:
        UsageError: it is no CSV file of these columns, it has no row, or a row is wrong.
    """
    try:
        text = read_file(path.expanduser()).decode("utf-8-sig")
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _refused(path, "is no UTF-8", "save it as UTF-8") from error
    rows = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        if unknown := set(rows.fieldnames or ()) - set(COLUMNS):
            raise _refused(path, f"has unknown columns: {', '.join(sorted(unknown))}")
        found = [_row(path, rows.line_num, row, told) for row in rows]
    except csv.Error as error:
        raise _refused(path, f"is no CSV after line {rows.line_num}: {error}") from error
    if not found:
        raise _refused(path, "names no source")
    return found


def _row(
    path: Path, line: int, row: dict[str, str | None], told: Described
) -> tuple[str, Described]:
    place = row.get("path")
    if not place:
        raise _refused(path, f"has no path at line {line}")
    if None in row:
        raise _refused(path, f"has too many fields at line {line}")
    try:
        taken = moment(row.get("snapshot_time") or None)
    except UsageError as error:
        raise _refused(path, f"has a time at line {line} that cannot be read") from error
    return place, Described(
        case=row.get("case") or told.case,
        site=row.get("site") or told.site,
        host=row.get("host") or told.host,
        service=row.get("service") or told.service,
        snapshot_time=taken or told.snapshot_time,
        service_globs=told.service_globs,
        volume=row.get("volume") or told.volume,
        decryptor=row.get("decryptor") or told.decryptor,
        wave=_wave(path, line, row.get("wave")) or told.wave,
    )


def _wave(path: Path, line: int, text: str | None) -> int | None:
    if not text:
        return None
    wave = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
    if not FIRST_WAVE <= wave <= LAST_WAVE:
        raise _refused(path, f"has a wave at line {line} that is no number from 1 to {LAST_WAVE}")
    return wave


def _refused(path: Path, fault: str, step: str = "") -> UsageError:
    step = step or f"give a header and one row a source, with the columns {', '.join(COLUMNS)}"
    return UsageError(f"{path.name} {fault}", next_step=step)
