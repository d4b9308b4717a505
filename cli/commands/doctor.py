"""`autoclave doctor`: whether this machine and this home are fit for work."""

import typer
from rich.text import Text

from cli.context import settings_of
from cli.diagnosis import Check, diagnose
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, say, show
from cli.tables import Cell, table
from custody.errors import ExitCode

app = new_app()


@app.command(epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED))
def doctor(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """Try the sandbox's protections and look at engines, rules, policy, home, stores and ledger.

    It ends with 5 when something is missing without which nothing may be promoted; what is only
    advisable is shown as such.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    found = diagnose(settings)
    fit = not any(check.failed for check in found)
    if as_json:
        emit({"home": str(settings.home), "fit": fit, "checks": [c.as_json() for c in found]})
    else:
        show(table(("", "area", "check", "found"), map(_row, found)))
    say("fit for work" if fit else "NOT fit for work: see what is missing above")
    return ExitCode.DONE if fit else ExitCode.REFUSED


def _row(check: Check) -> tuple[Cell, ...]:
    if check.passed:
        mark = Text("ok", "green")
    elif check.mandatory:
        mark = Text("MISSING", "bold red")
    else:
        mark = Text("advice", "yellow")
    return (mark, check.area, check.name, check.detail)
