"""The command line as a whole: its global options and the table of its commands."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from cli.deferred import CommandPlace, deferred_group
from cli.options import GlobalOptions
from custody.errors import UsageError

PLACES = (
    CommandPlace(
        name="recover",
        module="cli.commands.recover",
        summary="Pull, inspect, judge and promote sources; resumes by itself.",
    ),
    CommandPlace(
        name="source",
        module="cli.commands.source",
        summary="Register recovered file systems, and list them.",
    ),
    CommandPlace(
        name="case",
        module="cli.commands.case",
        summary="Say what a case is: attack or failure, and since when.",
    ),
    CommandPlace(
        name="expected",
        module="cli.commands.expected",
        summary="Say what a server had, so that what is missing can be named.",
    ),
    CommandPlace(
        name="inspect",
        module="cli.commands.inspect",
        summary="Judge files without taking them in; changes nothing.",
    ),
    CommandPlace(
        name="validate",
        module="cli.commands.validate",
        summary="Validate medical records one by one; changes nothing.",
    ),
    CommandPlace(
        name="status",
        module="cli.commands.status",
        summary="Show where everything stands, by source and service.",
    ),
    CommandPlace(
        name="list",
        module="cli.commands.listing",
        summary="List the entries of the latest run of each source.",
    ),
    CommandPlace(
        name="show",
        module="cli.commands.show",
        summary="Show all that is known of one content or path.",
    ),
    CommandPlace(
        name="records",
        module="cli.commands.records",
        summary="Report the records that were accepted and refused, and why.",
    ),
    CommandPlace(
        name="subjects",
        module="cli.commands.subjects",
        summary="Say which patients a loss touches, and find a patient's records.",
    ),
    CommandPlace(
        name="holds",
        module="cli.commands.holds",
        summary="Show what waits for a person, and why.",
    ),
    CommandPlace(
        name="release",
        module="cli.commands.decide",
        attribute="release_app",
        summary="Let a held content pass; takes two people.",
    ),
    CommandPlace(
        name="reject",
        module="cli.commands.decide",
        attribute="reject_app",
        summary="Refuse a content for good.",
    ),
    CommandPlace(
        name="disarm",
        module="cli.commands.decide",
        attribute="disarm_app",
        summary="Have a held content disarmed, by a person's decision.",
    ),
    CommandPlace(
        name="waive",
        module="cli.commands.decide",
        attribute="waive_app",
        summary="Waive one rule on one content; takes two people.",
    ),
    CommandPlace(
        name="rescan",
        module="cli.commands.rescan",
        summary="Look again with the rules in force; recall what they condemn.",
    ),
    CommandPlace(
        name="recall",
        module="cli.commands.recall",
        attribute="recall_app",
        summary="Withdraw what was promoted from the clean zone.",
    ),
    CommandPlace(
        name="people",
        module="cli.commands.people",
        summary="Register the people whose signatures count, and list them.",
    ),
    CommandPlace(
        name="policy",
        module="cli.commands.policy",
        summary="Check, explain and change what must be met to be clean.",
    ),
    CommandPlace(
        name="rules",
        module="cli.commands.rules",
        summary="Check, install and list rule packs.",
    ),
    CommandPlace(
        name="goodware",
        module="cli.commands.goodware",
        summary="Add and list known-good digests; two people sign.",
    ),
    CommandPlace(
        name="ioc",
        module="cli.commands.ioc",
        summary="Add and list a CERT's hashes and names.",
    ),
    CommandPlace(
        name="schemas",
        module="cli.commands.schemas",
        summary="List and add what records are validated by; draft contracts.",
    ),
    CommandPlace(
        name="audit",
        module="cli.commands.audit",
        summary="Verify the ledger, prove its events, export evidence.",
    ),
    CommandPlace(
        name="restore",
        module="cli.commands.restore",
        summary="Plan, seal, sign, open and hand over what comes back.",
    ),
    CommandPlace(
        name="report",
        module="cli.commands.report",
        summary="Report what came back, what is lost, and why.",
    ),
    CommandPlace(
        name="console",
        module="cli.commands.console",
        summary="Show what asks for a person in a browser, and decide there.",
    ),
    CommandPlace(
        name="serve",
        module="cli.commands.serve",
        summary="Serve this home through Prefect, with its pages and schedules.",
    ),
    CommandPlace(
        name="doctor",
        module="cli.commands.doctor",
        summary="Say whether this machine and this home are fit for work.",
    ),
    CommandPlace(
        name="demo",
        module="cli.commands.demo",
        summary="Walk the whole way with a small invented hospital.",
    ),
    CommandPlace(
        name="init",
        module="cli.commands.init",
        summary="Make a home and print the fingerprint for the logbook.",
    ),
    CommandPlace(
        name="keys",
        module="cli.commands.keys",
        summary="Show the home's keys by their fingerprints, and back them up.",
    ),
    CommandPlace(
        name="erase",
        module="cli.commands.erase",
        summary="Erase the names of a host or of one path; the evidence stays.",
    ),
    CommandPlace(
        name="catalogue",
        module="cli.commands.catalogue",
        summary="Rebuild the database from ledger, manifests and names.",
    ),
)

app = typer.Typer(
    cls=deferred_group(*PLACES),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:  # noqa: FBT001  the parser calls it with the flag alone
    if value:
        typer.echo(f"autoclave {version('autoclave')}")
        raise typer.Exit


@app.callback()
def autoclave(
    context: typer.Context,
    *,
    home: Annotated[
        str | None,
        typer.Option(
            "--home",
            metavar="FOLDER",
            help="Where everything is kept; else AUTOCLAVE_HOME, else ~/.autoclave.",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Log what is done to stderr.")] = False,
    version_wanted: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Bring a hospital's recovered files back clean after a ransomware attack.

    It pulls them into quarantine, inspects them in a locked box, lets in only what is proven
    clean, holds the rest with its reasons, and records each step in a ledger that an outsider can
    verify. Global options may stand anywhere on the line. Start with `autoclave demo`.
    """
    _ = version_wanted
    if home == "":
        raise UsageError("--home names no folder", next_step="give the path of the home")
    context.obj = GlobalOptions(home=Path(home) if home else None, debug=debug)


def _stand_in() -> None:
    """Stand for a command until it is called."""


for place in PLACES:
    app.command(place.name, help=place.summary)(_stand_in)
