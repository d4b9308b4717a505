"""`autoclave schemas`: what records are validated by, definitions too; contracts in the making."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from catalogue.known_sets import KnownSet
from cli.commands.goodware import SetName, SourceText
from cli.commands.rules import ActorText, ReasonText
from cli.context import opened
from cli.options import DEFAULT_KEY, AsJson, KeyFile, exit_codes, new_group
from cli.output import emit, emit_all, say, show
from cli.quantities import named_count
from cli.tables import shown_text, table
from custody.box import Json
from custody.errors import ExitCode
from custody.names import escape
from pipeline.calibrating import calibrate_contract
from pipeline.deciding import definitions
from pipeline.deciding.definitions import DefinitionsToAdd
from pipeline.deciding.signing import Signatory
from pipeline.drafting import draft_contract
from schemas.registry import BUILT_IN, built_in_contracts
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import read_contract

app = new_group("List and add what records are validated by; check and draft contracts.")


@app.command("list", epilog=exit_codes(ExitCode.DONE))
def list_schemas(*, as_json: AsJson = False) -> ExitCode:
    """List the formats and contracts that come with Autoclave."""
    rows: list[dict[str, Json]] = [
        *({"name": s.name, "kind": "format", "columns": []} for s in BUILT_IN),
        *(contract_json(contract) for contract in built_in_contracts()),
    ]
    if as_json:
        emit({"schemas": rows})
        return ExitCode.DONE
    listed = Table("schema", "kind", "columns")
    for row in rows:
        listed.add_row(row["name"], row["kind"], ", ".join(row["columns"]))
    show(listed)
    return ExitCode.DONE


@app.command(
    "add",
    epilog=exit_codes(
        ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.REFUSED, ExitCode.UNAVAILABLE
    ),
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(metavar="FOLDER-OR-ZIP", help="Definitions, as their author ships them."),
    ],
    *,
    name: SetName,
    source: SourceText,
    expect: Annotated[
        str, typer.Option(metavar="DIGEST", help="Refuse any others; its beginning suffices.")
    ] = "",
    actor: ActorText = None,
    key: KeyFile = DEFAULT_KEY,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> ExitCode:
    """Have records validated with official definitions too: a second validator, from the next run.

    Those of FHIR (structure definitions or HL7's JSON schema) and the XML schemas of CDA and KMEHR
    are known by the names of their files. They are compiled first, and pinned by digest. Other ones
    under a name that is taken replace these: two people sign, the first command waits (exit 3).
    """
    wanted = DefinitionsToAdd(path=path.expanduser(), name=name, source=source, expected=expect)
    signatory = Signatory(actor=actor, key=key.expanduser(), reason=reason) if actor else None
    with opened(context) as runtime:
        added = definitions.add(runtime, wanted, signatory)
    row = definitions_json(added.pack) | {"kinds": list(added.kinds)}
    if as_json:
        emit(row | {"waits": added.waits is not None})
    else:
        line = shown_text(added.pack.name)
        line.append(f": {', '.join(added.kinds)}; {row['files']} files, {row['digest']}")
        show(line)
        if added.waits is not None:
            show("another person who decides runs the same command with --as, --key and --reason")
    return ExitCode.DONE if added.waits is None else ExitCode.HELD


@app.command("definitions", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_definitions(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the official definitions that the next run validates with."""
    with opened(context) as runtime:
        rows = [definitions_json(pack) for pack in definitions.in_force(runtime)]
    if as_json:
        emit_all(rows)
        return ExitCode.DONE
    columns = ("name", "source", "files", "digest")
    show(table(columns, [tuple(str(row[c]) for c in columns) for row in rows]))
    return ExitCode.DONE


@app.command("check", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE))
def check_contract(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A contract in YAML or JSON.")],
    *,
    as_json: AsJson = False,
) -> ExitCode:
    """Check a contract; an error is told with its place and what may have been meant."""
    contract = read_contract(file)
    if as_json:
        emit(contract_json(contract))
        return ExitCode.DONE
    line = shown_text(contract.name)
    line.append(f": {len(contract.columns)} columns, key {', '.join(contract.primary_key) or '-'}")
    show(line)
    return ExitCode.DONE


@app.command("infer", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.SOURCE))
def infer(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table with a heading.")],
    *,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-sandbox", help="Also on a machine that cannot lock a process."),
    ] = False,
) -> ExitCode:
    """Draft a contract from a table and print it as YAML; read and correct it before use.

    It says what is there, not what should be: from a damaged table it drafts a damaged contract.
    """
    typer.echo(draft_contract(os.fsencode(file), sandboxed=not unsafe), nl=False)
    return ExitCode.DONE


@app.command(
    "calibrate",
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.HELD, ExitCode.SOURCE),
)
def calibrate(
    contract: Annotated[Path, typer.Argument(metavar="CONTRACT", help="A contract's file.")],
    extract: Annotated[
        Path, typer.Argument(metavar="FILE", help="An extract from before the intrusion.")
    ],
    *,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-sandbox", help="Also on a machine that cannot lock a process."),
    ] = False,
) -> ExitCode:
    """Print a contract that only flags what a trusted extract holds already; read it before use.

    What is cut, garbled, doubled or planted there refuses as before, and is told: it ends with 3.
    """
    today = datetime.now(UTC).date()
    found = calibrate_contract(contract, extract, today=today, sandboxed=not unsafe)
    for word, groups in (("only flags now", found.loosened), ("still refuses", found.left)):
        for group in groups:
            touched = named_count(group.count, "record", "records")
            say(f"{word}: {group.code} {escape(group.where.encode())}, {touched}")
    typer.echo(found.text, nl=False)
    return ExitCode.HELD if found.left else ExitCode.DONE


def definitions_json(pack: KnownSet) -> dict[str, Json]:
    """Return what identifies a pack of definitions."""
    return {
        "name": pack.name,
        "digest": pack.digest,
        "source": pack.source,
        "files": pack.entries,
        "added": pack.added_at.isoformat(),
    }


def contract_json(contract: Contract) -> dict[str, Json]:
    """Return what a contract is called and what it holds; names of columns are escaped."""
    return {
        "name": contract.name,
        "kind": "contract",
        "columns": [escape(name.encode()) for name in contract.heading],
    }
