"""What commands share: the global options, the options that several take, and how they end."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from custody.errors import EXIT_MEANINGS, ExitCode, UsageError

DEFAULT_KEY = Path("~/.ssh/id_ed25519")


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalOptions:
    """What stands before every command; without a home the settings decide."""

    home: Path | None = None
    debug: bool = False


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of text.")]
Case = Annotated[str | None, typer.Option("--case", help="Only this case.")]
Host = Annotated[str | None, typer.Option("--host", help="Only this host.")]
Service = Annotated[str | None, typer.Option("--service", help="Only this service.")]
CaseTold = Annotated[str | None, typer.Option("--case", help='The case; else "default".')]
SiteTold = Annotated[str | None, typer.Option("--site", help='The site; else "unknown".')]
HostTold = Annotated[str | None, typer.Option("--host", help='The server; else "unknown".')]
ServiceTold = Annotated[
    str | None, typer.Option("--service", help='The hospital service; else "unknown".')
]
SnapshotTime = Annotated[
    str | None, typer.Option(metavar="TIME", help="When the image was taken (ISO 8601).")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Of a bucket that keeps versions: as it stood then (ISO 8601), as a snapshot.",
    ),
]
PasswordsFile = Annotated[
    str | None,
    typer.Option(
        "--passwords",
        metavar="FILE",
        help="Passwords to try on archives, one a line; else those that archives.passwords names.",
    ),
]
Actor = Annotated[
    str, typer.Option("--as", metavar="NAME", help="Who decides: a name of `people list`.")
]
KeyFile = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The private SSH key of that person.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; one line, kept.")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="When it ends (YYYY-MM-DD); 30 days from now by default."
    ),
]


def new_app() -> typer.Typer:
    """Return an empty application for one command; help texts are plain, never markup."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def new_group(text: str) -> typer.Typer:
    """Return an application for a family of commands: `autoclave people add`, `people list`."""
    group = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    group.callback(help=text)(_nothing)
    return group


def exit_codes(*codes: ExitCode) -> str:
    """Return how a command may end, for the foot of its help."""
    return "Exit codes: " + "; ".join(f"{code.value} {EXIT_MEANINGS[code]}" for code in codes) + "."


def global_options(context: typer.Context) -> GlobalOptions:
    """Return the options that stood before the command."""
    return cast("GlobalOptions", context.find_root().obj)


def moment(text: str | None) -> datetime | None:
    """Return a moment from ISO 8601 text; without a zone it is UTC.

    Raises:
        UsageError: it is no moment.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "a time cannot be read", next_step="write it as 2026-03-13T19:00 or 2026-03-13"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(text: str | None) -> date | None:
    """Return a day from its ISO 8601 text.

    Raises:
        UsageError: it is no day.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("a date cannot be read", next_step="write it as 2026-03-13") from error


def _nothing() -> None:
    """Stand for a family without a command."""
