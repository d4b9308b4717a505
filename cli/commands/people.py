"""`autoclave people`: the people whose signatures count."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from catalogue import people as people_rows
from cli.context import opened
from cli.options import AsJson, exit_codes, new_group
from cli.output import emit_all, show
from cli.tables import table
from custody.errors import ExitCode, UsageError
from custody.people import Person, Role
from pipeline import people

app = new_group("Register the people whose signatures count, and list them.")

ROLES = ", ".join(role.value for role in Role)
LONGEST_KEY = 16_384


@app.command(
    "add", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="One word, such as a login name.")],
    *,
    role: Annotated[Role, typer.Option(help=f"What the person may do: {ROLES}.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The person's OpenSSH .pub file.")
    ],
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who registers; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Register a person with a role and an SSH key; two people are two keys, not two names.

    Analysts, data owners, approvers, authorities and admins may decide; the registration is in
    the ledger.
    """
    line = _public_key(public_key)
    with opened(context) as runtime:
        person = people.add(
            runtime, name=name, role=role, public_key=line, actor=actor or getpass.getuser()
        )
    _print([person], as_json=as_json)
    return ExitCode.DONE


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_people(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the registered people, one JSON line each with --json."""
    with opened(context) as runtime, runtime.catalogue.read() as connection:
        _print(people_rows.all_people(connection), as_json=as_json)
    return ExitCode.DONE


def _public_key(path: Path) -> str:
    try:
        with path.expanduser().open(encoding="ascii") as file:
            line = file.read(LONGEST_KEY).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the public key cannot be read", next_step="give the .pub file of the person's key"
        ) from error
    if "PRIVATE KEY" in line:
        raise UsageError(
            "this is a private key, and only its owner may hold it",
            next_step="give the .pub file beside it",
        )
    return line


def _print(found: list[Person], *, as_json: bool) -> None:
    if as_json:
        emit_all(
            {
                "name": p.name,
                "role": p.role.value,
                "may_decide": p.may_decide,
                "public_key": p.public_key,
            }
            for p in found
        )
        return
    rows = [(p.name, p.role.value, "yes" if p.may_decide else "no", p.public_key) for p in found]
    show(table(("name", "role", "may decide", "key"), rows))
