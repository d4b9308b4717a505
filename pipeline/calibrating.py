"""Calibrates a contract on a trusted extract, in the box; a person reads what changed."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from custody.errors import UsageError
from custody.names import escape
from pipeline.validating import planned, validate_files
from schemas.report import Group
from schemas.tabular.calibrating import calibrate
from schemas.tabular.contract_file import parse_contract


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedContract:
    """A contract as YAML, what became a flag in it, and what still refuses."""

    text: str
    loosened: tuple[Group, ...]
    left: tuple[Group, ...]


def calibrate_contract(
    contract: Path, extract: Path, *, today: date, sandboxed: bool = True
) -> CalibratedContract:
    """Return a contract under which what a trusted extract holds only flags, where that can be.

    Raises:
        UsageError: the file is no contract, or the extract is not read whole by it.
        SourceError: the extract cannot be read.
        SandboxError: this machine cannot lock a process.
    """
    plan = planned(str(contract), today=today, sandboxed=sandboxed)
    (validated,) = validate_files(plan, [os.fsencode(extract)])
    descriptor = yaml.load(contract.read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    try:
        found = calibrate(descriptor, validated.report)
    except ValueError as error:
        raise UsageError(
            f"{escape(os.fsencode(extract))} calibrates nothing: {error}",
            next_step="see `autoclave validate` for why; give an extract from before the intrusion",
        ) from error
    text = yaml.safe_dump(found.descriptor, allow_unicode=True, sort_keys=False, width=100)
    parse_contract(text, "the calibrated contract")
    return CalibratedContract(text=text, loosened=found.loosened, left=found.left)
