"""`autoclave people`: the people whose signatures count."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from audit.ssh_keys import fingerprint
from catalogue import people as people_rows
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.tables import table
from custody.box import Json
from custody.decision import Decision
from custody.errors import ExitCode, UsageError
from custody.lifecycle import Action
from custody.people import Person, Role
from pipeline.deciding import people
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import waiting
from pipeline.places import read_file

app = new_group("Register the people whose signatures count, and list them.")

ROLES = ", ".join(role.value for role in Role)
LONGEST_KEY = 16_384
HEADS = ("name", "role", "may decide", "fingerprint of the key")


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
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
        str | None,
        typer.Option("--as", metavar="NAME", help="Who registers; at the start the login name."),
    ] = None,
    key: KeyFile = DEFAULT_KEY,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; one line, kept. Not at the start.")
    ] = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Register a person with a role and an SSH key; two people are two keys, not two names.

    Analysts, data owners, approvers, authorities and admins may decide. At the start, until two of
    them are registered, anyone at the home registers; from then on two of them sign: the first
    command waits (exit 3), the same command by another of them completes it.
    """
    person = people.person_of(name, role, _public_key(public_key))
    with opened(context) as runtime:
        if people.at_start(runtime):
            people.add(runtime, person, actor or getpass.getuser())
            say(*_for_the_logbook(person))
            waits = None
        else:
            signatory = _signatory(actor, key, reason)
            decided = people.register(runtime, person, signatory)
            waits = None if decided.effective else decided.decision
    return _report(person, waits, as_json=as_json)


@app.command(
    "revoke",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE),
)
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose key counts no more.")],
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
) -> ExitCode:
    """Let the key of a person count no more, at once: one person who decides signs it.

    What it signed before stays on the record; a restore set that is not open yet needs another.
    """
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        people.revoke(runtime, name, signatory)
    show(f"the key of {name} counts no more")
    return ExitCode.DONE


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_people(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the registered people, and who waits for a second signature.

    With --json it is one JSON line each, the registered people only.
    """
    with opened(context) as runtime:
        with runtime.catalogue.read() as connection:
            found = people_rows.all_people(connection)
        waits = [d.decision for d in waiting(runtime) if d.decision.action is Action.REGISTER]
    if as_json:
        emit_all(_json(person) for person in found)
    else:
        show(table(HEADS, [_row(person) for person in found]))
        show(*(_waits_text(decision) for decision in waits))
    return ExitCode.DONE


def _public_key(path: Path) -> str:
    try:
        line = read_file(path.expanduser())[:LONGEST_KEY].decode("ascii").strip()
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


def _signatory(actor: str | None, key: Path, reason: str) -> Signatory:
    if not (actor and reason):
        raise UsageError(
            "two registered people sign a registration now",
            next_step="add --as NAME --key FILE --reason TEXT",
        )
    return Signatory(actor=actor, key=key.expanduser(), reason=reason)


def _for_the_logbook(person: Person) -> tuple[str, ...]:
    """Return what to write down while one person could still invent another."""
    return (
        f"write into the paper logbook: {person.name} is {person.role.value},",
        f"key {fingerprint(person.public_key)}",
        "compare it with the person: anyone at this home may register until two can decide",
    )


def _report(person: Person, waits: Decision | None, *, as_json: bool) -> ExitCode:
    if as_json:
        emit(_json(person) | {"registered": waits is None})
    elif waits is None:
        show(table(HEADS, [_row(person)]))
    else:
        show(
            f"{_waits_text(waits)}:",
            "run the same command with the --as, --key and --reason of another person who decides",
        )
    return ExitCode.DONE if waits is None else ExitCode.HELD


def _waits_text(decision: Decision) -> str:
    return f"{decision.scope} is signed by {decision.actor} and waits for a second person"


def _json(person: Person) -> dict[str, Json]:
    return {
        "name": person.name,
        "role": person.role.value,
        "may_decide": person.may_decide and not person.revoked,
        "revoked": person.revoked,
        "public_key": person.public_key,
        "fingerprint": fingerprint(person.public_key),
    }


def _row(person: Person) -> tuple[str, ...]:
    decides = "revoked" if person.revoked else "yes" if person.may_decide else "no"
    return (person.name, person.role.value, decides, fingerprint(person.public_key))
