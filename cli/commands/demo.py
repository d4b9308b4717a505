"""`autoclave demo`: the whole way with a small invented hospital."""

import tempfile
from pathlib import Path

import typer

from cli.demonstration import Place, demonstrate
from cli.main import main
from cli.options import exit_codes, global_options, new_app
from custody.errors import ExitCode

app = new_app()


@app.command(
    epilog=exit_codes(ExitCode.DONE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.INTERRUPTED)
)
def demo(context: typer.Context) -> ExitCode:
    """Build a small invented hospital after an attack and walk the whole way with it.

    Every step prints the command that does the same. Everything is written into one new folder: a
    temporary one, or `demo` in the home that --home names. All malice in it is inert.
    """
    home = global_options(context).home
    root = home / "demo" if home else Path(tempfile.mkdtemp(prefix="autoclave-demo-"))
    return demonstrate(Place(root=root.expanduser().absolute()), main)
