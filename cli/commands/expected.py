"""`autoclave expected`: references of what hosts had, so that what is missing can be named."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from catalogue import references
from catalogue.references import StoredReference
from cli.context import opened
from cli.options import (
    DEFAULT_KEY,
    AsJson,
    CaseTold,
    HostTold,
    KeyFile,
    exit_codes,
    new_group,
)
from cli.output import emit, emit_all, show
from cli.quantities import named_count
from cli.sources import DEFAULT_CASE, UNKNOWN
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline.deciding.signing import Signatory
from pipeline.places import read_file
from pipeline.restoring.expected import read_reference
from pipeline.restoring.expecting import ReferenceAdded, Volume, add_reference

app = new_group("Say what a server had, so that what is missing can be named.")


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A CSV file: path and, if known, sha256 and size."),
    ],
    *,
    case: CaseTold = None,
    host: HostTold = None,
    volume: Annotated[str, typer.Option(metavar="NAME", help="Which disk of the server.")] = "",
    actor: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Who decides, where it takes two people."),
    ] = None,
    key: KeyFile = DEFAULT_KEY,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; one line.")] = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Take a reference from before the event, such as the list of a backup catalogue.

    Paths are relative to the root of the source, as `list` prints them. They are kept encrypted,
    and go when a name of the host is erased. A newer reference replaces an older one. One that
    leaves out or changes what the older one says takes two people: the first command waits (exit
    3), the same one by another person completes it.
    """
    try:
        known = read_reference(read_file(file.expanduser()), file.name)
    except OSError as error:
        raise UsageError(
            f"{file.name} cannot be read: {error.strerror}", next_step="name a CSV file"
        ) from error
    with opened(context) as runtime:
        of = Volume(case=case or DEFAULT_CASE, host=host or UNKNOWN, volume=volume)
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason) if actor else None
        added = add_reference(runtime, known, of, getpass.getuser(), signatory)
    return _report(added, of, as_json=as_json)


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


def _report(added: ReferenceAdded, of: Volume, *, as_json: bool) -> ExitCode:
    waits = added.stored is None
    if as_json:
        told = {"paths": added.paths} if added.stored is None else _json(added.stored)
        emit(told | {"waits": waits})
    elif waits:
        show(
            f"the reference of {of.host} stays as it is until a second person signs:",
            "run the same command with the --as, --key and --reason of another person who decides",
        )
    else:
        show(f"{named_count(added.paths, 'path is', 'paths are')} expected of {of.host}")
    return ExitCode.HELD if waits else ExitCode.DONE


def _json(stored: StoredReference) -> dict[str, Json]:
    return {
        "reference": stored.reference_id,
        "case": stored.case_id,
        "host": stored.host,
        "volume": stored.volume,
        "paths": stored.paths,
        "at": stored.at.isoformat(),
    }
