"""`autoclave recall`: withdraw from the clean zone what should not be there, signed."""

from typing import Annotated

import typer

from catalogue.entries import EVERYTHING
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, new_app
from cli.output import emit, show
from cli.quantities import named_count
from cli.subjects import digest_meant
from custody.box import Json
from custody.errors import ExitCode, UsageError
from flows.telling import RECALLED, tell
from pipeline.deciding.recall import Asked, Recalled, recall
from pipeline.deciding.signing import Signatory
from pipeline.recalling.plan import Plan
from pipeline.wiring import Runtime

recall_app = new_app()
SHOWN = 20
ENDS = exit_codes(
    ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
)


@recall_app.command("recall", epilog=ENDS)
def recall_command(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    digest: Annotated[
        str, typer.Argument(metavar="[DIGEST]", help="One artefact, with all that holds it.")
    ] = "",
    *,
    rule: Annotated[str, typer.Option(help="All in which this rule found something.")] = "",
    source: Annotated[str, typer.Option(help="All that the latest run of a source let in.")] = "",
    decision: Annotated[str, typer.Option(help="What this decision is about.")] = "",
    actor: Actor,
    reason: Reason,
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode:
    """Withdraw artefacts from the clean zone; they come back only when two people release them.

    One person suffices, unless it takes more of a service than `recall.percent`: then the first
    command waits (exit 3) and the same one by another person completes it. A signed list in the
    home's folder `recalls` names the artefacts and every delivery that had handed them out.
    """
    if sum(map(bool, (digest, rule, source, decision))) != 1:
        raise UsageError(
            "a recall names one thing", next_step="give DIGEST, --rule, --source or --decision"
        )
    with opened(context) as runtime:
        asked = Asked(
            digest=digest_meant(runtime, digest, EVERYTHING) if digest else None,
            rule=rule,
            source=source,
            decision=decision,
        )
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
        recalled = recall(runtime, asked, signatory)
        if recalled.recall_id:
            tell_recalled(runtime, recalled.recall_id, recalled.plan)
    if as_json:
        emit(_json(recalled))
    else:
        show(*_lines(recalled))
    return ExitCode.DONE if recalled.recall_id else ExitCode.HELD


def tell_recalled(runtime: Runtime, recall_id: str, plan: Plan) -> None:
    """Tell Prefect of a recall, where it drives the home."""
    about = {"recall": recall_id, "artefacts": len(plan.standing)}
    tell(runtime, RECALLED, f"autoclave.recall.{recall_id}", about)


def plan_json(plan: Plan) -> dict[str, Json]:
    """Return what a recall takes, and who had it."""
    return {
        "artefacts": [each.digest for each in plan.standing],
        "entries": sum(each.entries for each in plan.taken),
        "runs": sorted({run for each in plan.taken for run in each.runs}),
        "deliveries": sorted({d for each in plan.taken for d in each.deliveries}),
        "sets": sorted({s for each in plan.taken for s in each.sets}),
        "breaker": [str(trip) for trip in plan.trips],
    }


def plan_lines(plan: Plan) -> list[str]:
    """Return what a recall takes, as people read it."""
    told = plan_json(plan)
    entries = named_count(told["entries"], "entry", "entries")
    lines = [f"{each.digest} {each.reason.line}" for each in plan.standing[:SHOWN]]
    if len(plan.standing) > SHOWN:
        lines.append(f"and {len(plan.standing) - SHOWN} more; see --json")
    lines.append(f"{named_count(len(plan.standing), 'artefact', 'artefacts')}, {entries}")
    lines.append(f"runs: {', '.join(told['runs']) or 'none'}")
    lines.append(f"deliveries that had it: {', '.join(told['deliveries']) or 'none'}")
    lines.append(f"restore sets that hold it: {', '.join(told['sets']) or 'none'}")
    return lines


def _json(recalled: Recalled) -> dict[str, Json]:
    return {
        "recall": recalled.recall_id or None,
        "decision": recalled.decision.decision_id,
        "effective": bool(recalled.recall_id),
        **plan_json(recalled.plan),
    }


def _lines(recalled: Recalled) -> list[str]:
    made = recalled.decision
    if recalled.recall_id:
        where = f"the signed list is recalls/{recalled.recall_id}.note in the home"
        return [*plan_lines(recalled.plan), f"recalled by {made.actor}; {where}"]
    return [
        *plan_lines(recalled.plan),
        *(f"breaker: {trip}" for trip in recalled.plan.trips),
        f"signed by {made.actor}, and waits for a second person: nothing was withdrawn",
    ]
