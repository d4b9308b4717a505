"""Every confusion of types and names in the corpus, through the real box and the strict policy."""

import pytest

from tests.corpus.disguises import NAMES, TYPES
from tests.corpus.judged import Seen, judged

CASES = TYPES | NAMES


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """All cases, inspected together in a locked box as an entry of their name would be."""
    return judged(CASES, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", CASES)
def test_each_disguise_gets_its_verdict_and_its_reason(name: str, seen: dict[str, Seen]) -> None:
    """What the table says of a file is what the box says, and a rule of the right name says why."""
    case = CASES[name]
    assert (case.verdict, case.rule) == (
        seen[name].verdict,
        case.rule if case.rule in seen[name].rules else "",
    ), sorted(seen[name].rules)
