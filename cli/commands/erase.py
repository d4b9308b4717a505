"""`autoclave erase`: erase names; the evidence stays."""

import getpass
import os
import sys
from typing import Annotated

import typer

from cli.context import opened
from cli.options import AsJson, Reason, exit_codes, new_app
from cli.output import emit, show
from cli.quantities import named_count
from cli.sources import DEFAULT_CASE
from cli.subjects import at_path
from custody.errors import ExitCode, UsageError
from custody.names import escape, from_base64
from pipeline.erase import Erased
from pipeline.erase import erase as forget
from pipeline.wiring import Runtime

app = new_app()


@app.command(
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
)
def erase(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The server whose names are erased.")],
    reason: Reason,
    case: Annotated[str, typer.Option(help="Its case.")] = DEFAULT_CASE,
    path: Annotated[
        str | None, typer.Option(help="Only this path, in every run; else all of the server.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who erases; else the login name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; names cannot come back.")] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Erase the names of a server, or one path of it, for good; ledger and contents stay.

    The erasure is in the ledger before the first name goes, and everything still verifies
    afterwards. Copies of the naming key and of the home must be removed too. It ends with 6 when
    the database was in use and still holds codes of the names: run it again.
    """
    _confirm(host, path, yes=yes)
    with opened(context) as runtime:
        done = forget(
            runtime,
            case=case,
            host=host,
            actor=actor or getpass.getuser(),
            reason=reason,
            path=None if path is None else _exact(runtime, host, path),
        )
    if as_json:
        emit(done.as_json())
    else:
        show(*_lines(done))
    return done.exit_code


def _confirm(host: str, path: str | None, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("an erasure cannot be undone", next_step="say --yes to mean it")
    what = "all names" if path is None else "this name"
    if not typer.confirm(f"Erase {what} of {escape(os.fsencode(host))} for good?", err=True):
        raise UsageError("nothing is erased", next_step="answer y, or say --yes")


def _exact(runtime: Runtime, host: str, text: str) -> bytes:
    """Return the bytes of a path that may be given escaped, as listings show it."""
    for entry in at_path(runtime, text):
        if entry["host"] == host and entry["path_b64"]:
            return from_base64(entry["path_b64"])
    return os.fsencode(text)


def _lines(done: Erased) -> list[str]:
    entries = named_count(done.entries, "entry", "entries")
    objects = named_count(done.objects, "names object", "names objects")
    lines = [f"the names of {entries} in {objects} are erased"]
    if not done.scrubbed:
        lines.append("the database was in use and still holds codes of them: run this again")
    return lines
