"""`autoclave report`: what came back, what is lost, and why, for those who answer for it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from cleanzone.recovery import WORDS, Conclusion
from cli.context import opened
from cli.options import AsJson, Case, Host, Service, exit_codes, new_group
from cli.output import emit, show
from cli.restoring import AsOf, Site, asked_of
from cli.tables import Cell, table
from custody.box import Json
from custody.errors import ExitCode, UsageError
from pipeline.restoring.recovery import Report, recovery_report, write_report

app = new_group("Report what came back, what is lost, and why.")
HEADS = ("service", "outcome", "paths", "why")
Language = Annotated[str, typer.Option("--lang", metavar="fr|en", help="The language.")]


@app.command(
    "recovery",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.UNAVAILABLE),
)
def recovery(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="A new folder outside the home.")
    ] = None,
    *,
    case: Case = None,
    service: Service = None,
    site: Site = None,
    host: Host = None,
    as_of: AsOf = None,
    language: Language = "en",
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who reports; else the login name.")
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Report by service what came back of a case, what is lost and why, without any file's name.

    With a folder the report is written there as JSON, and in French and English as a page and a
    PDF; the ledger names their digests. Of a case that was declared a technical failure it says
    "not an attack" only if everything was judged and nothing speaks for one; it ends with 3 when
    something does, or when not everything could be judged.
    """
    if language not in WORDS:
        raise UsageError(f"there is no language {language}", next_step="say fr or en")
    asked = asked_of(case, service, site, host, None, as_of)
    with opened(context) as runtime:
        report = recovery_report(runtime, asked)
        written: tuple[Path, ...] = ()
        if folder is not None:
            target = folder.expanduser().absolute()
            written = write_report(runtime, report, target, actor or getpass.getuser())
    if as_json:
        emit(report)
    else:
        show(*_lines(report, WORDS[language]), *map(str, written))
    held = Conclusion(report["conclusion"]) in {Conclusion.CONTRADICTED, Conclusion.UNPROVEN}
    return ExitCode.HELD if held else ExitCode.DONE


def _lines(report: Report, words: dict[str, str]) -> list[Json]:
    rows = [row for each in report["services"] for row in _rows(each, words)]
    return [
        f"{words['report']}: {report['case']} ({words[report['kind']]})",
        f"{words['cause']}: {words['cause_' + report['conclusion']]}",
        table(HEADS, rows),
    ]


def _rows(service: Report, words: dict[str, str]) -> list[tuple[Cell, ...]]:
    name = service["service"] or words["no_service"]
    rows: list[tuple[Cell, ...]] = [(name, words["returns"], service["restore"], "")]
    for each in service["why"]:
        verdict = words[f"verdict_{each['verdict']}"] if each["verdict"] else each["stage"]
        rows.append((name, each["outcome"], each["paths"], f"{verdict} {each['why']}".rstrip()))
    if service["missing"]:
        rows.append((name, "missing", service["missing"], words["missing"]))
    return rows
