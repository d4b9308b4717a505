"""`autoclave keys`: the home's keys by their fingerprints, their backup, and rotation."""

import getpass
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from audit.verify import fingerprint
from cli.context import opened, settings_of
from cli.options import AsJson, Reason, exit_codes, new_group
from cli.output import emit, say, show
from cli.quantities import named_count
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, StoreError, UsageError
from pipeline.places import check_apart
from pipeline.rotating import rotate
from pipeline.wiring import Runtime

app = new_group("Show the home's keys by their fingerprints, and back them up.")

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
SHOWN = 16


@app.command("show", epilog=ENDS)
def show_keys(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """Show the keys by their fingerprints; a secret is never printed."""
    with opened(context) as runtime:
        told = ledger_key_json(runtime)
        others = [_key_json(path) for path in _files(runtime)]
    if as_json:
        emit(told | {"keys": others})
    else:
        rows = [(key["file"], key["fingerprint"]) for key in others]
        show(*ledger_key_lines(told), "", table(("file", "fingerprint of the secret"), rows))
    return ExitCode.DONE


@app.command("backup", epilog=ENDS)
def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new or empty folder, best off this machine.")
    ],
) -> ExitCode:
    """Copy every key into a folder that only its owner can read.

    Without the ledger key nothing can be recorded any more; without a naming key the names of its
    host are gone. Whoever holds the copy can sign as this home: keep it in a safe. Names that are
    erased later stay readable to who holds an older copy, so remove those copies too.
    """
    target = folder.expanduser()
    with opened(context) as runtime:
        check_apart(runtime, target, "a backup of keys")
        try:
            copied = list(_copy(runtime, target))
        except OSError as error:
            raise StoreError(
                f"the backup cannot be written: {error.strerror}", next_step="name another folder"
            ) from error
    show(f"{named_count(len(copied), 'key', 'keys')} copied")
    say("Keep the copy in a safe, away from this machine")
    return ExitCode.DONE


@app.command("rotate", epilog=ENDS)
def rotate_key(
    context: typer.Context,
    *,
    reason: Reason,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who does it; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Change the key that signs the ledger; the old one signs which one follows, and is gone then.

    Do it while nothing else works on this home, then back the keys up again, write the new
    fingerprint below the old one in the paper logbook, and tell witnesses the new key. Who verifies
    with the old fingerprint is led to the new key; who has a stolen old key ends no log any more.
    A command that still runs with the old key is refused. After a kill run it again: it goes on, or
    changes the key once more.
    """
    settings = settings_of(context)
    say(f"home: {settings.home}")
    done = rotate(settings, reason=reason, actor=actor or getpass.getuser())
    if as_json:
        emit(done.as_json())
    else:
        show(
            f"before       {done.before}",
            f"fingerprint  {done.after}   (write this into the paper logbook)",
            f"public key   {done.vkey}",
        )
        say("Next: `autoclave keys backup FOLDER`, and `autoclave audit anchor`")
    return ExitCode.DONE


def ledger_key_json(runtime: Runtime) -> dict[str, Json]:
    """Return the public half of the ledger key, with what is written on paper."""
    vkey = runtime.ledger.vkey
    return {
        "home": str(runtime.home.root),
        "origin": runtime.ledger.origin,
        "fingerprint": fingerprint(vkey),
        "vkey": vkey,
    }


def ledger_key_lines(told: dict[str, Json]) -> list[str]:
    """Return the same for people."""
    return [
        f"ledger       {told['origin']}",
        f"fingerprint  {told['fingerprint']}   (write this into the paper logbook)",
        f"public key   {told['vkey']}",
    ]


def _files(runtime: Runtime) -> list[Path]:
    return sorted(runtime.home.keys.glob("*.key"))


def _key_json(path: Path) -> dict[str, str]:
    """Name a secret by a digest of its digest: enough to compare two copies."""
    inner = hashlib.sha256(path.read_bytes()).digest()
    return {"file": path.name, "fingerprint": hashlib.sha256(inner).hexdigest()[:SHOWN]}


def _copy(runtime: Runtime, target: Path) -> Iterator[Path]:
    target.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UsageError("the backup's folder is not empty", next_step="name a new folder")
    target.chmod(PRIVATE_FOLDER)
    # What leads from older keys of the ledger to this one is no secret, but not to be lost either.
    for path in [*_files(runtime), *runtime.home.keys.glob("ledger-rotations.json")]:
        made = target / path.name
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        yield made
