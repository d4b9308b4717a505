"""`autoclave audit anchor`: have somebody outside say what the ledger is now."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from audit.evidence import parse_checkpoint
from audit.note import text_of
from audit.timestamps import request_of
from catalogue.ledger import StoredCheckpoint
from cli.context import opened
from cli.options import AsJson, exit_codes
from cli.output import emit, say, show
from cli.tables import table
from custody.errors import ExitCode, UsageError
from pipeline.anchoring.anchor import accept, anchor_over_network, newest, on_paper
from pipeline.anchoring.keeping import Anchor
from pipeline.anchoring.scheduled import anchor_if_new
from pipeline.places import read_file
from pipeline.wiring import Runtime

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
NOTE, REQUEST = "checkpoint.note", "checkpoint.tsq"
Printed = Annotated[
    bool, typer.Option("--print", help="Print the three lines to write down; change nothing.")
]
Carry = Annotated[
    Path | None,
    typer.Option(
        "--carry",
        metavar="FOLDER",
        help=f"Write {REQUEST} for an authority and {NOTE} for a witness.",
    ),
]
Accepted = Annotated[
    Path | None,
    typer.Option("--accept", metavar="FILE", help="Keep what came back: a token, or a note."),
]


def anchor(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    *,
    printed: Printed = False,
    carry: Carry = None,
    accepted: Accepted = None,
    place: Annotated[
        str | None,
        typer.Option("--on-paper", metavar="WHERE", help="Say where the lines were written down."),
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", metavar="N", help="The second of those lines.")
    ] = None,
    if_new: Annotated[
        bool, typer.Option("--if-new", help="For a schedule: only if anything new is to anchor.")
    ] = False,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who does it; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Anchor the newest checkpoint outside, so that nobody can rewrite what came before it.

    Without an option everybody is asked whom the settings name: an authority for a timestamp
    (RFC 3161) and witnesses (C2SP tlog-witness). Where no network is, carry the files and bring
    the answer back, or write three lines on paper. Keep the answers elsewhere, too:
    `autoclave audit verify --anchor FILE` holds them against the ledger.
    """
    if sum(map(bool, (printed, carry, accepted, place, if_new))) > 1 or (place is None) != (
        size is None
    ):
        raise UsageError(
            "these options do not go together",
            next_step="give one of --print, --carry, --accept, or --on-paper WHERE --size N",
        )
    who = actor or getpass.getuser()
    with opened(context) as runtime:
        if printed or carry:
            return _handed_out(runtime, carry, as_json=as_json)
        made = anchor_if_new(runtime, who) if if_new else _made(runtime, accepted, place, size, who)
    if if_new and not made and not as_json:
        show("nothing new to anchor, or nobody is named who could be asked")
        return ExitCode.DONE
    _tell(made, as_json=as_json)
    return ExitCode.DONE


def _made(
    runtime: Runtime, accepted: Path | None, place: str | None, size: int | None, who: str
) -> list[Anchor]:
    if accepted is not None:
        return [accept(runtime, read_file(accepted.expanduser()), who)]
    if place is not None and size is not None:
        return [on_paper(runtime, size, place, who)]
    return anchor_over_network(runtime, who)


def _handed_out(runtime: Runtime, carry: Path | None, *, as_json: bool) -> ExitCode:
    stored = newest(runtime)
    if carry is not None:
        _write(carry.expanduser(), stored)
        say("Next: bring the answer back, and `autoclave audit anchor --accept FILE`")
    if as_json:
        said = parse_checkpoint(text_of(stored.note))
        emit({"origin": said.origin, "size": said.size, "root": said.root.hex()})
    elif carry is None:
        show(*text_of(stored.note).splitlines())
        say(f"Next: `autoclave audit anchor --on-paper WHERE --size {stored.size}`")
    return ExitCode.DONE


def _write(folder: Path, stored: StoredCheckpoint) -> None:
    note = stored.note.encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in ((NOTE, note), (REQUEST, request_of(note))):
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise UsageError(
            f"the files cannot be written: {error.strerror}", next_step="name a new folder"
        ) from error


def _tell(made: list[Anchor], *, as_json: bool) -> None:
    if as_json:
        emit({"anchors": [anchor.as_json() for anchor in made]})
        return
    rows = [(a.kind, a.by, a.at, str(a.size), a.key) for a in made]
    show(table(("anchor", "by", "at", "entries", "kept as"), rows))
    say("Next: copy what is kept to somebody outside: `autoclave audit verify --anchor FILE`")
