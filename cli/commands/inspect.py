"""`autoclave inspect`: judge files without taking them in."""

import os
from typing import Annotated

import typer

from cli.context import opened
from cli.options import AsJson, PasswordsFile, exit_codes, new_app
from cli.output import emit, show
from cli.quantities import size_text
from cli.tables import VERDICT_STYLES, shown_text
from custody.box import Json
from custody.errors import ExitCode
from custody.names import escape, to_base64
from custody.verdict import Verdict
from pipeline.listing import finding_json, not_scanned_json
from pipeline.one_off import JudgedFile, judge_files

app = new_app()


@app.command(
    epilog=exit_codes(
        ExitCode.DONE,
        ExitCode.USAGE,
        ExitCode.HELD,
        ExitCode.SOURCE,
        ExitCode.REFUSED,
        ExitCode.UNAVAILABLE,
    )
)
def inspect(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to judge.")],
    *,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-sandbox", help="Also on a machine that cannot lock a process."),
    ] = False,
    passwords: PasswordsFile = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Judge files one by one with the rules and the policy in force; changes nothing.

    A file's neighbours, earlier decisions and waivers do not count here. It ends with 3 when a
    file is not clean.
    """
    all_clean = True
    with opened(context, passwords=passwords) as runtime:
        for judged in judge_files(runtime, [os.fsencode(file) for file in files], unsafe=unsafe):
            all_clean = all_clean and judged.judgement.verdict is Verdict.CLEAN
            if as_json:
                emit(judged_json(judged))
            else:
                show(*_shown(judged))
    return ExitCode.DONE if all_clean else ExitCode.HELD


def judged_json(judged: JudgedFile) -> dict[str, Json]:
    """Return what was found about a file, with the keys of `list --json` that apply."""
    return {
        "digest": judged.digest,
        "size": judged.size,
        "path": escape(judged.path),
        "path_b64": to_base64(judged.path),
        "verdict": judged.judgement.verdict.value,
        "reason": "; ".join(judged.judgement.reasons) or None,
        "media_type": judged.inspection.media_type,
        "findings": [finding_json(f, f.detail) for f in judged.inspection.findings],
        "not_scanned": not_scanned_json(judged.inspection),
        "derived_from": None,
        "superseded_by": None,
    }


def _shown(judged: JudgedFile) -> list[Json]:
    verdict = judged.judgement.verdict
    head = shown_text(verdict.value)
    head.stylize(VERDICT_STYLES[verdict])
    head.append(f"  {escape(judged.path)}")
    about = f"  {judged.inspection.media_type or 'unknown type'}, {size_text(judged.size)}"
    return [head, f"{about}, {judged.digest}", *(f"  {r}" for r in judged.judgement.reasons)]
