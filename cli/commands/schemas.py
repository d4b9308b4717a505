"""`autoclave schemas`: what records are validated by, and contracts in the making."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.options import AsJson, exit_codes, new_group
from cli.output import emit, show
from cli.tables import shown_text
from custody.box import Json
from custody.errors import ExitCode
from custody.names import escape
from pipeline.drafting import draft_contract
from schemas.registry import BUILT_IN, built_in_contracts
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import read_contract

app = new_group("List what records are validated by; check and draft contracts.")


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
    table = Table("schema", "kind", "columns")
    for row in rows:
        table.add_row(row["name"], row["kind"], ", ".join(row["columns"]))
    show(table)
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


def contract_json(contract: Contract) -> dict[str, Json]:
    """Return what a contract is called and what it holds; names of columns are escaped."""
    return {
        "name": contract.name,
        "kind": "contract",
        "columns": [escape(name.encode()) for name in contract.heading],
    }
