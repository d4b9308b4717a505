"""Active content of SQLite databases: triggers, modules and calls in the schema, files in values.

A program that opens the database runs its triggers, views and modules with its own rights. Each
statement of the schema is ruled on as it would be in a dump.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from custody.finding import Finding, Severity
from formats.faults import FormatError, UnsupportedError
from formats.sql.dialects import Dialect
from formats.sql.judged import Ruled, Ruling
from formats.sql.rulings import rulings
from formats.sql.statements import walk
from sanitizers.active.observation import active, note, unverifiable
from sanitizers.active.values import finding_of
from sanitizers.containers.unpacked import EMBEDDED
from sanitizers.databases import Looked, survey_database
from sanitizers.interface import Opened
from sanitizers.values import ValueKind

_KINDS = frozenset({"table", "index", "view", "trigger"})


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what of the schema runs, what of the values is a file, and how much there is.

    Raises:
        UnsupportedError: SQLite could not read the database to its end.
    """
    looked = opened.once(survey_database)
    if looked.unseen:
        raise UnsupportedError(f"SQLite did not read it: {looked.unseen}")
    ruled = Counter((r.ruling, r.kind) for r in _ruled(looked))
    for (ruling, kind), count in ruled.items():
        yield from _findings(ruling, f"sql-{kind}", f"{count} in the schema")
    yield from (finding_of(kind) for kind in ValueKind if kind in looked.values)
    if looked.files:
        yield note(EMBEDDED)
    if looked.is_logged:
        yield note("database-with-log", detail="later changes may stand in a log beside the file")
    yield note("database-read", detail=f"{looked.tables} tables, {looked.rows} rows")


def _ruled(looked: Looked) -> Iterator[Ruled]:
    for kind, statement in looked.schema:
        if kind not in _KINDS:
            yield Ruled(ruling=Ruling.UNKNOWN, kind="unknown-object", offset=-1)
        elif statement:  # the index of a key has none
            try:
                yield from rulings(walk(statement.encode() + b"\n;", _LITE), _LITE)
            except FormatError:
                yield Ruled(ruling=Ruling.UNKNOWN, kind="unknown-statement", offset=-1)


_LITE = Dialect.SQLITE


def _findings(ruling: Ruling, rule: str, detail: str) -> Iterator[Finding]:
    match ruling:
        case Ruling.MALICIOUS:
            yield replace(active(rule, detail=detail), severity=Severity.MALICIOUS)
        case Ruling.ACTIVE:
            yield active(rule, detail=detail)
        case Ruling.UNKNOWN:
            yield unverifiable(rule, detail=detail)
        case Ruling.NOTE:
            yield note(rule, detail=detail)
        case Ruling.DATA:
            pass
