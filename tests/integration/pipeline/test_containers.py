"""Archives and mails through the real box: each case comes to the verdict that it has to."""

import pytest

from tests.corpus.archive_cases import ARCHIVE_CASES
from tests.corpus.containers import CASES as FIRST_CASES
from tests.corpus.judged_files import check_case, judge_cases
from tests.corpus.rar_cases import RAR_CASES

CASES = (*FIRST_CASES, *ARCHIVE_CASES, *RAR_CASES)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every case, judged by one box."""
    return judge_cases(tmp_path_factory.mktemp("containers"), CASES)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_container_is_as_good_as_its_worst_member(judged, number):
    """The verdict is the expected one, and its reason says what is wrong."""
    check_case(CASES[number], judged[number])
