"""`autoclave recover`: the main job."""

from functools import partial
from typing import Annotated

import typer

from cli import dry_run
from cli.context import opened
from cli.options import (
    AsJson,
    AsOf,
    CaseTold,
    HostTold,
    PasswordsFile,
    ServiceTold,
    SiteTold,
    SnapshotTime,
    exit_codes,
    moment,
    new_app,
)
from cli.output import emit, say, show
from cli.sources import Described, chosen
from cli.stopping import stop_on_signal
from cli.summary import summary_lines
from cli.watching import watching
from custody.errors import ExitCode
from flows.following import Following
from flows.in_force import api_of, check_way
from pipeline.recover import Recovery, progress_of, sources_in_turn
from pipeline.result import RunResult
from pipeline.start import Request
from pipeline.steps.declared import read_declarations
from pipeline.steps.inventory import Selection
from pipeline.wiring import Runtime

app = new_app()


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE-ID|PATH]...",
        help="Registered sources, folders, s3://BUCKET/PREFIX or sftp://USER@HOST/PATH; none: all.",
    ),
]
Only = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Take only these paths; repeatable.")
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave these paths out, counted; repeatable."),
]
Contract = Annotated[
    list[str] | None,
    typer.Option(
        "--contract",
        metavar="GLOB=FILE",
        help="Validate the records of these paths by a contract; repeatable, the first one counts.",
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="NUMBER", help="Shards worked on at once.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only count: entries, bytes, room and time.")
]
Urgent = Annotated[
    bool,
    typer.Option(help="Where Prefect drives runs: before what waits in the other queues."),
]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe-no-sandbox",
        help="Inspect on a machine that cannot lock a process; nothing is promoted then.",
    ),
]


@app.command(epilog=exit_codes(*ExitCode))
def recover(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    sources: Sources = None,
    *,
    case: CaseTold = None,
    site: SiteTold = None,
    host: HostTold = None,
    service: ServiceTold = None,
    snapshot_time: SnapshotTime = None,
    at: AsOf = None,
    only: Only = None,
    exclude: Exclude = None,
    contract: Contract = None,
    workers: Workers = None,
    passwords: PasswordsFile = None,
    urgent: Urgent = False,
    dry: DryRun = False,
    unsafe: Unsafe = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Pull, inspect, assess and promote recovered sources, and account for every entry.

    A place is registered when it is first named; the same place, case and server are the same
    source later. A run that was cut short goes on with the same command. Sources are only read.
    With registered sources --case, --site, --host and --service choose among them. Where Prefect
    drives runs (`autoclave serve`, a fleet) it is a flow run, and looks the same from here. Sources
    of an earlier wave (`autoclave source wave`) are through before the next one is listed.
    """
    told = Described(
        case=case,
        site=site,
        host=host,
        service=service,
        snapshot_time=moment(snapshot_time),
        at=moment(at),
    )
    declared = read_declarations(contract or ())
    selection = Selection(only=tuple(only or ()), exclude=tuple(exclude or ()), declared=declared)
    with opened(context, workers=workers, passwords=passwords) as runtime:
        found = chosen(runtime, sources or [], told, remember=not dry)
        if dry:
            return _foresee(runtime, Request(sources=found, selection=selection), as_json=as_json)
        request = Request(sources=found, selection=selection, unsafe=unsafe)
        if unsafe:
            say("UNSAFE: hostile files are read without a sandbox; nothing will be promoted")
        check_way(runtime.settings, "--workers", "run.workers", told=workers is not None)
        check_way(runtime.settings, "--passwords", "archives.passwords", told=passwords is not None)
        return report(execute(runtime, request, urgent=urgent), as_json=as_json)


def execute(runtime: Runtime, request: Request, *, urgent: bool = False) -> RunResult:
    """Run the main job with its progress shown; a signal stops it in order.

    Where Prefect drives the home it is a flow run, and looks the same from here.
    """
    api = api_of(runtime.settings)
    with (
        stop_on_signal() as stop,
        watching(partial(progress_of, runtime), partial(sources_in_turn, runtime)) as watch,
    ):
        if api is None:
            return Recovery(runtime=runtime, request=request, stop=stop, watch=watch).run()
        say(f"runs on this home are driven by Prefect: {api.pages}")
        return Following(
            runtime=runtime, request=request, api=api, stop=stop, watch=watch, urgent=urgent
        ).run()


def report(result: RunResult, *, as_json: bool) -> ExitCode:
    """Print what a run came to, and return how it ends."""
    told = result.as_json()
    if as_json:
        emit(told)
        say(*summary_lines(told))
    else:
        show(*summary_lines(told))
    return result.exit_code


def _foresee(runtime: Runtime, request: Request, *, as_json: bool) -> ExitCode:
    each = [
        dry_run.foresee(runtime.settings, source, request.selection) for source in request.sources
    ]
    told = dry_run.report(each, runtime.home.root)
    if as_json:
        emit(told)
    else:
        show(*dry_run.lines(told))
    return ExitCode.DONE
