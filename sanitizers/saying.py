"""All that is said of a content before it is judged: by scanners, by policy, by its parts."""

from custody.digest import Digest
from custody.outcome import Inspection, Outcome
from custody.verdict import Verdict, judge
from sanitizers.containers.judging import Contents
from sanitizers.policy import Policy, apply

NOTHING_EXPANDED = Contents()


def said_of(
    policy: Policy, digest: Digest, inspection: Inspection, contents: Contents = NOTHING_EXPANDED
) -> tuple[Outcome, ...]:
    """Return the outcomes that a content is judged by; a container that nobody opened says so."""

    def judge_part(part: Inspection, inside: tuple[Outcome, ...]) -> Verdict:
        return judge((*apply(policy, part).outcomes, *inside), policy.required).verdict

    inside = contents.outcomes(digest, inspection, judge_part)
    return (*apply(policy, inspection).outcomes, *inside)
