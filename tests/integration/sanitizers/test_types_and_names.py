"""Every confusion of types and names in the corpus, through the real box and the strict policy."""

from dataclasses import dataclass

import pytest

from custody.outcome import Scanned
from custody.verdict import Verdict, judge
from sandbox.pool import Pool
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.policy import apply
from sanitizers.policy_file import read_policy
from sanitizers.rules.built_in import built_in_pack
from tests.corpus.disguises import NAMES, TYPES

POLICY = read_policy("strict")
CASES = TYPES | NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one case came to."""

    verdict: Verdict
    rules: frozenset[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """All cases, inspected together in a locked box as an entry of their name would be."""
    inspector = Inspector(
        policy=POLICY,
        packs=(built_in_pack(),),
        cache=tmp_path_factory.mktemp("home") / "rules-cache",
        sandboxed=True,
    )
    samples = [
        SampleToInspect(content=case.content, size=len(case.content), names=(case.path,))
        for case in CASES.values()
    ]
    with Pool(inspector.programs, workers=2) as pool:
        answers = list(inspector.inspect(pool, samples))
    return {name: _seen(answer) for name, answer in zip(CASES, answers, strict=True)}


def _seen(answer: Inspected) -> Seen:
    about_name = names_outcome(answer.name_findings[0])
    outcomes = (*apply(POLICY, answer.inspection).outcomes, about_name)
    findings = [f for o in outcomes if isinstance(o, Scanned) for f in o.findings]
    return Seen(
        verdict=judge(outcomes, POLICY.required).verdict,
        rules=frozenset(finding.rule for finding in findings),
    )


@pytest.mark.parametrize("name", CASES)
def test_each_disguise_gets_its_verdict_and_its_reason(name: str, seen: dict[str, Seen]) -> None:
    """What the table says of a file is what the box says, and a rule of the right name says why."""
    case = CASES[name]
    assert (case.verdict, case.rule) == (
        seen[name].verdict,
        case.rule if case.rule in seen[name].rules else "",
    ), sorted(seen[name].rules)
