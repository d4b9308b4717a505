"""`autoclave console`: the analysts' pages in a browser, and who may log in to them."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from catalogue import people
from cli.context import opened
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, emit_all, say, show
from cli.stopping import stop_on_signal
from cli.tables import table
from console.accounts import Account, Accounts
from custody.errors import ExitCode, UsageError
from pipeline.places import read_file

app = new_app()

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
Name = Annotated[str, typer.Argument(help="A name of `people list`.")]


@app.callback(invoke_without_command=True, epilog=ENDS)
def console(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="NUMBER", help="Else console.port; 0: a free one."),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode | None:
    """Serve the console until Ctrl-C: what asks for a person, why, and decisions by two.

    It listens on this machine alone. Elsewhere it needs TLS: a certificate of its own, or a proxy
    of this machine (console.url). Accounts are given by `console give`.
    """
    if context.invoked_subcommand is not None:
        return None
    from console.serving import serve  # noqa: PLC0415  other commands need no web server

    with opened(context) as runtime, stop_on_signal() as stop:
        chosen = runtime.settings.console.port if port is None else port

        def tell(url: str) -> None:
            if as_json:
                emit({"url": url})
            say(f"console: {url}", "Ctrl-C ends it")

        serve(runtime, host, chosen, stop, tell)
    return ExitCode.DONE


@app.command("give", epilog=ENDS)
def give(
    context: typer.Context,
    name: Name,
    *,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Their private SSH key, to be sealed under the password; without it they look.",
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The password is the first line; else it is asked for."),
    ] = None,
) -> ExitCode:
    """Give a registered person an account of the console, or a new password.

    With --key their decisions are signed in the console: a copy of the key is kept, encrypted
    under the password, and opened for one signature at a time. To be run by the person.
    """
    with opened(context) as runtime:
        with runtime.catalogue.read() as connection:
            person = people.get(connection, name)
        if person is None or person.revoked:
            raise UsageError(
                f"{name} is not registered, or was revoked", next_step="see `autoclave people list`"
            )
        chosen = None if key is None else key.expanduser()
        accounts = Accounts(runtime.home.console)
        account = accounts.give(person, _password(password_file), chosen)
    signs = "signs decisions in the console" if account.may_sign else "looks, and signs elsewhere"
    show(f"{name} has an account and {signs}")
    return ExitCode.DONE


@app.command("take", epilog=ENDS)
def take(context: typer.Context, name: Name) -> ExitCode:
    """Take an account away, and the sealed key with it; its sessions end at once."""
    with opened(context) as runtime:
        Accounts(runtime.home.console).take(name)
    show(f"{name} has no account any more")
    return ExitCode.DONE


@app.command("accounts", epilog=ENDS)
def accounts(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List who may log in, and whose decisions the console can sign."""
    with opened(context) as runtime:
        found = Accounts(runtime.home.console).all()
    if as_json:
        emit_all({"name": account.name, "signs": account.may_sign} for account in found)
    else:
        show(table(("name", "signs in the console"), [_row(account) for account in found]))
    return ExitCode.DONE


def _row(account: Account) -> tuple[str, str]:
    return account.name, "yes" if account.may_sign else "no"


def _password(file: Path | None) -> str:
    if file is not None:
        try:
            return read_file(file.expanduser()).decode("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                "the password cannot be read", next_step="give a file whose first line it is"
            ) from error
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to type a password", next_step="give --password-file")
    first = getpass.getpass("password: ")
    if first != getpass.getpass("the same again: "):
        raise UsageError("the two passwords differ", next_step="run the command again")
    return first
