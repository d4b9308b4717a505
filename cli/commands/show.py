"""`autoclave show`: all that is known of one content or path."""

from typing import Annotated

import typer

from cli.commands.listing import entries_table
from cli.context import opened
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, show
from cli.quantities import count_text
from cli.subjects import at_path, digest_meant, is_beginning
from cli.tables import table
from custody.box import Json
from custody.digest import Digest
from custody.errors import ExitCode, UsageError
from pipeline import listing
from pipeline.wiring import Runtime

app = new_app()

SHOWN_NAMES = 20
SHOWN_PLACES = 20


@app.command("show", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def show_one(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="DIGEST|PATH", help="A digest, its first characters, or a path from `list`."
        ),
    ],
    *,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="At most so many names of it.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Show where a content stands, what every check said of it, and who decided what.

    Of a content with many names the first twenty are shown, with --json all.
    """
    most = limit if as_json else limit or SHOWN_NAMES
    with opened(context) as runtime:
        found = [_known(runtime, digest, most) for digest in digests_meant(runtime, subject)]
    if as_json:
        emit(found[0] if len(found) == 1 else {"contents": found})
    else:
        for one in found:
            show(*_shown(one))
    return ExitCode.DONE


def digests_meant(runtime: Runtime, subject: str) -> list[Digest]:
    """Return the contents that a digest, its beginning or a path on the command line names.

    Raises:
        UsageError: there is none.
    """
    if is_beginning(subject):
        return [digest_meant(runtime, subject)]
    entries = list(at_path(runtime, subject))
    digests = list(dict.fromkeys(Digest(e["digest"]) for e in entries if e["digest"]))
    if not digests:
        raise UsageError(
            "no content was taken at this path" if entries else "nothing is known at this path",
            next_step="copy the path or the digest from `autoclave list`",
        )
    return digests


def _known(runtime: Runtime, digest: Digest, most: int | None) -> dict[str, Json]:
    found = listing.show(runtime, digest, most)
    if found is None:
        raise UsageError(
            f"{digest} was never seen in this home", next_step="see `autoclave list --json`"
        )
    return found


def _shown(one: dict[str, Json]) -> list[Json]:
    findings = [
        (f["severity"], f["scanner"], f["rule"], f["where"], f["detail"])
        for f in _distinct(one["entries"])
    ]
    decided = [
        (d["at"][:16], d["actor"], d["action"], d["reason"], "yes" if d["effective"] else "waits")
        for d in one["decisions"]
    ]
    parts: list[Json] = [f"content {one['digest']}", entries_table(one["entries"]), ""]
    if more := one["standing"] - len(one["entries"]):
        parts[-1:] = [f"and {count_text(more)} more; --limit or --json shows them", ""]
    if findings:
        parts += [table(("severity", "scanner", "rule", "where", "detail"), findings), ""]
    if decided:
        parts += [table(("at", "who", "decision", "reason", "in effect"), decided), ""]
    parts += [line for each in one["disarmed"] for line in _disarmed(each)]
    promoted = one["promoted"] or "never"
    return [*parts, f"promoted: {promoted}; recalled: {', '.join(one['recalled']) or 'never'}"]


def _disarmed(report: dict[str, Json]) -> list[Json]:
    """Return the report on a disarmed copy, or why there is none."""
    if report["held_because"]:
        return [f"not disarmed: {report['held_because']}", ""]
    places = [(p["code"], p["where"], p["times"]) for p in report["places"][:SHOWN_PLACES]]
    lines: list[Json] = [report["text"]["en"], table(("taken out", "where", "times"), places)]
    if more := len(report["places"]) - len(places):
        lines.append(f"and {count_text(more)} more; --json shows them")
    return [*lines, ""]


def _distinct(entries: list[dict[str, Json]]) -> list[dict[str, str]]:
    found = [finding for entry in entries for finding in entry["findings"]]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(f.items()) for f in found)]
