"""`autoclave rescan`: look again with the rules in force now, and take back what they condemn."""

from typing import Annotated

import typer

from cli.commands.recall import plan_json, plan_lines, tell_recalled
from cli.context import opened
from cli.options import DEFAULT_KEY, Actor, AsJson, KeyFile, Reason, exit_codes, moment, new_app
from cli.output import emit, say, show
from cli.quantities import named_count
from cli.stopping import stop_on_signal
from custody.errors import ExitCode, UsageError
from flows.in_force import api_of, check_way
from flows.rescanning import rescan_through
from flows.telling import tell_rescanned
from pipeline.deciding.signing import Signatory
from pipeline.rescanning.report import Rescanned
from pipeline.rescanning.rescan import Asked, confirm, foresee, rescan
from pipeline.wiring import Runtime

app = new_app()
SHOWN = 20
ENDS = exit_codes(
    ExitCode.DONE,
    ExitCode.USAGE,
    ExitCode.HELD,
    ExitCode.REFUSED,
    ExitCode.UNAVAILABLE,
    ExitCode.INTERRUPTED,
)


@app.command("rescan", epilog=ENDS)
def rescan_command(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what only older listings of a source hold.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only what runs listed that began since then (ISO 8601)."
        ),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only count what is to look at.")] = False,
    confirmed: Annotated[
        bool, typer.Option("--confirm", help="Sign the recall that a re-scan proposes.")
    ] = False,
    actor: Actor = "",
    reason: Reason = "",
    key: KeyFile = DEFAULT_KEY,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Shards worked on at once.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Look again at what is in the clean zone and what is held, with the rules in force now.

    Where only rules changed, only those are run. What they condemn is recalled at once, unless it
    is more of a service than `recall.percent`, or `recall.after_rescan` is "propose": then it is
    proposed (exit 3), and people confirm it with --confirm. What would now be clean stays held
    until it is released or recovered again. With --since the rest is left to a later re-scan; what
    is proposed to be recalled is looked at all the same. The same command goes on where it was cut
    short. Where Prefect drives runs (`autoclave serve`, a fleet) it is a flow run, and looks the
    same from here.
    """
    if bool(actor) != confirmed or bool(reason) != confirmed or (confirmed and dry):
        raise UsageError(
            "--confirm, --as and --reason belong together",
            next_step="confirm a recall with all three, without --dry-run",
        )
    with opened(context, workers=workers) as runtime:
        if confirmed:
            signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
            return _confirm(runtime, signatory, as_json=as_json)
        asked = Asked(everything=everything, since=moment(since))
        if dry:
            return _report(foresee(runtime, asked), as_json=as_json, dry=True)
        check_way(runtime.settings, "--workers", "run.workers", told=workers is not None)
        done = _execute(runtime, asked)
    return _report(done, as_json=as_json)


def _execute(runtime: Runtime, asked: Asked) -> Rescanned:
    """Re-scan here, or as a flow run where Prefect drives the home."""
    api = api_of(runtime.settings)
    with stop_on_signal() as stop:
        if api is not None:
            say(f"runs on this home are driven by Prefect: {api.pages}")
            return rescan_through(runtime, api, stop, asked)
        done = rescan(runtime, asked, stop)
    tell_rescanned(runtime, done)
    return done


def _confirm(runtime: Runtime, signatory: Signatory, *, as_json: bool) -> ExitCode:
    made = confirm(runtime, signatory)
    if made.recall_id:
        tell_recalled(runtime, made.recall_id, made.plan)
    if as_json:
        about = {"decision": made.decision.decision_id, "effective": bool(made.recall_id)}
        emit({"recall": made.recall_id or None, **about, **plan_json(made.plan)})
    else:
        waits = "signed, and waits for a second person: nothing was withdrawn"
        show(*plan_lines(made.plan), f"recall {made.recall_id}" if made.recall_id else waits)
    return ExitCode.DONE if made.recall_id else ExitCode.HELD


def _report(done: Rescanned, *, as_json: bool, dry: bool = False) -> ExitCode:
    if as_json:
        emit(done.as_json())
    else:
        show(*(_foreseen(done) if dry else _lines(done)))
    return ExitCode.HELD if done.asks else ExitCode.DONE


def _size(done: Rescanned) -> str:
    entries = named_count(done.entries, "entry", "entries")
    return f"{entries} in {named_count(done.shards, 'shard', 'shards')}"


def _foreseen(done: Rescanned) -> list[str]:
    return [f"to look at: {_size(done)}, {done.bytes} bytes"]


def _lines(done: Rescanned) -> list[str]:
    if not done.rescan_id:
        return ["nothing to look at: the rules in force judged all that was asked for"]
    lines = [
        f"re-scan {done.rescan_id}: {_size(done)} in {done.seconds:.1f} s",
        f"inspected anew: {done.changed}",
        f"newly bad in the clean zone: {len(done.plan.standing)}",
        f"newly clean among what is held: {len(done.cleared)}",
    ]
    if done.unjudged:
        lines.append(f"not judged, for trouble of this machine: {done.unjudged}; run it again")
    if done.plan.standing:
        lines += plan_lines(done.plan)
    lines += [f"now clean: {digest}" for digest in done.cleared[:SHOWN]]
    lines += [f"recalled: recall {recall_id}" for recall_id in done.recalls]
    if done.waits:
        lines += [f"breaker: {trip}" for trip in done.plan.trips]
        lines.append("PROPOSED, not done: confirm it with `autoclave rescan --confirm`")
    return lines
