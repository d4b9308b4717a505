"""`autoclave records decide`: a data owner's answer for a group of refused records."""

from datetime import date, timedelta
from enum import Enum, unique
from typing import Annotated

import typer

from cli.context import opened
from cli.options import DEFAULT_KEY, AsJson, KeyFile, Until, day, exit_codes
from cli.output import emit, show
from cli.quantities import count_text, named_count
from custody.box import Json
from custody.errors import ExitCode, UsageError
from custody.lifecycle import Action
from pipeline.deciding import record_groups
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Decided
from pipeline.steps.accepted import RecordGroup
from pipeline.wiring import Runtime

DEFAULT_DAYS = 30
ENDS = exit_codes(
    ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
)


@unique
class Answer(Enum):
    """What a data owner may answer."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    AWAIT_COPY = "await-copy"
    WITHDRAW = "withdraw"


ACTIONS = {
    Answer.ACCEPT: Action.ACCEPT_RECORDS,
    Answer.REFUSE: Action.REFUSE_RECORDS,
    Answer.AWAIT_COPY: Action.AWAIT_COPY,
    Answer.WITHDRAW: Action.WITHDRAW,
}


def decide(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    answer: Annotated[Answer, typer.Argument(help="What becomes of them.")],
    *,
    schema: Annotated[str, typer.Option(help="The schema of the records, from `records`.")],
    code: Annotated[str, typer.Option(help="The reason that refuses them, from `records`.")],
    host: Annotated[str, typer.Option(help="The server that they come from.")],
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who decides; not for --preview.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; one line, kept.")
    ] = "",
    key: KeyFile = DEFAULT_KEY,
    until: Until = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what it would touch; changes nothing.")
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Decide on all records of a schema that one reason refuses at a server.

    To accept them as they are takes two people, one of them a data owner, and ends on a day: the
    second signature sends their extracts through all steps again, and so it is for every run until
    then. To refuse them for good, to wait for an older copy, and to withdraw what was decided takes
    one data owner. A later decision takes the place of an earlier one, and recalls nothing.
    """
    with opened(context) as runtime:
        group = _group(schema, code, host)
        seen = record_groups.preview(runtime, group)
        if preview:
            _show_preview(seen.as_json(), as_json=as_json)
            return ExitCode.DONE
        if actor is None:
            raise UsageError("who decides is recorded", next_step="give --as, --key and --reason")
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        end = _end(runtime, group, until)
        decided = record_groups.decide(runtime, group, ACTIONS[answer], signatory, end)
    return _report(decided, seen.as_json(), as_json=as_json)


def _group(schema: str, code: str, host: str) -> RecordGroup:
    try:
        return RecordGroup(schema=schema, code=code, host=host)
    except ValueError as error:
        raise UsageError(
            "there is no such group of records", next_step="see `autoclave records`"
        ) from error


def _end(runtime: Runtime, group: RecordGroup, until: str | None) -> date:
    chosen = day(until) or record_groups.end_of_first(runtime, group)
    return chosen or runtime.clock().date() + timedelta(days=DEFAULT_DAYS)


def _show_preview(seen: dict[str, Json], *, as_json: bool) -> None:
    if as_json:
        emit(seen)
        return
    files = named_count(seen["files"], "file", "files")
    show(f"{named_count(seen['records'], 'record', 'records')} in {files}")
    show(f"{count_text(seen['alone'])} of them have no other reason that refuses a record")
    show(*(f"{count_text(n)} {stage}" for stage, n in seen["stages"].items()))


def _report(decided: Decided, seen: dict[str, Json], *, as_json: bool) -> ExitCode:
    made = decided.decision
    if as_json:
        told = {
            "decision": made.decision_id,
            "action": made.action.value,
            "scope": made.scope,
            "actor": made.actor,
            "effective": decided.effective,
            "entries": decided.entries,
            "promoted": decided.promoted,
        }
        emit({**told, "touches": seen})
    elif decided.effective:
        show(f"{made.action.value} by {made.actor} is in effect: {made.scope}")
        if decided.entries:
            show(f"{named_count(decided.entries, 'entry', 'entries')} moved by it")
    else:
        show(f"{made.action.value} is signed by {made.actor} and waits for a second person:")
        show("the same command by another person with their own key completes it")
    return ExitCode.DONE if decided.effective else ExitCode.HELD
