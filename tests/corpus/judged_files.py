"""Cases as files that a person names: judged one by one through the real box, as `inspect` does."""

import os
from collections.abc import Sequence
from pathlib import Path

from custody.verdict import Judgement, Verdict
from pipeline.one_off import judge_files
from pipeline.settings import Settings
from pipeline.wiring import open_runtime

# Its label, its file name, its content, the expected verdict, and words of the reason for it.
Case = tuple[str, str, bytes, str, str]


def judge_cases(folder: Path, cases: Sequence[Case]) -> list[Judgement]:
    """Write every case into a folder of its own, and judge them by one box."""
    paths = []
    for number, (_, name, content, _, _) in enumerate(cases):
        place = folder / str(number)
        place.mkdir()
        (place / name).write_bytes(content)
        paths.append(os.fsencode(place / name))
    with open_runtime(Settings(home=folder / "home")) as runtime:
        return [file.judgement for file in judge_files(runtime, paths)]


def check_case(case: Case, found: Judgement) -> None:
    """Check that a verdict is the expected one, and that its reason says what is wrong."""
    _, _, _, verdict, reason = case
    assert Verdict(verdict) is found.verdict, found.reasons
    assert reason in "; ".join(found.reasons)
