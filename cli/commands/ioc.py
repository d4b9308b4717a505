"""`autoclave ioc`: a CERT's hashes and names, that hold what they name."""

from pathlib import Path
from typing import Annotated

import typer

from catalogue.known_sets import SetKind
from cli.commands.goodware import SetName, SourceText, end_of, list_kind, report, set_json
from cli.context import opened
from cli.options import AsJson, exit_codes, new_group
from custody.errors import ExitCode
from pipeline.deciding import known_sets
from pipeline.deciding.known_sets import SetToAdd
from sanitizers.known.iocs import Tlp

app = new_group("Add and list a CERT's hashes and names.")


@app.command(
    "add",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE),
)
def add(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="A plain list, a CSV, MISP or STIX JSON.")
    ],
    *,
    name: SetName,
    source: SourceText,
    tlp: Annotated[
        Tlp | None, typer.Option(help="At least this; what the file says only makes it stricter.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Its last day; else it does not end.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Hold what a CERT warns of: by hash as malicious, by name as suspicious; from the next run on.

    Hashes are MD5, SHA-1 or SHA-256. What is neither a hash nor the name of a file is counted and
    not used. Findings show the set's name, its source and TLP, and never its words.
    """
    wanted = SetToAdd(path=path.expanduser(), name=name, source=source, until=end_of(until))
    with opened(context) as runtime:
        added = known_sets.add_iocs(runtime, wanted, tlp)
        row = set_json(runtime, added.known)
    report(added, row, as_json=as_json)
    return ExitCode.DONE


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_sets(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the sets of indicators, with their TLP; never what is in them."""
    return list_kind(context, SetKind.IOC, as_json=as_json)
