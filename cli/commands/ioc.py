"""`autoclave ioc`: a CERT's hashes and names, that hold what they name."""

from pathlib import Path
from typing import Annotated

import typer

from catalogue.known_sets import SetKind
from cli.commands.goodware import SetName, SourceText, end_of, list_kind, report, set_json
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, new_group
from cli.removing import report_removed
from custody.errors import ExitCode
from pipeline.deciding import known_sets, removing
from pipeline.deciding.known_sets import SetToAdd
from pipeline.deciding.signing import Signatory
from sanitizers.known.iocs import Tlp

app = new_group("Add, list and remove a CERT's hashes and names.")


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


@app.command(
    "remove",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="From `ioc list`.")],
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Hold no longer what a list of indicators names; two people sign, for it loosens.

    The first command waits (exit 3); the same one by another person completes it.
    """
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        removed = removing.remove_iocs(runtime, name, signatory)
    return report_removed(removed, "indicators", as_json=as_json)


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_sets(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the sets of indicators, with their TLP; never what is in them."""
    return list_kind(context, SetKind.IOC, as_json=as_json)
