"""Archives and mails through the real box: each case comes to the verdict that it has to."""

import os

import pytest

from custody.verdict import Verdict
from pipeline.one_off import judge_files
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.archive_cases import ARCHIVE_CASES
from tests.corpus.containers import CASES as FIRST_CASES

CASES = (*FIRST_CASES, *ARCHIVE_CASES)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every case, judged by one box."""
    folder = tmp_path_factory.mktemp("containers")
    paths = []
    for number, (_, name, content, _, _) in enumerate(CASES):
        place = folder / str(number)
        place.mkdir()
        (place / name).write_bytes(content)
        paths.append(os.fsencode(place / name))
    with open_runtime(Settings(home=folder / "home")) as runtime:
        return [file.judgement for file in judge_files(runtime, paths)]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_container_is_as_good_as_its_worst_member(judged, number):
    """The verdict is the expected one, and its reason says what is wrong."""
    _, _, _, verdict, reason = CASES[number]
    found = judged[number]

    assert Verdict(verdict) is found.verdict, found.reasons
    assert reason in "; ".join(found.reasons)
