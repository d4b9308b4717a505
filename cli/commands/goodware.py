"""`autoclave goodware`: known-good digests exempt contents from rules, and from nothing else."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from catalogue.known_sets import KnownSet, SetKind
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, day, exit_codes, new_group
from cli.output import emit, emit_all, show
from cli.quantities import count_text
from cli.removing import report_removed
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode
from pipeline.deciding import known_sets, removing
from pipeline.deciding.known_sets import SetAdded, SetToAdd
from pipeline.deciding.signing import Signatory
from pipeline.wiring import Runtime

app = new_group("Add, list and remove known-good digests; two people add.")

SetName = Annotated[str, typer.Option("--name", metavar="NAME", help="What to call the set.")]
SourceText = Annotated[
    str, typer.Option("--source", metavar="TEXT", help="Who made it, in one line that is kept.")
]


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="One SHA-256 digest a line.")],
    *,
    name: SetName,
    source: SourceText,
    until: Annotated[str, typer.Option(metavar="DATE", help="Its last day (YYYY-MM-DD).")],
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Let known-good digests exempt contents from YARA rules that call them no worse than suspect.

    What a rule calls malicious stays so, and every other check counts. The first command waits
    (exit 3); the same one by another person completes it. The next run inspects everything anew.
    """
    wanted = SetToAdd(path=path.expanduser(), name=name, source=source, until=end_of(until))
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        added = known_sets.add_goodware(runtime, wanted, signatory)
        row = set_json(runtime, added.known)
    report(added, row, as_json=as_json)
    return ExitCode.DONE if added.waits is None else ExitCode.HELD


@app.command(
    "remove",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE),
)
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="From `goodware list`.")],
    *,
    as_json: AsJson = False,
) -> ExitCode:
    """Have known-good digests exempt nothing any more; one person may, for it tightens.

    A run that goes on with them stops, and the same command goes on without. To add them again
    takes two people.
    """
    with opened(context) as runtime:
        removed = removing.remove_goodware(runtime, name)
    return report_removed(removed, "known-good digests", as_json=as_json)


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_sets(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the known-good sets, those that ended too."""
    return list_kind(context, SetKind.GOODWARE, as_json=as_json)


def list_kind(context: typer.Context, kind: SetKind, *, as_json: bool) -> ExitCode:
    """List the sets of one kind."""
    with opened(context) as runtime:
        rows = [set_json(runtime, each) for each in known_sets.in_force(runtime, kind)]
    if as_json:
        emit_all(rows)
    else:
        show(_table(rows))
    return ExitCode.DONE


def report(added: SetAdded, row: dict[str, Json], *, as_json: bool) -> None:
    """Say what became of a set that was added."""
    if as_json:
        emit(row | {"waits": added.waits is not None, "unused": added.unused})
        return
    show(_table([row]))
    if added.unused:
        show(
            f"{count_text(added.unused)} of its values are no hash and no name of a file: not used"
        )
    if added.waits is not None:
        show("another person who decides runs the same command with --as, --key and --reason")


def end_of(text: str | None) -> datetime | None:
    """Return the end of a day (UTC)."""
    last = day(text)
    return None if last is None else datetime.combine(last, time.min, UTC) + timedelta(days=1)


def set_json(runtime: Runtime, known: KnownSet) -> dict[str, Json]:
    """Return what identifies a set; never what is in it."""
    last = (known.until - timedelta(days=1)).date().isoformat() if known.until else None
    return {
        "name": known.name,
        "digest": known.digest,
        "source": known.source,
        "tlp": known.tlp or None,
        "entries": known.entries,
        "until": last,
        "added": known.added_at.isoformat(),
        "in_force": known.holds_at(runtime.ledger.now()),
    }


def _table(rows: list[dict[str, Json]]) -> Json:
    columns = ("name", "entries", "tlp", "source", "until", "in_force", "digest")
    cells = [tuple("-" if row[c] is None else str(row[c]) for c in columns) for row in rows]
    return table(tuple(column.replace("_", " ") for column in columns), cells)
