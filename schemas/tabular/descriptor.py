"""Reads the text of a contract, and puts an adapted one together with that which it adapts.

A service that sends a column less, or longer labels, adapts a contract that comes with Autoclave:
it names it and says what differs. What comes out is a whole contract under a name of its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from custody.errors import UsageError

# Those that come with Autoclave.
CONTRACTS = Path(__file__).parent.parent / "contracts"
ADAPTS, COLUMNS, ABSENT = "x-adapts", "x-columns", "x-absent"
_OWN = frozenset((ADAPTS, COLUMNS, ABSENT))
_REPLACED = frozenset(("name", "title", "description", "dialect", "encoding", "x-source"))
_RULES = ("x-rules", "x-requires", "x-ranges", "x-chains")
_NAMING = ("left", "right", "column", "requires", "code", "unit", "value", "group", "start", "end")


def fault(called: str, where: str, what: str) -> UsageError:
    """Return the complaint about a place of a contract."""
    place = f", {where}" if where else ""
    return UsageError(f"{called}{place}: {what}", next_step="docs/records.md describes contracts")


def descriptor_of(text: str, called: str) -> Any:
    """Return what the text of a contract says, whole; every scalar is text.

    Raises:
        UsageError: it is neither YAML nor JSON, or adapts what there is not.
    """
    given = _read(text, called)
    if not isinstance(given, dict) or ADAPTS not in given:
        return given
    base = str(given[ADAPTS])
    path = CONTRACTS / f"{base}.yaml"
    if not base.replace("-", "").isalpha() or not path.is_file():
        raise fault(called, ADAPTS, f"no contract that comes with Autoclave is called {base}")
    return _adapted(_read(path.read_text(), base), given, called)


def standing_alone(text: str, called: str) -> str:
    """Return a text that says the same without the contract that it adapts.

    A run is judged by it to its end, also after Autoclave's own contracts have changed.

    Raises:
        UsageError: as in `descriptor_of`.
    """
    given = _read(text, called)
    if not isinstance(given, dict) or ADAPTS not in given:
        return text
    return json.dumps(descriptor_of(text, called), ensure_ascii=False, indent=1)


def _read(text: str, called: str) -> Any:
    try:
        # Every scalar stays text: YAML takes N and 012 for something else.
        return yaml.BaseLoader(text).get_single_data()
    except RecursionError as error:
        raise fault(called, "", "it is nested too deeply") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise UsageError(
            f"{called} is neither YAML nor JSON{line}", next_step="correct the file"
        ) from error


def _adapted(base: dict[str, Any], given: dict[str, Any], called: str) -> dict[str, Any]:
    unknown = given.keys() - _OWN - _REPLACED - {"missingValues"}
    if unknown:
        raise fault(called, ADAPTS, f"{min(unknown)} cannot be adapted: write the contract out")
    if given.get("name") in (None, "", base["name"]):
        raise fault(called, ADAPTS, "name is missing: reports tell it from the one it adapts")
    changed, absent = given.get(COLUMNS, {}), given.get(ABSENT, [])
    if not isinstance(changed, dict) or not isinstance(absent, list):
        raise fault(called, COLUMNS, "columns by name, and a list of those that are absent")
    fields = base["schema"]["fields"]
    names = {field["name"] for field in fields}
    for name in (*changed, *absent):
        if name not in names:
            raise fault(called, COLUMNS, f"there is no column {name}")
    schema = {
        **base["schema"],
        "fields": [
            _field(f, changed.get(f["name"], {})) for f in fields if f["name"] not in absent
        ],
    }
    if "missingValues" in given:
        schema["missingValues"] = given["missingValues"]
    rules = {key: [r for r in base.get(key, ()) if not _names(r, absent)] for key in _RULES}
    replaced = {key: given[key] for key in _REPLACED & given.keys()}
    return {**base, **rules, **replaced, "schema": schema}


def _field(field: Mapping[str, Any], changed: Any) -> dict[str, Any]:
    """Return a column with what differs; of its constraints each stays that is not named."""
    told = changed if isinstance(changed, dict) else {"type": changed}
    told = {key: value for key, value in told.items() if key != "name"}
    bounds, more = field.get("constraints", {}), told.get("constraints", {})
    merged = {**bounds, **more} if isinstance(more, dict) else more
    return {**field, **told, **({"constraints": merged} if merged else {})}


def _names(rule: Mapping[str, Any], absent: list[str]) -> bool:
    """Whether a rule speaks of a column that is absent: it can say nothing then."""
    return any(rule.get(key) in absent for key in _NAMING)
