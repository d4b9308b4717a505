"""`autoclave expected`: references of what hosts had, so that what is missing can be named."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from catalogue import references
from catalogue.references import StoredReference
from cli.context import opened
from cli.options import AsJson, CaseTold, HostTold, exit_codes, new_group
from cli.output import emit, emit_all, show
from cli.quantities import named_count
from cli.sources import DEFAULT_CASE, UNKNOWN
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline.places import read_file
from pipeline.restoring.expected import add_reference, read_reference

app = new_group("Say what a server had, so that what is missing can be named.")


@app.command("add", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def add(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A CSV file: path and, if known, sha256 and size."),
    ],
    *,
    case: CaseTold = None,
    host: HostTold = None,
    volume: Annotated[str, typer.Option(metavar="NAME", help="Which disk of the server.")] = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Take a reference from before the event, such as the list of a backup catalogue.

    Paths are relative to the root of the source, as `list` prints them. They are kept encrypted,
    and go when a name of the host is erased. A newer reference replaces an older one.
    """
    try:
        known = read_reference(read_file(file.expanduser()), file.name)
    except OSError as error:
        raise UsageError(
            f"{file.name} cannot be read: {error.strerror}", next_step="name a CSV file"
        ) from error
    with opened(context) as runtime:
        stored = add_reference(
            runtime,
            known,
            case=case or DEFAULT_CASE,
            host=host or UNKNOWN,
            volume=volume,
            actor=getpass.getuser(),
        )
    if as_json:
        emit(_json(stored))
    else:
        show(f"{named_count(stored.paths, 'path is', 'paths are')} expected of {stored.host}")
    return ExitCode.DONE


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_references(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the references, one JSON line each with --json; the last of a volume counts."""
    with opened(context) as runtime, runtime.catalogue.read() as connection:
        found = references.all_references(connection)
    if as_json:
        emit_all(map(_json, found))
    else:
        rows = [(r.case_id, r.host, r.volume, r.paths, r.at.isoformat()[:16]) for r in found]
        show(table(("case", "host", "volume", "paths", "added"), rows))
    return ExitCode.DONE


def _json(stored: StoredReference) -> dict[str, Json]:
    return {
        "reference": stored.reference_id,
        "case": stored.case_id,
        "host": stored.host,
        "volume": stored.volume,
        "paths": stored.paths,
        "at": stored.at.isoformat(),
    }
