"""`autoclave catalogue`: the database of where everything stands."""

import getpass
from typing import Annotated

import typer

from cli.context import settings_of
from cli.options import AsJson, exit_codes, new_group
from cli.output import emit, say, show
from cli.quantities import named_count
from custody.errors import ExitCode
from pipeline.rebuilding.rebuild import Rebuilt
from pipeline.rebuilding.rebuild import rebuild as make_again

app = new_group("The database of where everything stands.")


@app.command(
    "rebuild",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE),
)
def rebuild(
    context: typer.Context,
    *,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who rebuilds; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Make the database of a home again from ledger, manifests and names.

    For a database that is lost, damaged, or was restored from a backup. It refuses when the
    published ledger does not verify, replaces the database at once and whole, and ends runs that
    were under way. Nothing else may work on the home meanwhile.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    done = make_again(settings, actor=actor or getpass.getuser())
    if as_json:
        emit(done.as_json())
    else:
        show(*_lines(done))
        say("Next: `autoclave audit verify --deep`")
    return ExitCode.DONE


def _lines(done: Rebuilt) -> list[str]:
    events = named_count(done.events, "event", "events")
    entries = named_count(done.entries, "entry", "entries")
    lines = [f"made again from {events}: {entries} in {done.catalogue}"]
    if done.unfinished:
        runs = named_count(done.unfinished, "run was", "runs were")
        lines.append(f"{runs} under way and ended: `autoclave recover` begins a new one")
    if done.unnamed:
        objects = named_count(done.unnamed, "names object", "names objects")
        lines.append(f"{objects} could not be opened: erased, or their key is missing")
    return lines
