"""Active content of database dumps: what runs when one is loaded, or later inside the database.

A dump is a program that somebody with rights over a database will run. Its rows are data whatever
they quote; its statements are held against the list of those that dumping programs write.
"""

from collections.abc import Iterator
from dataclasses import replace

from custody.finding import Finding, Severity
from formats.faults import TruncatedError
from formats.sql.dialects import Dialect
from formats.sql.judged import Ruling
from sanitizers.active.dumped_values import look_at_values
from sanitizers.active.observation import active, note, unverifiable
from sanitizers.dumps import Seen, Survey, survey
from sanitizers.interface import Opened


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for each kind of statement that is no data, and what cannot be vouched for.

    In a dump that no known program signed nobody knows what a quotation mark means: what seems to
    be a command may be a letter, and the other way round. It is held, and never called malicious.
    """
    dump = opened.once(survey)
    for seen in dump.seen:
        yield _finding(seen, dump)
    yield from look_at_values(opened)
    if dump.dialect is Dialect.OTHER:
        yield unverifiable("dump-of-no-known-program")
    if dump.is_wide:
        yield unverifiable("dump-in-wide-letters", detail=opened.report.encoding)
    if dump.fault is not None:
        where = "" if dump.fault.offset < 0 else f"offset {dump.fault.offset}"
        is_cut = isinstance(dump.fault, TruncatedError)
        rule = "dump-stops" if is_cut else "dump-not-followed"
        yield unverifiable(rule, where=where, detail=dump.fault.reason)


def _finding(seen: Seen, dump: Survey) -> Finding:
    ruled = seen.first
    rule, where = f"sql-{ruled.kind}", f"offset {ruled.offset}"
    detail = f"{seen.count} statements" if seen.count > 1 else ""
    match ruled.ruling:
        case Ruling.MALICIOUS:
            found = active(rule, where=where, detail=detail)
            is_sure = dump.dialect is not Dialect.OTHER
            return replace(found, severity=Severity.MALICIOUS) if is_sure else found
        case Ruling.ACTIVE:
            return active(rule, where=where, detail=detail)
        case Ruling.UNKNOWN:
            return unverifiable(rule, where=where, detail=detail)
        case _:
            return note(rule, where=where, detail=detail)
