"""The measures of the house: file and function sizes, handlers, and reasons for exceptions."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# The sandbox boundary and the command line's entry.
BROAD_HANDLERS = {"sandbox/boundary.py", "cli/main.py"}


def code_files() -> list[Path]:
    """Every module of every package."""
    packages = (p.parent for p in ROOT.glob("*/__init__.py"))
    return sorted(f for package in packages for f in package.rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones too."""
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", code_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_and_no_function_is_too_long(path):
    """A file has at most 400 lines, a function at most 50."""
    text = path.read_text()
    too_long = [
        f"{f.name} ({f.end_lineno - f.lineno + 1})"
        for f in functions(ast.parse(text))
        if f.end_lineno is not None and f.end_lineno - f.lineno >= LONGEST_FUNCTION
    ]

    assert text.count("\n") <= LONGEST_FILE
    assert [] == too_long


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_file_of_tests_is_too_long(path):
    """Tests are read as often as the code: the same ceiling holds for them."""
    assert path.read_text().count("\n") <= LONGEST_FILE


@pytest.mark.parametrize("path", code_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path):
    """Every module has a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text())) is not None


def test_broad_handlers_stand_in_two_places_only():
    """Only the sandbox boundary and the command line's entry catch everything."""
    broad = set()
    for path in code_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (
                    isinstance(node.type, ast.Name)
                    and node.type.id in {"Exception", "BaseException"}
                )
            ):
                broad.add(str(path.relative_to(ROOT)))

    assert broad <= BROAD_HANDLERS


def test_the_median_function_is_short():
    """Half of all functions have at most twelve lines."""
    lengths = [
        (f.end_lineno or f.lineno) - f.lineno + 1
        for path in code_files()
        for f in functions(ast.parse(path.read_text()))
    ]

    assert statistics.median(lengths) <= 12
