"""`autoclave list`: the entries of the latest run of each source."""

from itertools import islice
from typing import Annotated

import typer

from catalogue.entries import EntryFilter
from cli.context import opened
from cli.holding import why
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit_all, say, show
from cli.quantities import size_text
from cli.tables import VERDICT_STYLES, Cell, shown_text, table
from custody.box import Json
from custody.errors import ExitCode
from custody.lifecycle import Stage
from custody.verdict import Verdict
from pipeline import listing

app = new_app()

STAGES = "One of: " + ", ".join(stage.value for stage in Stage)
VERDICTS = "One of: " + ", ".join(verdict.value for verdict in Verdict)
SHOWN_AT_ONCE = 1000
SHORT = 12


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_entries(
    context: typer.Context,
    *,
    stage: Annotated[
        list[Stage] | None, typer.Option(help=f"Only entries at this stage; repeatable. {STAGES}.")
    ] = None,
    verdict: Annotated[
        list[Verdict] | None,
        typer.Option(help=f"Only entries of this verdict; repeatable. {VERDICTS}."),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Only entries of this service; repeatable.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only entries of this source; repeatable.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="At most so many entries.")
    ] = None,
    derived: Annotated[
        bool, typer.Option("--derived", help="Also the parts of archives and mails.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """List entries with their verdicts and reasons, one JSON line each with --json.

    Names are escaped: no name acts on the terminal. The JSON holds their exact bytes as base64.
    """
    wanted = EntryFilter(
        stages=frozenset(stage or ()),
        verdicts=frozenset(verdict or ()),
        services=frozenset(service or ()),
    )
    with opened(context) as runtime:
        found = listing.entries(runtime, wanted, sources=frozenset(source or ()), derived=derived)
        if as_json:
            emit_all(islice(found, limit))
            return ExitCode.DONE
        most = limit or SHOWN_AT_ONCE
        entries = list(islice(found, most))
        more = limit is None and next(found, None) is not None
    show(entries_table(entries))
    if more:
        say(f"only the first {SHOWN_AT_ONCE} are shown; use filters, --limit or --json")
    return ExitCode.DONE


def entries_table(entries: list[dict[str, Json]]) -> Json:
    """Return one row an entry."""
    columns = ("digest", "size", "host", "service", "stage", "verdict", "path", "why")
    return table(columns, map(_row, entries))


def _row(entry: dict[str, Json]) -> tuple[Cell, ...]:
    verdict = entry["verdict"]
    return (
        (entry["digest"] or "-")[:SHORT],
        "-" if entry["size"] is None else size_text(entry["size"]),
        entry["host"],
        entry["service"],
        entry["stage"] or "-",
        "-" if verdict is None else _styled(Verdict(verdict)),
        entry["path"],
        why(entry),
    )


def _styled(verdict: Verdict) -> Cell:
    text = shown_text(verdict.value)
    text.stylize(VERDICT_STYLES[verdict])
    return text
