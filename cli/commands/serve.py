"""`autoclave serve`: Prefect over one home, or one machine's worker of a fleet."""

import typer

from cli.context import settings_of
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, say
from cli.stopping import stop_on_signal
from custody.errors import ExitCode
from flows.in_force import Way
from flows.served import Served
from flows.serving import Serving, serve

app = new_app()


@app.command(
    "serve",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED),
)
def serve_home(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """Serve this home: Prefect's API and pages on the loopback, its schedules, and a worker.

    While it runs, `recover` on this home is a flow run, and may be begun in Prefect's pages too.
    Ctrl-C lets flow runs stop after the entries in hand, and ends all that was started. On a home
    of a fleet (orchestrator.kind) only a worker is started.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    served = Served(home=settings.home)

    def tell(now: Serving) -> None:
        if as_json:
            emit({"way": now.way.value, "url": now.api.url, "crashed": now.crashed})
        say(*_lines(now, served))

    say("starting Prefect; this takes up to half a minute")
    with stop_on_signal() as stop:
        serve(settings, stop, tell)
    return ExitCode.DONE


def _lines(now: Serving, served: Served) -> list[str]:
    lines = []
    if now.crashed:
        lines.append(f"{now.crashed} runs of a killed server are marked as crashed; none is lost")
    if now.way is Way.FLEET:
        return [*lines, f"working for the fleet at {now.api.url}; Ctrl-C ends"]
    return [
        *lines,
        f"serving: {now.api.pages} (password: the content of {served.password})",
        "`autoclave recover` on this home is a flow run from now on; Ctrl-C ends",
    ]
