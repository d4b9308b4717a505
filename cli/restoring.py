"""What the commands of a restore share: their options, and how plans read on a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import typer

from cleanzone.last_clean import Gap, Mark
from cli.options import Host, Service, moment
from cli.quantities import named_count, size_text
from cli.tables import Cell
from custody.box import Json
from pipeline.restoring.asked import Asked
from pipeline.restoring.telling import MISSING, RESTORE, Sums

__all__ = ["AsOf", "Host", "Only", "Service", "Site", "asked_of", "plan_rows", "sum_lines"]

Site = Annotated[str | None, typer.Option("--site", help="Only this site.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Only these paths; repeatable.")
]
AsOf = Annotated[
    str | None, typer.Option(metavar="TIME", help="Nothing newer than this snapshot time.")
]
MARK_WORDS: dict[Mark, str] = {
    Mark.OLDER: "older than the newest copy",
    Mark.CHANGED: "changed after the intrusion",
    Mark.GONE: "not in the newest snapshot any more",
    Mark.DECRYPTED: "made by a decryptor",
    Mark.STAND_IN: "as a disarmed copy, or as the accepted records",
    Mark.DIFFERS: "another content than the reference has",
}
GAP_WORDS: dict[Gap, str] = {
    Gap.WAITING: "wait for a person (`autoclave holds`)",
    Gap.LOST: "are lost: no clean version in any snapshot",
    Gap.KEPT_OUT: "are kept out: malicious, prohibited, rejected or recalled",
    Gap.UNREAD: "could not be read from any snapshot",
    Gap.EXCLUDED: "were excluded by the operator",
    Gap.NO_CONTENT: "have no content: links, pipes, devices",
    Gap.LATER: "exist in snapshots after the cut-off only",
}
PLAN_HEADS = ("outcome", "path", "snapshot", "why")
MOST_SHOWN = 200


def asked_of(  # noqa: PLR0917  one argument an option
    case: str | None,
    service: str | None,
    site: str | None,
    host: str | None,
    only: list[str] | None,
    as_of: str | None,
) -> Asked:
    """Return what the options ask for.

    Raises:
        UsageError: the time cannot be read.
    """
    return Asked(
        case=case or "",
        service=service or "",
        site=site or "",
        host=host or "",
        only=tuple(only or ()),
        as_of=moment(as_of),
    )


def plan_rows(lines: Iterable[Mapping[str, Json]]) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each path that a person has to look at."""
    for line in lines:
        if line["outcome"] == MISSING:
            yield (MISSING, line["path"], "-", "the reference has it, and no snapshot")
        elif line["outcome"] != RESTORE or line["marks"]:
            yield (line["outcome"], line["path"], _day(line["snapshot"]), _why(line))


def sum_lines(sums: Sums) -> list[str]:
    """Return the sums as people read them, with what is missing or that nobody can say it."""
    files = named_count(sums.restored, "file comes back", "files come back")
    lines = [f"{files}, {size_text(sums.size)}"]
    lines += [f"  {sums.marks[m]} {MARK_WORDS[m]}" for m in Mark if sums.marks[m]]
    lines += [f"{sums.gaps[g]} {GAP_WORDS[g]}" for g in Gap if sums.gaps[g]]
    if sums.copies:
        lines.append(f"{sums.copies} are encrypted copies, under another name, of ones that return")
    if sums.unnamed:
        lines.append(f"{sums.unnamed} have no name any more: it was erased")
    if sums.missing:
        lines.append(f"{sums.missing} are missing: a reference has them, and no snapshot")
    if sums.without_reference:
        hosts = ", ".join(sums.without_reference)
        lines.append(f"no reference for {hosts}: what is missing there cannot be said")
    return lines


def _why(line: Mapping[str, Json]) -> str:
    marks = [MARK_WORDS[Mark(mark)] for mark in line["marks"]]
    if line["encrypted_copy_of"]:
        marks.append(f"of {line['encrypted_copy_of']}")
    newer = [
        f"{_day(v['snapshot'])}: {v['verdict'] or v['stage']} {v['why']}".rstrip()
        for v in line["newer"]
    ]
    return "; ".join([*marks, *newer])


def _day(text: str | None) -> str:
    return text[:16] if text else "-"
