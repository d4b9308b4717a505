"""`autoclave validate`: validate the records of files without taking them in."""

import os
from datetime import UTC, datetime
from enum import Enum, unique
from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, show
from cli.tables import shown_text
from custody.box import Json
from custody.errors import ExitCode
from custody.names import escape, to_base64
from pipeline.validating import ValidatedFile, planned, validate_files
from schemas.reasons.table import BY_CODE
from schemas.report import Group, Report

app = new_app()


@unique
class Language(Enum):
    """The languages of the reasons."""

    ENGLISH = "en"
    FRENCH = "fr"


WORDS = {
    Language.ENGLISH: {
        "read": "read",
        "accepted": "accepted",
        "refused": "refused",
        "flagged": "flagged",
        "of": "of {count} records (first: {first})",
        "whole": "of the file as a whole",
        "none": "no schema",
    },
    Language.FRENCH: {
        "read": "lus",
        "accepted": "acceptés",
        "refused": "refusés",
        "flagged": "signalés",
        "of": "pour {count} enregistrements (premiers : {first})",
        "whole": "pour le fichier entier",
        "none": "aucun schéma",
    },
}


@app.command(
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.SOURCE, ExitCode.REFUSED
    )
)
def validate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files of records to validate.")
    ],
    *,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="NAME",
            help="The schema, or a contract's file; else the content decides.",
        ),
    ] = None,
    definitions: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Official definitions (FHIR, XSD of CDA and KMEHR): a second validator.",
        ),
    ] = None,
    language: Annotated[
        Language, typer.Option("--lang", help="The language of the reasons.")
    ] = Language.ENGLISH,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-sandbox", help="Also on a machine that cannot lock a process."),
    ] = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Validate medical records one by one, in the box; needs no home and changes nothing.

    Integrity reasons refuse a record, conformance reasons flag it. Reasons of one code at one
    place are told together, with how many records they touch. It ends with 3 when a record is
    refused or a file could not be validated.
    """
    whole = True
    plan = planned(
        schema,
        today=datetime.now(UTC).date(),
        definitions=definitions,
        sandboxed=not unsafe,
    )
    for validated in validate_files(plan, [os.fsencode(file) for file in files]):
        whole = whole and validated.report.is_whole
        if as_json:
            emit(validated_json(validated, language))
        else:
            show(*_shown(validated, language))
    return ExitCode.DONE if whole else ExitCode.HELD


def validated_json(validated: ValidatedFile, language: Language) -> dict[str, Json]:
    """Return what the records of a file came to."""
    report = validated.report
    return {
        "path": escape(validated.path),
        "path_b64": to_base64(validated.path),
        "schema": report.schema or None,
        "read": report.counts.read,
        "accepted": report.counts.accepted,
        "refused": report.counts.refused,
        "flagged": report.counts.flagged,
        "reasons": [
            {
                "code": group.code,
                "class": group.reason_class.value,
                "severity": BY_CODE[group.code].severity.value,
                "where": group.where,
                "message": message(group, report, language),
            }
            for group in report.groups
        ],
    }


def message(group: Group, report: Report, language: Language) -> str:
    """Return what a group of reasons says, with how many records it touches."""
    kind = BY_CODE[group.code]
    text = kind.french if language is Language.FRENCH else kind.english
    if group.code == "GEN-001" and report.unread:
        text = f"{text} ({report.unread})"
    words = WORDS[language]
    touched = (
        words["of"].format(count=group.count, first=", ".join(map(str, group.records)))
        if group.records
        else words["whole"]
    )
    example = f" [{group.redacted_value}]" if group.redacted_value else ""
    return f"{text}{example}; {touched}"


def _shown(validated: ValidatedFile, language: Language) -> list[Json]:
    report, words = validated.report, WORDS[language]
    head = shown_text(report.schema or words["none"])
    head.stylize("green" if report.is_whole else "red")
    head.append(f"  {escape(validated.path)}")
    counts = report.counts
    sums = (
        f"  {counts.read} {words['read']} = {counts.accepted} {words['accepted']}"
        f" + {counts.refused} {words['refused']}; {counts.flagged} {words['flagged']}"
    )
    return [head, sums, *(_line(group, report, language) for group in report.groups)]


def _line(group: Group, report: Report, language: Language) -> str:
    place = f" {group.where}" if group.where else ""
    return f"  {group.code} ({group.reason_class.value}){place}: {message(group, report, language)}"
