"""A package that the import rules, the types or the wheel do not name would escape them."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def packages() -> list[str]:
    """The folders at the root that hold code."""
    return sorted(p.parent.name for p in ROOT.glob("*/__init__.py"))


@pytest.mark.parametrize(
    "listed",
    [
        CONFIG["importlinter"]["root_packages"],
        CONFIG["mypy"]["packages"],
        CONFIG["hatch"]["build"]["targets"]["wheel"]["packages"],
    ],
    ids=["import-linter", "mypy", "wheel"],
)
def test_every_package_is_under_the_rules(listed):
    """The folders that hold code are exactly the packages that each tool is told of."""
    assert packages() == sorted(listed)


def test_every_layer_is_a_package():
    """The layers contract names every package once."""
    layers = CONFIG["importlinter"]["contracts"][0]["layers"]
    named = [name.strip() for layer in layers for name in layer.split("|")]

    assert packages() == sorted(named)


def test_the_cycle_contract_names_every_package():
    """No package may hide an import cycle."""
    cycles = next(c for c in CONFIG["importlinter"]["contracts"] if c["type"] == "acyclic_siblings")

    assert packages() == sorted(cycles["ancestors"])
