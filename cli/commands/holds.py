"""`autoclave holds`: what waits for a person, and why."""

import typer

from cli.commands.listing import SHORT
from cli.context import opened
from cli.holding import held
from cli.options import AsJson, Service, exit_codes, new_app
from cli.output import emit_all, say, show
from cli.quantities import named_count
from cli.tables import VERDICT_STYLES, shown_text
from custody.box import Json
from custody.errors import ExitCode
from custody.verdict import Verdict

app = new_app()

REASONS_SHOWN = 3


@app.command(epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.UNAVAILABLE))
def holds(context: typer.Context, *, service: Service = None, as_json: AsJson = False) -> ExitCode:
    """Show each held content once, with its reasons and who has already signed its release."""
    with opened(context) as runtime:
        found = held(runtime, service)
    if as_json:
        emit_all(found)
    else:
        for one in found:
            show(*_shown(one))
    if found:
        entries = sum(len(one["entries"]) for one in found)
        say(
            f"{named_count(len(found), 'content', 'contents')} in"
            f" {named_count(entries, 'entry', 'entries')} held",
            "Next: `autoclave show DIGEST`, then `autoclave reject DIGEST` or"
            " `autoclave release DIGEST`",
        )
    else:
        say("nothing is held")
    return ExitCode.HELD if found else ExitCode.DONE


def _shown(one: dict[str, Json]) -> list[Json]:
    verdict = Verdict(one["verdict"])
    head = shown_text(verdict.value)
    head.stylize(VERDICT_STYLES[verdict])
    first, more = one["entries"][0], len(one["entries"]) - 1
    head.append(f"  {one['digest'][:SHORT]}  {first['host']}: {first['path']}")
    head.append(f"  and {named_count(more, 'more entry', 'more entries')}" if more else "")
    parts: list[Json] = [head, *(f"    {_shortened(reason)}" for reason in one["reasons"])]
    if one["signed_by"]:
        parts.append(f"    {one['signed_for']} signed by {one['signed_by']}; one more must sign")
    return parts


def _shortened(reason: str) -> str:
    reasons = reason.split("; ")
    more = len(reasons) - REASONS_SHOWN
    shown = "; ".join(reasons[:REASONS_SHOWN])
    return f"{shown}; and {more} more" if more > 0 else shown
