"""`autoclave restore`: plan, seal, sign, open and hand over what comes back."""

import getpass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cleanzone.delivery import MANIFEST, NOTE, RENAMED
from cli.context import opened
from cli.options import AsJson, Case, Host, Service, exit_codes, moment, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import named_count, size_text
from cli.restoring import MOST_SHOWN, PLAN_HEADS, plan_rows, sum_lines
from cli.tables import table
from custody.errors import ExitCode, UsageError
from pipeline.delivering.deliver import Delivered
from pipeline.delivering.deliver import deliver as hand_over
from pipeline.restoring.asked import Asked
from pipeline.restoring.plan import plan_of
from pipeline.restoring.telling import Sums, tell

app = new_group("Plan, seal, sign, open and hand over what comes back.")

Site = Annotated[str | None, typer.Option("--site", help="Only this site.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Only these paths; repeatable.")
]
AsOf = Annotated[
    str | None, typer.Option(metavar="TIME", help="Nothing newer than this snapshot time.")
]


@app.command("plan", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def plan(
    context: typer.Context,
    *,
    case: Case = None,
    service: Service = None,
    site: Site = None,
    host: Host = None,
    only: Only = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Say of every path which version would come back, and why no newer one; changes nothing.

    Of the snapshots of a volume the newest clean version of each path is chosen: an encrypted,
    damaged or held newer copy never hides an older clean one. Shown are the paths that a person
    has to look at; with --json every path is a line, and the last line has the sums.
    """
    asked = Asked(
        case=case or "",
        service=service or "",
        site=site or "",
        host=host or "",
        only=tuple(only or ()),
        as_of=moment(as_of),
    )
    sums = Sums()
    with opened(context) as runtime, runtime.catalogue.read() as connection:
        planned = plan_of(connection, asked)
        lines = tell(runtime, connection, planned, sums)
        if as_json:
            emit_all(lines)
            emit(
                {
                    "case": planned.case.case_id,
                    "unfinished": list(planned.unfinished),
                    **sums.as_json(),
                }
            )
            return ExitCode.DONE
        shown = list(islice(plan_rows(lines), MOST_SHOWN))
        more = sum(1 for _ in plan_rows(lines))
    show(table(PLAN_HEADS, shown), *([f"and {more} more; see --json"] if more else []))
    show(*sum_lines(sums))
    for source in planned.unfinished:
        say(f"the run of source {source} has not ended: run `autoclave recover` again")
    return ExitCode.DONE


@app.command(
    "deliver",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE),
)
def deliver(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new or empty folder outside the home.")
    ],
    *,
    case: Case = None,
    host: Host = None,
    service: Service = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All cases, hosts and services, as without a choice.")
    ] = False,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who delivers; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Write the promoted files of the latest runs into a folder, under their own names.

    Each server and source gets a folder. Content is hashed again while it is written; nothing is
    overwritten, no link is followed, and no file is executable. What the target cannot hold under
    its name lies under a code, and is listed. A signed note over the manifest ends a delivery: a
    folder without one is not whole. While the latest run of a source has not ended, the source is
    refused.
    """
    if everything and (case or host or service):
        raise UsageError("--all is no choice of some", next_step="leave out --all or the others")
    with opened(context) as runtime:
        done = hand_over(
            runtime,
            folder.expanduser().absolute(),
            case=case or "",
            host=host or "",
            service=service or "",
            actor=actor or getpass.getuser(),
        )
    if as_json:
        emit(done.as_json())
    else:
        show(*_lines(done))
        say(f"The note {NOTE.decode()} there signs {MANIFEST.decode()}, which lists every file")
    return done.exit_code


def _lines(done: Delivered) -> list[str]:
    files = named_count(done.files, "file", "files")
    lines = [f"{files}, {size_text(done.size)}, delivered to {done.destination}"]
    if done.renamed:
        names = named_count(done.renamed, "file lies", "files lie")
        lines.append(f"{names} under a code; {RENAMED.decode()} tells the names")
    if done.unnamed:
        names = named_count(done.unnamed, "file is", "files are")
        lines.append(f"{names} left out: the names were erased")
    if done.withheld:
        names = named_count(done.withheld, "file is", "files are")
        lines.append(f"{names} left out: rejected, recalled or called malicious since")
    if done.proposed:
        names = named_count(done.proposed, "file is", "files are")
        lines.append(f"{names} left out: their recall waits, see `autoclave rescan --confirm`")
    return lines
