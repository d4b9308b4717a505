"""`autoclave audit`: verify the ledger and what it tells of, prove events, export evidence."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from audit.verify import fingerprint
from cli.commands.anchor import anchor
from cli.commands.sample import sample
from cli.context import opened, settings_of
from cli.json_lines import json_line
from cli.options import AsJson, Reason, exit_codes, new_group
from cli.output import emit, say, show
from cli.quantities import count_text, named_count, size_text
from cli.subjects import digest_meant, is_beginning
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline.new_origin import go_on
from pipeline.proving import verify as verifying
from pipeline.proving.verify import Verified

app = new_group("Verify the ledger and what it tells of, prove events, export evidence.")

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
SHOWN = 50


@app.command("verify", epilog=ENDS)
def verify(
    context: typer.Context,
    *,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Hash vault, clean zone and names again; compare the catalogue with the ledger.",
        ),
    ] = False,
    anchors: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="An anchor that was kept elsewhere: a token, a cosigned note, or three lines.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Verify the published ledger as an outsider would, and the database against it.

    Each fault names the object, table or row. It ends with 5 when something is missing, changed
    or contradicted. A run that was cut short leaves open intents: they are named, and no fault.
    """
    with opened(context) as runtime:
        found = verifying.verify(runtime, deep=deep, kept_outside=anchors or ())
    if as_json:
        emit(found.as_json())
    else:
        show(*_verified(found))
    return found.exit_code


app.command("anchor", epilog=ENDS)(anchor)
app.command("sample", epilog=ENDS)(sample)


@app.command("prove", epilog=ENDS)
def prove(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="EVENT-ID|DIGEST", help="An event that names a manifest, or a content."
        ),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the receipt to a new file.")
    ] = None,
) -> ExitCode:
    """Print the receipt that an event, or the last one about a content, is in the ledger.

    The receipt is one JSON object; whoever has the ledger's public key checks it offline with
    `autoclave audit check`.
    """
    with opened(context) as runtime:
        meant = digest_meant(runtime, subject) if is_beginning(subject) else subject
        receipt = verifying.prove(runtime, meant)
    if out is None:
        emit(receipt)
        return ExitCode.DONE
    try:
        with out.expanduser().open("x", encoding="ascii") as file:
            file.write(json_line(receipt))
    except OSError as error:
        raise UsageError(
            f"the receipt cannot be written: {error.strerror}", next_step="name a new file"
        ) from error
    say(f"Next: `autoclave audit check {out}`")
    return ExitCode.DONE


@app.command("check", epilog=ENDS)
def check(
    context: typer.Context,
    receipt: Annotated[Path, typer.Argument(metavar="FILE", help="What `audit prove` wrote.")],
    *,
    vkey: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Another ledger's public key; else this home's."),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Check a receipt against a ledger's public key, and show the event that it proves."""
    if vkey is None:
        with opened(context) as runtime:
            vkey = runtime.ledger.vkey
    event = verifying.check(receipt.expanduser(), vkey)
    if as_json:
        emit({"genuine": True, "fingerprint": fingerprint(vkey), "event": event})
    else:
        show(
            f"genuine: in the ledger of the key {fingerprint(vkey)}",
            table(("", ""), [(key, _text(value)) for key, value in event.items()]),
        )
    return ExitCode.DONE


@app.command("export", epilog=ENDS)
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")],
    *,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who exports; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Write the chain of custody with its verifier into a folder, for an outsider.

    It holds the published ledger, its manifests and one Python file that verifies them offline;
    it holds no names and no content. The export itself is in the ledger.
    """
    with opened(context) as runtime:
        done = verifying.export(runtime, folder.expanduser(), actor or getpass.getuser())
    if as_json:
        emit({"files": done.files, "bytes": done.size, "fingerprint": done.fingerprint})
    else:
        show(
            f"{named_count(done.files, 'file', 'files')}, {size_text(done.size)}",
            f"fingerprint  {done.fingerprint}   (the receiver compares it with the paper logbook)",
        )
        say("Next: there, `python3 verify.py --key FINGERPRINT .`, or as README.txt says")
    return ExitCode.DONE


@app.command("new-origin", epilog=ENDS)
def new_origin(
    context: typer.Context,
    *,
    reason: Reason,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who decides; else the login name.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; a closed log stays closed.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Close a ledger that refuses to go on, and begin its successor under the same key.

    For a home whose published ledger and database contradict each other. When only the database
    is older or lost, `autoclave catalogue rebuild` is the better way. The first entry of the new
    log holds the reason and cites every genuine end of the old one; nothing is repaired in place.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    _confirm(yes=yes)
    begun = go_on(settings, reason=reason, actor=actor or getpass.getuser())
    if as_json:
        emit(begun.as_json())
    else:
        show(f"from now on the ledger is {begun.origin}: size {begun.size}, root {begun.root}")
        say("Next: `autoclave catalogue rebuild`, then `autoclave audit verify --deep`")
    return ExitCode.DONE


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("a closed log cannot be opened again", next_step="say --yes to mean it")
    if not typer.confirm("Close the log of this home for good and begin a new one?", err=True):
        raise UsageError("nothing is changed", next_step="answer y, or say --yes")


def _verified(found: Verified) -> list[Json]:
    counts = ", ".join(f"{name} {count_text(n)}" for name, n in sorted(found.counts.items()))
    kind = "deep" if found.deep else "the ledger alone; --deep looks at the stores too"
    parts: list[Json] = [f"{'VERIFIED' if found.verified else 'NOT VERIFIED'} ({kind})"]
    parts += [f"checked: {counts}"] if counts else []
    rows = [(fault.where, fault.what) for fault in found.faults[:SHOWN]]
    parts += [table(("fault at", "what"), rows)] if rows else []
    if (more := len(found.faults) - SHOWN) > 0:
        parts.append(f"and {count_text(more)} more faults; see --json")
    if found.intents:
        intents = named_count(len(found.intents), "promotion", "promotions")
        parts.append(f"{intents} begun and not ended: run `autoclave recover` again")
    if found.uncommitted:
        objects = named_count(len(found.uncommitted), "object", "objects")
        parts.append(f"{objects} that no transaction names, left by a run that was cut short")
    parts += [f"not checked: {each}" for each in found.unchecked]
    return parts


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json_line(value).rstrip()
