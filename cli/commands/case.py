"""`autoclave case`: what a case is, attack or failure, since when, and up to when."""

from typing import Annotated

import typer

from catalogue import cases
from catalogue.cases import Case
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, moment, new_group
from cli.output import emit, emit_all, show
from cli.tables import table
from custody.box import Json
from custody.case import CaseKind, Terms
from custody.errors import ExitCode
from pipeline.deciding.declaring import Change, Declared, declare
from pipeline.deciding.signing import Signatory

app = new_group("Say what a case is: attack or failure, and since when.")
HEADS = ("case", "kind", "intrusion", "cut-off")


@app.command(
    "declare",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def declare_case(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="The case; it is opened if it is not there yet.")],
    *,
    kind: Annotated[
        CaseKind | None, typer.Option(help="Why data has to be recovered; an attack if not said.")
    ] = None,
    intrusion: Annotated[
        str | None, typer.Option(metavar="TIME", help="Since when intruders were in (ISO 8601).")
    ] = None,
    cut_off: Annotated[
        str | None, typer.Option(metavar="TIME", help="No newer snapshot is restored from.")
    ] = None,
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Say what a case is. One person signs; two where less is asked afterwards.

    A failure instead of an attack, a later intrusion or a later cut-off ask for less: the first
    command waits (exit 3), the same one by another person completes it. What changed since the
    intrusion is marked in every plan and certificate, and an attack needs the authority's signature
    before a restore set opens.
    """
    change = Change(kind=kind, intrusion_at=moment(intrusion), cut_off_at=moment(cut_off))
    with opened(context) as runtime:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        done = declare(runtime, case, change, signatory)
    if as_json:
        emit(_json(done.case_id, done.terms) | {"effective": done.effective})
    else:
        show(_told(done))
    return ExitCode.DONE if done.effective else ExitCode.HELD


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_cases(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the cases and what they were declared to be, one JSON line each with --json."""
    with opened(context) as runtime, runtime.catalogue.read() as connection:
        found = cases.all_cases(connection)
    if as_json:
        emit_all(_json(case.case_id, case.terms) for case in found)
    else:
        show(table(HEADS, [_row(case) for case in found]))
    return ExitCode.DONE


def _told(done: Declared) -> str:
    if done.effective:
        return f"case {done.case_id}: {done.terms.words}"
    return f"signed by {done.decision.actor}, and waits for a second person: {done.terms.words}"


def _json(case_id: str, terms: Terms) -> dict[str, Json]:
    return {
        "case": case_id,
        "kind": terms.kind.value,
        "intrusion": terms.intrusion_at.isoformat() if terms.intrusion_at else None,
        "cut_off": terms.cut_off_at.isoformat() if terms.cut_off_at else None,
    }


def _row(case: Case) -> tuple[str, ...]:
    terms = case.terms
    moments = (terms.intrusion_at, terms.cut_off_at)
    shown = (at.isoformat(timespec="minutes") if at else "-" for at in moments)
    return (case.case_id, terms.kind.value, *shown)
