"""`autoclave catalogue`: the database of where everything stands."""

import getpass
from typing import Annotated

import typer

from catalogue.engine import Catalogue
from cli.context import settings_of
from cli.options import AsJson, exit_codes, new_group
from cli.output import emit, say, show
from cli.quantities import named_count
from custody.box import Json
from custody.errors import ExitCode
from pipeline.database import place_of, shown
from pipeline.moving import Moved
from pipeline.moving import migrate as move
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


@app.command(
    "migrate",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE),
)
def migrate(
    context: typer.Context,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Move it to a PostgreSQL server: postgresql://USER@HOST:PORT/DATABASE.",
        ),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who moves it; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Bring the tables of an older version up to date, or move the database to a server.

    With `--to` every row is copied and compared in one transaction, the settings of the home name
    the server afterwards, and the file stays under another name. The database must be empty. Its
    password is not given here: see `autoclave init`. Nothing else may work on the home meanwhile;
    after a power cut the same command goes on.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    if to is None:
        place = place_of(settings)
        Catalogue.open(place, create=False, migrate=True).close()
        told: dict[str, Json] = {"catalogue": shown(place)}
        lines = [f"the tables in {shown(place)} are up to date"]
    else:
        done = move(settings, to, actor=actor or getpass.getuser())
        told, lines = done.as_json(), _moved(done)
    if as_json:
        emit(told)
    else:
        show(*lines)
        say("Next: `autoclave audit verify --deep`")
    return ExitCode.DONE


def _moved(done: Moved) -> list[str]:
    rows = named_count(done.rows, "row", "rows")
    return [f"{rows} moved to {done.catalogue}, each compared", f"the file stays as {done.kept}"]


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
