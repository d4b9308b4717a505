"""What holds for every value and every enum of the vocabulary."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import sys
from enum import Enum
from pathlib import Path

import pytest

import custody

MODULES = [
    importlib.import_module(f"custody.{found.name}")
    for found in pkgutil.iter_modules(custody.__path__)
]
CLASSES = [
    cls
    for module in MODULES
    for _, cls in inspect.getmembers(module, inspect.isclass)
    if cls.__module__ == module.__name__
]
VALUES = [cls for cls in CLASSES if dataclasses.is_dataclass(cls)]
ENUMS = [cls for cls in CLASSES if issubclass(cls, Enum)]


@pytest.mark.parametrize("cls", VALUES, ids=lambda c: c.__name__)
def test_every_value_is_frozen_and_slotted(cls):
    """A value between stages cannot be changed, cannot grow, and is made by keyword."""
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in vars(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))


@pytest.mark.parametrize("cls", VALUES, ids=lambda c: c.__name__)
def test_no_value_holds_a_list_or_a_set(cls):
    """Nothing inside a frozen value can be changed in place."""
    mutable = [f.name for f in dataclasses.fields(cls) if str(f.type).startswith(("list", "set"))]

    assert [] == mutable


@pytest.mark.parametrize("cls", ENUMS, ids=lambda c: c.__name__)
def test_every_enum_has_distinct_values(cls):
    """No two members share a value, so none is a silent alias."""
    assert len(cls.__members__) == len({member.value for member in cls})


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_the_vocabulary_needs_only_itself_and_the_standard_library(module):
    """No module imports anything else, not even inside a function."""
    tree = ast.parse(Path(module.__file__).read_text())
    names = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}

    assert {name.split(".")[0] for name in names} <= {"custody", *sys.stdlib_module_names}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_the_vocabulary_does_no_input_or_output(module):
    """No module opens, prints, starts or asks the clock."""
    tree = ast.parse(Path(module.__file__).read_text())
    called = {
        n.func.id if isinstance(n.func, ast.Name) else n.func.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name | ast.Attribute)
    }

    assert called.isdisjoint({"open", "print", "now", "utcnow", "urandom", "getenv", "system"})
