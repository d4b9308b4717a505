from collections import deque
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from custody.box import Answer, Failure, FailureCode, Lane, Reply
from custody.errors import CanaryMissedError
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Inspection, NotScanned, Scanned
from custody.verdict import Verdict, judge
from custody.wire import encode_finding, encode_inspection
from sanitizers.containers.judging import NO_CONTAINER
from sanitizers.containers.unpacked import ARCHIVES
from sanitizers.inspection import (
    FORKED_SCANNERS,
    RESIDENT_SCANNERS,
    ROUND_SAMPLES,
    Inspected,
    Inspector,
    SampleToInspect,
)
from sanitizers.names import names_outcome
from sanitizers.policy_file import read_policy
from sanitizers.replies import MOST_NAMES
from sanitizers.rules.built_in import built_in_pack
from schemas.judging import NO_RECORDS
from tests.corpus.boxes import ScriptedBox, factory_of

INSPECTOR = Inspector(
    policy=read_policy("strict"),
    packs=(built_in_pack(),),
    cache=Path("cache"),
    sandboxed=True,
)
ODD = Finding(scanner="names", rule="odd", kind=FindingKind.NAME, severity=Severity.INFO)


def said(*scanners: str, media_type: str = "text/plain") -> dict[str, Any]:
    """Return an inspection in which these scanners found nothing."""
    outcomes = tuple(
        Scanned(scanner=name, version="1", coverage=Coverage.WHOLE) for name in scanners
    )
    return encode_inspection(Inspection(media_type=media_type, outcomes=outcomes))


def resident(
    *, names: int = 0, forked: bool = False, scanners: tuple[str, ...] = RESIDENT_SCANNERS
) -> Answer:
    """Return the resident program's reply about harmless content."""
    found = [[encode_finding(ODD)] for _ in range(names)]
    value = {"inspection": said(*scanners), "names": found, "forked": forked}
    return Answer(untrusted_value=value)


def forked(*, media_type: str = "application/pdf") -> Answer:
    """Return the forked program's reply about harmless content."""
    return Answer(untrusted_value=said(*FORKED_SCANNERS, media_type=media_type))


def sample(*names: bytes) -> SampleToInspect:
    """Return a small sample with some names."""
    return SampleToInspect(content=b"content", size=7, names=names)


def inspect(samples: list[SampleToInspect], *replies: Reply) -> list[Inspected]:
    """Return what is made of replies that were written down."""
    return list(INSPECTOR.inspect(ScriptedBox(deque(replies)), samples))


def verdict(inspected: Inspected) -> Verdict:
    """Return the verdict over the content, which is no container and holds no records."""
    outcomes = (*inspected.inspection.outcomes, NO_CONTAINER, NO_RECORDS)
    return judge(outcomes, INSPECTOR.required).verdict


def test_the_programs_are_one_for_each_lane_and_can_be_made() -> None:
    """The box gets a resident and a forked program whose factories exist."""
    lanes = {program.lane for program in INSPECTOR.programs}
    assert lanes == {Lane.RESIDENT, Lane.FORKED}
    for program in INSPECTOR.programs:
        module, function = factory_of(program)
        assert callable(getattr(import_module(module), function))


def test_the_profile_names_everything_that_judges() -> None:
    """Scanners, rule packs, limits and the lock are in the profile; a change of one changes it."""
    profile = INSPECTOR.profile
    assert set(profile.scanners) == {*RESIDENT_SCANNERS, ARCHIVES, "disarm"}
    assert "yara-x" in profile.scanners["yara_rules"]
    assert profile.rule_packs == {"autoclave": built_in_pack().digest}
    others = (
        replace(INSPECTOR, sandboxed=False),
        replace(INSPECTOR, packs=()),
        replace(INSPECTOR, engine="yara-python"),
        replace(INSPECTOR, beside={"records": "1"}),
        replace(INSPECTOR, limits=replace(INSPECTOR.limits, most_depth=1)),
    )
    assert len({profile.digest, *(other.profile.digest for other in others)}) == 6


def test_harmless_text_is_clean() -> None:
    """One resident reply in which every scanner found nothing is enough for text."""
    (inspected,) = inspect([sample(b"a.txt")], resident(names=1))
    assert verdict(inspected) is Verdict.CLEAN
    assert inspected.name_findings == ((ODD,),)


def test_a_type_for_native_parsers_goes_through_both_lanes() -> None:
    """What the resident lane leaves over comes from the forked one, with the type it settles on."""
    rules_only = resident(forked=True, scanners=("yara_rules",))
    (inspected,) = inspect([sample()], rules_only, forked())
    assert inspected.inspection.media_type == "application/pdf"
    assert verdict(inspected) is Verdict.CLEAN


def test_answers_come_in_the_order_of_the_samples() -> None:
    """Mixed lanes do not change the order, and every sample has exactly one answer."""
    samples = [sample(b"%d" % number) for number in range(4)]
    rules_only = ("yara_rules",)
    replies = [
        resident(names=1, forked=True, scanners=rules_only),
        resident(names=1),
        resident(names=1, forked=True, scanners=rules_only),
        resident(names=1),
        forked(media_type="application/a"),
        forked(media_type="application/c"),
    ]
    types = [each.inspection.media_type for each in inspect(samples, *replies)]
    assert types == ["application/a", "text/plain", "application/c", "text/plain"]


def test_rounds_hand_on_many_samples() -> None:
    """More samples than a round holds are all answered, and an empty list asks nothing."""
    count = 2 * ROUND_SAMPLES + 3
    assert len(inspect([sample()] * count, *[resident()] * count)) == count
    assert inspect([]) == []


@pytest.mark.parametrize("code", list(FailureCode))
def test_a_failed_resident_job_is_indeterminate(code: FailureCode) -> None:
    """Whatever befalls a worker, the sample is not judged; only machine trouble is transient."""
    (inspected,) = inspect([sample(b"a")], Failure(code=code))
    outcomes = inspected.inspection.outcomes
    assert verdict(inspected) is Verdict.INDETERMINATE
    assert {outcome.scanner for outcome in outcomes} == set(RESIDENT_SCANNERS)
    assert inspected.inspection.cacheable is (code is not FailureCode.MACHINE)
    (about_name,) = inspected.name_findings
    asked_again = about_name is None
    assert asked_again is (code is FailureCode.MACHINE)
    assert asked_again or [f.rule for f in about_name or ()] == ["name-not-judged"]


@pytest.mark.parametrize("code", list(FailureCode))
def test_a_failed_forked_job_is_indeterminate(code: FailureCode) -> None:
    """What the resident lane said stands, and the rest is not scanned for a named reason."""
    rules_only = resident(forked=True, scanners=("yara_rules",))
    (inspected,) = inspect([sample()], rules_only, Failure(code=code, detail="signal 11"))
    reasons = {o.reason for o in inspected.inspection.outcomes if isinstance(o, NotScanned)}
    assert verdict(inspected) is Verdict.INDETERMINATE
    assert reasons == {f"{code.value}: signal 11"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "clean",
        {},
        {"inspection": None, "names": [], "forked": False},
        {"inspection": said(*RESIDENT_SCANNERS), "names": [], "forked": False, "more": 1},
        {"inspection": said(*RESIDENT_SCANNERS), "names": [[]], "forked": False},
        {"inspection": said(*RESIDENT_SCANNERS), "names": {}, "forked": False},
        {"inspection": said(*RESIDENT_SCANNERS), "names": [[1]], "forked": False},
        {"inspection": said(*RESIDENT_SCANNERS), "names": [[]] * 99, "forked": False},
        {"missed": "x", "names": []},
    ],
)
def test_a_reply_of_another_shape_is_forged(value: Any) -> None:
    """A taken-over worker gets nothing clean by answering something else."""
    (inspected,) = inspect([sample()], Answer(untrusted_value=value))
    assert verdict(inspected) is Verdict.INDETERMINATE
    assert inspected.inspection.media_type == ""


def test_a_scanner_that_is_left_out_has_not_scanned() -> None:
    """A reply without one of the lane's scanners says so by name."""
    (inspected,) = inspect([sample()], resident(scanners=RESIDENT_SCANNERS[1:]))
    missing = [o for o in inspected.inspection.outcomes if isinstance(o, NotScanned)]
    assert [outcome.scanner for outcome in missing] == [RESIDENT_SCANNERS[0]]
    assert verdict(inspected) is Verdict.INDETERMINATE


def test_a_scanner_that_is_not_of_the_lane_is_not_heard() -> None:
    """The forked lane cannot speak for the rules."""
    everything = Answer(untrusted_value=said(*RESIDENT_SCANNERS))
    (inspected,) = inspect([sample()], resident(forked=True, scanners=()), everything)
    assert verdict(inspected) is Verdict.INDETERMINATE


def test_many_names_are_asked_in_further_jobs() -> None:
    """Names beyond the bound of a job are asked for alone, in order, none lost."""
    names = [b"%d.txt" % number for number in range(2 * MOST_NAMES + 1)]
    box = ScriptedBox(
        deque([resident(names=n, scanners=s) for n, s in ((MOST_NAMES, RESIDENT_SCANNERS),)])
    )
    box.replies += [resident(names=MOST_NAMES, scanners=()), resident(names=1, scanners=())]
    (inspected,) = INSPECTOR.inspect(box, [sample(*names)])
    assert [job.params["only_names"] for job in box.asked] == [False, True, True]
    assert len(inspected.name_findings) == len(names)
    assert verdict(inspected) is Verdict.CLEAN


def test_a_failed_job_for_names_alone_holds_those_names() -> None:
    """Names that were not looked at are not clean; the content, and its other names, may be."""
    names = [b"%d.txt" % number for number in range(MOST_NAMES + 2)]
    lost = Failure(code=FailureCode.TIMED_OUT)
    (inspected,) = inspect([sample(*names)], resident(names=MOST_NAMES), lost)
    assert verdict(inspected) is Verdict.CLEAN
    content = (*inspected.inspection.outcomes, NO_CONTAINER, NO_RECORDS)
    verdicts = [
        judge((*content, names_outcome(each)), INSPECTOR.required).verdict
        for each in inspected.name_findings
    ]
    assert verdicts == [Verdict.CLEAN] * MOST_NAMES + [Verdict.INDETERMINATE] * 2


def test_a_scanner_that_says_two_things_has_not_scanned() -> None:
    """What cannot be kept as one answer is none; it costs the sample a hold, and not the run."""
    (inspected,) = inspect([sample()], resident(scanners=(*RESIDENT_SCANNERS, "yara_rules")))
    scanners = [outcome.scanner for outcome in inspected.inspection.outcomes]
    assert sorted(scanners) == sorted(RESIDENT_SCANNERS)
    assert verdict(inspected) is Verdict.INDETERMINATE


def test_a_missed_canary_ends_the_inspection() -> None:
    """A blind worker voids what it said, so nothing more of the shard is handed on."""
    with pytest.raises(CanaryMissedError, match="canary") as caught:
        inspect([sample()], Answer(untrusted_value={"missed": "yara_rules"}))
    assert caught.value.next_step


def test_large_samples_have_more_time() -> None:
    """The deadline grows with the size of the sample and with its names."""
    box = ScriptedBox(deque())
    large = SampleToInspect(content=b"", size=200 << 20, names=(b"a",))
    list(INSPECTOR.inspect(box, [sample(), large]))
    small_job, large_job = box.asked
    assert 30 < small_job.seconds < 31
    assert large_job.seconds == 50
