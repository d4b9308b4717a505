"""`autoclave subjects`: which patients a loss touches, for who may ask; how many, for everybody."""

from typing import Annotated

import typer

from catalogue.subjects import Touch
from cli.context import opened
from cli.options import DEFAULT_KEY, AsJson, Host, KeyFile, Reason, Service, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import count_text, named_count
from cli.subjects import digest_meant
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline.deciding.signing import Signatory
from pipeline.subjects import asking
from pipeline.subjects.asking import Asked
from pipeline.subjects.rotating import rotate
from pipeline.wiring import Runtime

ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
SHOWN = 500

app = new_group("")

Who = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Who asks: a data owner or an authority.")
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; one line, kept.")]


@app.callback(invoke_without_command=True, epilog=ENDS)
def subjects(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    *,
    lost: Annotated[bool, typer.Option("--lost", help="Whose records are lost.")] = False,
    held: Annotated[bool, typer.Option("--held", help="Whose records wait for a person.")] = False,
    of: Annotated[
        str | None, typer.Option("--of", metavar="DIGEST", help="Only those in this content.")
    ] = None,
    host: Host = None,
    service: Service = None,
    find: Annotated[
        str | None,
        typer.Option("--find", metavar="IDENTIFIER", help="Where this patient's records are."),
    ] = None,
    system: Annotated[
        str, typer.Option(help="Who gave that identifier: an OID, or a name; else anybody.")
    ] = "",
    actor: Who = None,
    reason: Why = "",
    key: KeyFile = DEFAULT_KEY,
    as_json: AsJson = False,
) -> ExitCode | None:
    """Say how many patients are touched; with --as and --reason also who they are.

    Identifiers are shown to data owners and authorities only. Who asked, what for and why is in
    the ledger before anything is shown; the identifiers never are. Lost are the records of what is
    set aside, refused, rejected or recalled, and the refused ones of what was cut.
    """
    if context.invoked_subcommand is not None:
        return None
    if lost and held:
        raise UsageError("--lost and --held are two questions", next_step="ask one of them")
    touch = Touch.LOST if lost else Touch.HELD if held else None
    with opened(context) as runtime:
        digest = None if of is None else digest_meant(runtime, of)
        asked = Asked(touch=touch, service=service or "", host=host or "", digest=digest)
        if actor is None and find is None:
            _show_counts(asking.counts(runtime, asked), as_json=as_json)
        elif actor is None:
            raise UsageError("who asks is recorded", next_step="give --as, --key and --reason")
        else:
            signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
            if find is None:
                _show_patients(runtime, asked, signatory, as_json=as_json)
            else:
                _show_places(runtime, (find, system), signatory, as_json=as_json)
    return ExitCode.DONE


@app.command("rotate", epilog=ENDS)
def rotate_key(
    context: typer.Context,
    *,
    actor: Annotated[str, typer.Option("--as", metavar="NAME", help="Who changes the key.")],
    reason: Reason,
    as_json: AsJson = False,
) -> ExitCode:
    """Change the key that codes whom records are about, and code everything anew.

    Cut short, the same command goes on. What a lost key had coded is coded anew as well.
    """
    with opened(context) as runtime:
        done = rotate(runtime, actor, reason)
    if as_json:
        emit({"key": done.key_id, "shards": done.shards, "left": done.left})
    else:
        show(f"{named_count(done.shards, 'shard', 'shards')} coded with the new key {done.key_id}")
        if done.left:
            show(f"{count_text(done.left)} could not be read any more, and keep their old codes")
    return ExitCode.DONE


def _show_counts(told: dict[str, Json], *, as_json: bool) -> None:
    if as_json:
        emit(told)
        return
    show(
        f"{named_count(told['patients'], 'patient', 'patients')} at least, by"
        f" {named_count(told['identifiers'], 'identifier', 'identifiers')}"
    )
    lines = {
        "nameless": "records name no patient",
        "unlisted": "identifiers had no room in the index",
        "unindexed": "extracts are not in the index",
        "lost_keys": "extracts were coded with a key that is not here: `autoclave subjects rotate`",
    }
    show(*(f"{count_text(told[name])} {text}" for name, text in lines.items() if told[name]))


def _show_patients(runtime: Runtime, asked: Asked, signatory: Signatory, *, as_json: bool) -> None:
    found = asking.patients(runtime, asked, signatory)
    if as_json:
        emit_all(patient.as_json() for patient in found)
        return
    told = [patient.as_json() for patient in found]
    rows = [
        (p["system"], p["value"], str(p["accepted"]), str(p["refused"]), ", ".join(p["services"]))
        for p in told[:SHOWN]
    ]
    show(table(("system", "identifier", "accepted", "refused", "services"), rows))
    if len(told) > SHOWN:
        say(f"only the first {SHOWN} of {count_text(len(told))} are shown; --json prints all")


def _show_places(
    runtime: Runtime, asked: tuple[str, str], signatory: Signatory, *, as_json: bool
) -> None:
    found = list(asking.find(runtime, *asked, signatory))
    if as_json:
        emit_all(found)
        return
    rows = [
        (e["digest"], e["host"], e["service"], e["stage"], str(e["accepted"]), str(e["refused"]))
        for e in found
    ]
    show(table(("content", "host", "service", "stage", "accepted", "refused"), rows))
    if not rows:
        say("no record of this patient is known")
