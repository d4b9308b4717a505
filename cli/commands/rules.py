"""`autoclave rules`: check, install and list rule packs."""

from pathlib import Path
from typing import Annotated

import typer

from cli.context import opened
from cli.options import DEFAULT_KEY, AsJson, KeyFile, day, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import count_text
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode
from flows.telling import RULES_INSTALLED, tell
from pipeline.deciding import rules
from pipeline.deciding.rules import PackToAdd
from pipeline.deciding.signing import Signatory
from sanitizers.rules.pack import PackManifest

app = new_group("Check, install and list rule packs; everything offline.")

SHOWN = 20
ENDS = exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)

PackPath = Annotated[
    Path, typer.Argument(metavar="FOLDER-OR-ZIP", help="Rule sources, as their author ships them.")
]
Name = Annotated[str, typer.Option(help="The pack's name; else that of the folder or file.")]
Version = Annotated[str, typer.Option("--version", help="Its version, as its author numbers it.")]
Dated = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="The day of its newest rules, when its files do not say it."),
]


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    path: PackPath,
    *,
    name: Name = "",
    version: Version = "",
    dated: Dated = None,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who lets rules go; two people sign.")
    ] = None,
    key: KeyFile = DEFAULT_KEY,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why rules go; one line, kept.")
    ] = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Check a pack and put it in force; an older pack never replaces a newer one.

    Nothing is installed when one file does not compile or holds what is not allowed (include,
    global rules). The next run uses the pack. One that changes or lacks rules of the pack of its
    name takes two signatures: the first command waits (exit 3), the same one by another person
    completes it.
    """
    wanted = PackToAdd(path=path.expanduser(), name=name, version=version, dated=day(dated))
    signatory = None
    if actor and reason:
        signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason)
    with opened(context) as runtime:
        added = rules.add(runtime, wanted, signatory)
        manifest, waits = added.pack.manifest, added.waits
        if waits is None:
            installed = {"pack": manifest.digest, "rules": manifest.rules}
            tell(runtime, RULES_INSTALLED, f"autoclave.rules.{manifest.digest}", installed)
    if as_json:
        emit(pack_json(manifest) | {"lost": added.lost, "in_force": waits is None})
    elif waits is None:
        show(_table([manifest]))
    else:
        show(
            f"{waits.scope}, is signed by {waits.actor} and waits for a second person:",
            "run the same command with the --as, --key and --reason of another person who decides",
        )
    return ExitCode.DONE if waits is None else ExitCode.HELD


@app.command("check", epilog=ENDS)
def check(
    context: typer.Context,
    path: PackPath,
    *,
    name: Name = "",
    version: Version = "",
    dated: Dated = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Compile a pack without installing it, and name what would keep it out."""
    wanted = PackToAdd(path=path.expanduser(), name=name, version=version, dated=day(dated))
    with opened(context) as runtime:
        report = rules.check_pack(runtime, wanted)
    if as_json:
        told: dict[str, Json] = {
            "accepted": report.accepted,
            "refusals": list(report.refusals),
            "warnings": list(report.warnings),
        }
        emit(pack_json(report.manifest) | told)
    else:
        show(_table([report.manifest]), *_some("refused", report.refusals))
        say(*_some("warning", report.warnings))
    return ExitCode.DONE if report.accepted else ExitCode.REFUSED


@app.command("list", epilog=ENDS)
def list_packs(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the packs that the next run uses, one JSON line each with --json."""
    with opened(context) as runtime:
        manifests = [pack.manifest for pack in rules.in_force(runtime)]
    if as_json:
        emit_all(map(pack_json, manifests))
    else:
        show(_table(manifests))
    return ExitCode.DONE


def pack_json(manifest: PackManifest) -> dict[str, Json]:
    """Return what identifies a pack."""
    return {
        "name": manifest.name,
        "digest": manifest.digest,
        "version": manifest.version,
        "licence": manifest.licence,
        "dated": manifest.dated.isoformat() if manifest.dated else None,
        "rules": manifest.rules,
        "files": len(manifest.files),
    }


def _table(manifests: list[PackManifest]) -> Json:
    rows = [
        (m.name, m.version, m.dated.isoformat() if m.dated else "-", m.rules, m.licence, m.digest)
        for m in manifests
    ]
    return table(("pack", "version", "dated", "rules", "licence", "digest"), rows)


def _some(word: str, texts: tuple[str, ...]) -> list[str]:
    lines = [f"{word}: {text}" for text in texts[:SHOWN]]
    if len(texts) > SHOWN:
        lines.append(f"{word}: and {count_text(len(texts) - SHOWN)} more; see --json")
    return lines
