"""`autoclave records`: what became of the records in what was recovered, and which are refused."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import record_groups
from cli.commands.show import digests_meant
from cli.context import opened
from cli.options import AsJson, Host, Service, exit_codes, new_group
from cli.output import emit_all, say, show
from cli.quantities import count_text, named_count
from cli.tables import shown_text, table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline import record_report
from pipeline.record_report import Cut, Wanted
from pipeline.record_table import write_parquet

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.UNAVAILABLE)
SHOWN = 200

app = new_group("")


@app.callback(invoke_without_command=True, epilog=ENDS)
def records(
    context: typer.Context,
    *,
    schema: Annotated[str | None, typer.Option("--schema", help="Only this schema.")] = None,
    host: Host = None,
    service: Service = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FILE", help="Also write the report as a new table."),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode | None:
    """Report the records of the latest runs: accepted, refused and why, by host and service.

    Integrity reasons refuse a record, conformance reasons flag it. No value of a record is shown.
    It ends with 3 when a record is refused or an extract was not read to its end.
    """
    if context.invoked_subcommand is not None:
        return None
    wanted = Wanted(schema=schema or "", host=host or "", service=service or "")
    with opened(context) as runtime:
        found = record_report.report(runtime, wanted)
    if parquet is not None:
        rows = write_parquet(found, parquet.expanduser())
        say(f"{named_count(rows, 'row', 'rows')} written to {parquet}")
    if as_json:
        emit_all(found)
    else:
        show(*(part for line in found for part in _shown(line)))
        if not found:
            say("no records were found in the latest runs")
    refused = any(line["refused"] or line["unread"] for line in found)
    return ExitCode.HELD if refused else ExitCode.DONE


app.command("decide", epilog=record_groups.ENDS)(record_groups.decide)


@app.command("refused", epilog=ENDS)
def refused(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="DIGEST|PATH", help="A digest, its first characters, or a path from `list`."
        ),
    ],
    *,
    as_json: AsJson = False,
) -> ExitCode:
    """Show where each refused record of an extract stands and why, with the shapes of values.

    A letter is shown as A or a, a digit as 9: the value itself is only in quarantine.
    """
    with opened(context) as runtime:
        cuts = [
            c for d in digests_meant(runtime, subject) for c in record_report.cuts_of(runtime, d)
        ]
        if not cuts:
            raise UsageError(
                "no record of it is refused", next_step="see `autoclave records` for what is"
            )
        for cut in cuts:
            listed = record_report.refused(runtime, cut)
            if as_json:
                emit_all({**cut.as_json(), **line} for line in listed)
            else:
                show(*_listed(cut, list(listed)))
    return ExitCode.HELD


def _shown(line: dict[str, Json]) -> list[Json]:
    head = shown_text(line["schema"] or "no schema")
    head.stylize("red" if line["refused"] or line["unread"] else "green")
    head.append(
        f"  {line['host']}, {line['service']}: {named_count(line['files'], 'file', 'files')}"
    )
    if line["unread"]:
        head.append(f", {count_text(line['unread'])} not read to the end")
    counts = {name: count_text(line[name]) for name in ("read", "accepted", "refused", "flagged")}
    sums = (
        f"  read {counts['read']} = accepted {counts['accepted']} + refused {counts['refused']};"
        f" flagged {counts['flagged']}"
    )
    return [head, sums, *map(_reason_line, line["reasons"])]


def _reason_line(reason: dict[str, Json]) -> str:
    touched = named_count(reason["records"], "record", "records")
    files = named_count(reason["files"], "file", "files")
    told = f"  {reason['code']} ({reason['class']}): {touched}, {files}: {reason['message']}"
    made = reason["decision"]
    if made is None:
        return told
    until = f" until {made['until']}" if made["until"] else ""
    return f"{told} [{made['action']} by {made['actor']}{until}]"


def _listed(cut: Cut, lines: list[dict[str, Json]]) -> list[Json]:
    rows = [
        (
            "whole" if line["record"] is None else str(line["record"]),
            "-" if line["offset"] is None else str(line["offset"]),
            reason["code"],
            reason["where"],
            reason["value"],
            reason["message"],
        )
        for line in lines
        for reason in line["reasons"]
    ]
    parts: list[Json] = [
        f"extract {cut.extract}",
        table(("record", "at byte", "code", "where", "shape", "why"), rows[:SHOWN]),
    ]
    unlisted = sum(line["unlisted"] for line in lines)
    if len(rows) > SHOWN or unlisted:
        parts.append(f"only the first {SHOWN} reasons are shown; --json prints all that are kept")
    if unlisted:
        parts.append(f"{count_text(unlisted)} more records are refused and not listed")
    made = cut.as_json()
    parts += [f"{name} records: {made[name]}" for name in ("accepted", "refused") if made[name]]
    return parts
