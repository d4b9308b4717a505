"""Cases through the real box: inspected, taken apart and judged as entries would be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from custody.digest import digest_of
from custody.outcome import Scanned
from custody.verdict import Verdict, judge
from pipeline.steps.contents import contents_taken
from pipeline.steps.expand import Container, Expander
from sandbox.pool import Pool
from sanitizers.containers.unpacked import has_parts
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.policy_file import read_policy
from sanitizers.rules.built_in import built_in_pack
from sanitizers.saying import said_of
from schemas.record_types import NAME as RECORDS
from tests.corpus.disguises import Disguise

STRICT = read_policy("strict")
# Records are validated beside the scanners, by what knows schemas.
POLICY = replace(STRICT, scanners=STRICT.scanners - {RECORDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one case came to."""

    verdict: Verdict
    rules: frozenset[str]


def judged(cases: Mapping[str, Disguise], home: Path) -> dict[str, Seen]:
    """Return what each case came to under the strict policy and our own rules."""
    inspector = Inspector(
        policy=POLICY, packs=(built_in_pack(),), cache=home / "rules-cache", sandboxed=True
    )
    samples = [
        SampleToInspect(content=case.content, size=len(case.content), names=(case.path,))
        for case in cases.values()
    ]
    with Pool(inspector.programs, workers=2) as pool:
        expander = Expander(
            inspector, pool, keep=lambda *_: None, known=lambda _: False, pause=lambda: None
        )
        answers = zip(cases.items(), inspector.inspect(pool, samples), strict=True)
        return {name: _seen(expander, case, answer) for (name, case), answer in list(answers)}


def _seen(expander: Expander, case: Disguise, answer: Inspected) -> Seen:
    digest, media_type = digest_of(case.content), answer.inspection.media_type
    if has_parts(answer.inspection):
        expander.expand(
            Container(
                digest=digest,
                content=case.content,
                size=len(case.content),
                media_type=media_type,
            )
        )
    inside = contents_taken(expander.taken)
    about_name = names_outcome(answer.name_findings[0])
    outcomes = (*said_of(POLICY, digest, answer.inspection, inside), about_name)
    findings = [f for o in outcomes if isinstance(o, Scanned) for f in o.findings]
    return Seen(
        verdict=judge(outcomes, POLICY.required).verdict,
        rules=frozenset(finding.rule for finding in findings),
    )
