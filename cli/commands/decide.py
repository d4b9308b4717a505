"""`autoclave release`, `reject`, `disarm` and `waive`: signed decisions on one content."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from catalogue.entries import EntryFilter
from cli.context import opened
from cli.options import (
    DEFAULT_KEY,
    Actor,
    AsJson,
    KeyFile,
    Reason,
    Until,
    day,
    exit_codes,
    new_app,
)
from cli.output import emit, show
from cli.quantities import named_count
from cli.subjects import digest_meant
from custody.digest import Digest
from custody.errors import ExitCode
from custody.lifecycle import Action, Stage
from pipeline.deciding import decisions
from pipeline.deciding.decisions import Waived
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Decided, waiting
from pipeline.wiring import Runtime

release_app, reject_app, waive_app, disarm_app = new_app(), new_app(), new_app(), new_app()

DEFAULT_DAYS = 30
STANDING = EntryFilter(
    stages=frozenset({Stage.HELD, Stage.SET_ASIDE, Stage.REFUSED, Stage.RECALLED})
)
ENDS = exit_codes(
    ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
)

DigestText = Annotated[
    str, typer.Argument(metavar="DIGEST", help="The content; its first 8 characters suffice.")
]


@release_app.command(epilog=ENDS)
def release(
    context: typer.Context,
    digest: DigestText,
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    until: Until = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Let a held content pass until a date, against the reasons that hold it.

    Two people sign: the first command waits (exit 3), the same command by another person with
    their own key completes it, and the entries pass through all checks again at once.
    """
    with opened(context) as runtime:
        subject = digest_meant(runtime, digest, STANDING)
        end = _end(runtime, subject, Action.RELEASE, until)
        decided = decisions.release(runtime, subject, _signatory(actor, key, reason), end)
    return _report(decided, "release", as_json=as_json)


@reject_app.command(epilog=ENDS)
def reject(
    context: typer.Context,
    digest: DigestText,
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Refuse a content for good; one person suffices, because it opens nothing."""
    with opened(context) as runtime:
        subject = digest_meant(runtime, digest, STANDING)
        decided = decisions.reject(runtime, subject, _signatory(actor, key, reason))
    return _report(decided, "reject", as_json=as_json)


@disarm_app.command(epilog=ENDS)
def disarm(
    context: typer.Context,
    digest: DigestText,
    *,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    although_signed: Annotated[
        bool, typer.Option(help="Give up the signature: a copy has none. The original keeps it.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Have a held content disarmed, whatever the policy says of its type.

    One person suffices: only a copy that passes every check takes its place, and only where
    nothing but active content speaks against it. Exit 3 when it stays held; `show` says why.
    """
    with opened(context) as runtime:
        subject = digest_meant(runtime, digest, STANDING)
        signatory = _signatory(actor, key, reason)
        decided = decisions.disarm(runtime, subject, signatory, although_signed=although_signed)
    ended = _report(decided, "disarm", as_json=as_json)
    return ended if decided.promoted else ExitCode.HELD


@waive_app.command(epilog=ENDS)
def waive(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    digest: DigestText,
    *,
    scanner: Annotated[str, typer.Option(help="The scanner whose word is waived, from `show`.")],
    rule: Annotated[
        str, typer.Option(help="Its rule; without one, that the scanner could not look.")
    ] = "",
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    until: Until = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Accept one rule, or one missing check, on one content until a date; two people sign.

    It moves nothing by itself: it counts at the next judgement. `release` lets what is held pass.
    """
    with opened(context) as runtime:
        subject = digest_meant(runtime, digest)
        end = _end(runtime, subject, Action.WAIVE, until)
        waived = Waived(scanner=scanner, rule=rule)
        signatory = _signatory(actor, key, reason)
        decided = decisions.waive(runtime, subject, waived, signatory, end)
    return _report(decided, "waive", as_json=as_json)


def _signatory(actor: str, key: Path, reason: str) -> Signatory:
    return Signatory(actor=actor, key=key.expanduser(), reason=reason)


def _end(runtime: Runtime, subject: Digest, action: Action, until: str | None) -> datetime:
    """Return when an exception ends: as said, as the first of two people said, or in 30 days.

    The end is part of what both sign, so the second signature must name the same day.
    """
    chosen = day(until) or _end_of_first(runtime, subject, action)
    chosen = chosen or runtime.clock().date() + timedelta(days=DEFAULT_DAYS)
    return datetime.combine(chosen, time.min, UTC)


def _end_of_first(runtime: Runtime, subject: Digest, action: Action) -> date | None:
    for stored in waiting(runtime):
        first = stored.decision
        if (first.subject, first.action) == (subject, action):
            return date.fromisoformat(first.scope.rpartition(" ")[2])
    return None


def _report(decided: Decided, command: str, *, as_json: bool) -> ExitCode:
    made = decided.decision
    if as_json:
        emit(
            {
                "decision": made.decision_id,
                "digest": made.subject,
                "action": made.action.value,
                "scope": made.scope,
                "actor": made.actor,
                "effective": decided.effective,
                "entries": decided.entries,
                "promoted": decided.promoted,
            }
        )
    else:
        show(*_lines(decided, command))
    return ExitCode.DONE if decided.effective else ExitCode.HELD


def _copies(decided: Decided) -> str:
    if decided.promoted:
        copies = named_count(decided.promoted, "entry", "entries")
        return f"a disarmed copy stands for {copies} now: `autoclave show` says what is gone"
    return f"it stays held: `autoclave show {decided.decision.subject[:12]}` says why"


def _lines(decided: Decided, command: str) -> list[str]:
    made = decided.decision
    entries = named_count(decided.entries, "entry", "entries")
    if decided.effective:
        lines = [f"{command} of {made.subject} by {made.actor} is in effect on {entries}"]
        if made.action is Action.DISARM:
            lines.append(_copies(decided))
        elif decided.promoted:
            twins = named_count(decided.promoted, "entry", "entries")
            lines.append(f"{twins} of this content stood promoted: deliveries leave it out now")
        return lines
    return [
        f"{command} of {made.subject} is signed by {made.actor} and waits for a second person:",
        (
            f"run `autoclave {command} {made.subject} --as NAME --key FILE --reason TEXT`"
            " as another person"
        ),
    ]
