"""The report on records as one flat table: a row a schema and host, and a row each reason there."""

import os
from collections.abc import Sequence
from pathlib import Path

from custody.box import Json
from custody.errors import StoreError
from pipeline.parquet_table import Column, parquet

TEXTS = ("schema", "site", "host", "service", "source")
NUMBERS = ("files", "unread", "read", "accepted", "refused", "flagged")
REASON_TEXTS = ("code", "class", "message")
REASON_NUMBERS = ("reason_files", "reason_records")
DECISION_TEXTS = ("decision", "decided_by", "decided_until")
PRIVATE_FILE = 0o600


def columns_of(report: Sequence[dict[str, Json]]) -> dict[str, Column]:
    """Return the columns of a report: rows with an empty code hold the counts of a schema.

    Counts of a schema stand in its own row alone, so that a column can be summed.
    """
    rows = [row for line in report for row in _rows(line)]
    texts = (*TEXTS, *REASON_TEXTS, *DECISION_TEXTS)
    found: dict[str, Column] = {name: [row.get(name) or "" for row in rows] for name in texts}
    for name in (*NUMBERS, *REASON_NUMBERS):
        found[name] = [int(row.get(name) or 0) for row in rows]
    return found


def write_parquet(report: Sequence[dict[str, Json]], path: Path) -> int:
    """Write a report as a new Parquet file, and return how many rows it has.

    Raises:
        StoreError: the file is there already, or cannot be written.
    """
    columns = columns_of(report)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(parquet(columns))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}", next_step="name a new file"
        ) from error
    return len(columns["code"])


def _rows(line: dict[str, Json]) -> list[dict[str, Json]]:
    own = {name: line[name] for name in TEXTS}
    rows = [own | {name: line[name] for name in NUMBERS}]
    for reason in line["reasons"]:
        made = reason["decision"] or {}
        rows.append(
            own
            | {name: reason[name] for name in REASON_TEXTS}
            | {"reason_files": reason["files"], "reason_records": reason["records"]}
            | {"decision": made.get("action"), "decided_by": made.get("actor")}
            | {"decided_until": made.get("until")}
        )
    return rows
