"""`autoclave init`: makes a home."""

from pathlib import Path

import typer

from cli.commands.keys import ledger_key_json, ledger_key_lines
from cli.context import opened
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, say, show
from custody.errors import ExitCode, StoreError
from pipeline.wiring import Runtime

app = new_app()

PUBLIC_KEY_FILE = "ledger.vkey"


@app.command(
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
)
def init(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """Make a home, or leave one as it is, and print the ledger key's fingerprint.

    Write the fingerprint into the paper logbook: whoever verifies an export compares it with what
    stands there. The public key is also written to a file, for handing out. Every other command
    makes a missing home too.
    """
    with opened(context) as runtime:
        told = ledger_key_json(runtime)
        path = _write_public_key(runtime)
    if as_json:
        emit(told | {"vkey_path": str(path)})
    else:
        show(*ledger_key_lines(told), f"in the file  {path}")
        say("Next: `autoclave doctor`, then `autoclave keys backup FOLDER`")
    return ExitCode.DONE


def _write_public_key(runtime: Runtime) -> Path:
    path = runtime.home.root / PUBLIC_KEY_FILE
    try:
        path.write_text(f"{runtime.ledger.vkey}\n", encoding="ascii")
    except OSError as error:
        raise StoreError(
            f"the home cannot be written: {error.strerror}", next_step="see `autoclave doctor`"
        ) from error
    return path
