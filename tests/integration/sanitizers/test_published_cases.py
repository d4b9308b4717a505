"""The published cases by number, through the real box and the strict policy: none is left out."""

import ast
import re
from pathlib import Path

import pytest

from tests.corpus.judged import Seen, judged
from tests.corpus.published import ELSEWHERE, FILES, NOT_MADE

TESTS = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """All files, inspected together."""
    return judged(FILES, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", FILES)
def test_each_file_gets_its_verdict_and_its_reason(name: str, seen: dict[str, Seen]) -> None:
    """What the list asks for is what the box says, and a rule of the right name says why."""
    case = FILES[name]
    assert (case.verdict, case.rule) == (
        seen[name].verdict,
        case.rule if case.rule in seen[name].rules else "",
    ), sorted(seen[name].rules)


def test_no_number_is_left_out() -> None:
    """Each of the 117 is a file here, a test elsewhere, or told as not made."""
    files = {int(re.match(r"\d+", name)[0]) for name in FILES}  # type: ignore[index]
    assert files | set(ELSEWHERE) | NOT_MADE == set(range(1, 118))


@pytest.mark.parametrize("number", ELSEWHERE)
def test_what_covers_a_case_elsewhere_is_there(number: int) -> None:
    """A test that is named here exists under this name."""
    place, _, name = ELSEWHERE[number].partition("::")
    tree = ast.parse((TESTS / place).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
