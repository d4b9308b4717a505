"""`autoclave restore`: plan, seal, sign, open and hand over what comes back."""

import getpass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cleanzone.delivery import MANIFEST, NOTE, RENAMED
from cli import sealing
from cli.context import opened
from cli.options import AsJson, Case, Host, Service, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import named_count, size_text
from cli.restoring import (
    MOST_SHOWN,
    PLAN_HEADS,
    AsOf,
    Only,
    Site,
    asked_of,
    plan_rows,
    sum_lines,
)
from cli.tables import table
from custody.errors import ExitCode, UsageError
from pipeline.delivering.bag import deliver_set
from pipeline.delivering.deliver import Delivered
from pipeline.delivering.deliver import deliver as hand_over
from pipeline.delivering.targets import BUCKETS
from pipeline.restoring.plan import plan_of
from pipeline.restoring.telling import Sums, tell

app = new_group("Plan, seal, sign, open and hand over what comes back.")

SIGNED = exit_codes(
    ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
)
app.command("seal", epilog=SIGNED)(sealing.seal_set)
app.command("sign", epilog=SIGNED)(sealing.sign)
app.command("open", epilog=SIGNED)(sealing.open_it)
app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))(
    sealing.list_sets
)


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
    asked = asked_of(case, service, site, host, only, as_of)
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
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="[SET] FOLDER",
            help="A new or empty folder outside the home; a set: s3://BUCKET/PREFIX too.",
        ),
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
    """Hand over an opened restore set as a BagIt bag, or what is promoted without a set.

    A set goes out with its certificate, the ledger's proof, recalls and a verifier, into a folder
    or a bucket that is not ours; every file is read back and hashed, and the same command goes on
    after a kill. Without a set the promoted files of the latest runs are written; from the home's
    first set on that is refused.

    Each server and source gets a folder. Content is hashed again while it is written; nothing is
    overwritten, no link is followed, and no file is executable. What the target cannot hold under
    its name lies under a code, and is listed. A signed note over the manifest ends a delivery: a
    folder without one is not whole. While the latest run of a source has not ended, the source is
    refused.
    """
    set_id, place = _places(places)
    if everything and (case or host or service):
        raise UsageError("--all is no choice of some", next_step="leave out --all or the others")
    if set_id:
        if case or host or everything:
            raise UsageError(
                "a set is delivered whole or by --service", next_step="leave out these"
            )
        return _deliver_set(context, set_id, place, service or "", actor, as_json=as_json)
    with opened(context) as runtime:
        target, by = Path(place).expanduser().absolute(), actor or getpass.getuser()
        filters = {"case": case or "", "host": host or "", "service": service or ""}
        done = hand_over(runtime, target, **filters, actor=by)
    return _report(done, as_json=as_json)


def _report(done: Delivered, *, as_json: bool) -> ExitCode:
    if as_json:
        emit(done.as_json())
    else:
        show(*_lines(done))
        say(f"The note {NOTE.decode()} there signs {MANIFEST.decode()}, which lists every file")
    return done.exit_code


def _places(places: list[str]) -> tuple[str, str]:
    """Return the set, if one is named, and the place."""
    if not 1 <= len(places) <= 2:
        raise UsageError("a delivery takes a set and a folder", next_step="name SET and FOLDER")
    set_id, place = ("", *places)[-2:]
    if not set_id and place.startswith(BUCKETS):
        raise UsageError("only a set is delivered to a bucket", next_step="name SET and s3://...")
    return set_id, place


def _deliver_set(
    context: typer.Context,
    set_id: str,
    place: str,
    service: str,
    actor: str | None,
    *,
    as_json: bool,
) -> ExitCode:
    with opened(context) as runtime:
        by = actor or getpass.getuser()
        done = deliver_set(runtime, set_id, place, service=service, actor=by)
    if as_json:
        emit(done.as_json())
        return ExitCode.DONE
    files = named_count(done.files, "file", "files")
    show(f"{files}, {size_text(done.size)}, delivered to {done.destination} and read back")
    if done.kept:
        show(f"{done.kept} of them stood there from an earlier try")
    if done.renamed:
        show(f"{done.renamed} lie under a code; {RENAMED.decode()} tells the names")
    if done.unnamed:
        show(f"{done.unnamed} left out: the names were erased")
    show(*(f"left out: {digest}, {why}" for digest, why in sorted(done.withheld.items())))
    return ExitCode.DONE


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
