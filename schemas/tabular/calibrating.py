"""Calibrates a contract on an extract that is trusted: what stands there already is a habit.

Only what is said of single values, and of two columns of a row, can become a flag. What is cut,
garbled, doubled or planted in a trusted extract is told, and the contract says about it what it
said before.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.interface import ReasonClass
from schemas.report import Group, Report
from schemas.tabular.contract_file import FLAGGABLE

Json = Any
_COLUMN, _COLUMNS = "column ", "columns "


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The changed descriptor, what became a flag, and what of the trusted extract still refuses."""

    descriptor: Mapping[str, Json]
    loosened: tuple[Group, ...]
    left: tuple[Group, ...]


def calibrate(descriptor: Mapping[str, Json], report: Report) -> Calibrated:
    """Return a contract's descriptor under which a trusted extract has the least refused.

    Raises:
        ValueError: the extract was not read to its end, or holds no record: it proves nothing.
    """
    if report.unread or not report.counts.proves_something:
        raise ValueError("it was not read to its end, or holds no record")
    made = copy.deepcopy(dict(descriptor))
    loosened: list[Group] = []
    left: list[Group] = []
    for group in report.groups:
        if group.reason_class is ReasonClass.INTEGRITY:
            (loosened if _loosen(made, group) else left).append(group)
    return Calibrated(descriptor=made, loosened=tuple(loosened), left=tuple(left))


def _loosen(made: dict[str, Json], group: Group) -> bool:
    """Have one reason flag; return whether that can be."""
    schema = made.get("schema", made)
    if group.code in FLAGGABLE and group.where.startswith(_COLUMN):
        name = group.where.removeprefix(_COLUMN)
        for field in schema["fields"]:
            if field["name"] == name:
                field["x-flags"] = sorted({*field.get("x-flags", ()), group.code})
                return True
    if group.code == "TAB-014" and group.where.startswith(_COLUMNS):
        for place in (made, schema):
            for rule in place.get("x-rules", ()):
                if group.where == f"{_COLUMNS}{rule['left']}, {rule['right']}":
                    rule["x-class"] = ReasonClass.CONFORMANCE.value
                    return True
    return False
