"""Which findings a disarmed copy may answer: what is active in a content, and nothing else. Pure.

A content is only disarmed when it would be clean without them. Whatever else stands against it (a
rule, damage, a name, a check that did not end) stays where it is, and holds it. A container whose
bad parts may be left out answers what stands against those, too.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Outcome, Scanned
from sanitizers.containers.unpacked import ARCHIVES
from sanitizers.scanners.active_content import NAME as ACTIVE_CONTENT
from sanitizers.scanners.file_type import NAME as FILE_TYPE

# Records are cut by their own schema, and what a name promises is no part of the content.
_SCANNERS = frozenset({ACTIVE_CONTENT, FILE_TYPE, ARCHIVES})
PROTECTED = "password-protected"
# Words behind the end of a content, and no program: a copy that is written anew has none there.
BEHIND = "trailing-markup"
HOSTILE_NAME = "hostile-name"
# What may stand against parts that are left out. An encrypted one is never: it was attacked, and an
# older copy of the whole has it.
_LEFT_OUT = frozenset(
    {"part-malicious", "part-suspicious", "part-damaged", "part-indeterminate", HOSTILE_NAME}
)
_PROHIBITED = "part-prohibited"
# A scanner and a rule of it.
Rule = tuple[str, str]


def without_active(
    outcomes: Iterable[Outcome], left_out: frozenset[Rule] | None = None
) -> tuple[Outcome, ...] | None:
    """Return what is said of a content but for what a copy would lack; None if nothing is active.

    Beside something active, what could not be judged within the document goes with it: a copy that
    still had it would not be clean. The name of a part that is never let in goes with the part.
    Where parts may be `left_out`, what is against them goes too, and so does what the rules say of
    the whole that they say of parts: the copy is asked again.
    """
    given = tuple(outcomes)
    said = [f for o in given if isinstance(o, Scanned) for f in o.findings]
    if not any(_is_active(f) or (left_out is not None and _is_of_a_part(f)) for f in said):
        return None
    refused = {f.where for f in said if (f.scanner, f.rule) == (ARCHIVES, _PROHIBITED)}
    names = {(ARCHIVES, HOSTILE_NAME, where) for where in refused}

    def goes(finding: Finding) -> bool:
        is_name = (finding.scanner, finding.rule, finding.where) in names
        return is_name or _goes(finding) or _goes_with_a_part(finding, left_out)

    return tuple(_without(outcome, goes) for outcome in given)


def _without(outcome: Outcome, goes: Callable[[Finding], bool]) -> Outcome:
    if not isinstance(outcome, Scanned) or not outcome.findings:
        return outcome
    return replace(outcome, findings=tuple(f for f in outcome.findings if not goes(f)))


def _goes(finding: Finding) -> bool:
    beside = finding.kind is FindingKind.UNVERIFIABLE and finding.rule != PROTECTED
    return _is_active(finding) or (
        beside
        and finding.severity is not Severity.MALICIOUS
        and (finding.scanner == ACTIVE_CONTENT or finding.rule == BEHIND)
    )


def _goes_with_a_part(finding: Finding, left_out: frozenset[Rule] | None) -> bool:
    if left_out is None:
        return False
    is_rule = finding.kind is FindingKind.RULE and finding.scanner != ARCHIVES
    return _is_of_a_part(finding) or (is_rule and (finding.scanner, finding.rule) in left_out)


def _is_of_a_part(finding: Finding) -> bool:
    return finding.scanner == ARCHIVES and finding.rule in _LEFT_OUT


def _is_active(finding: Finding) -> bool:
    return (
        finding.kind is FindingKind.ACTIVE
        and finding.scanner in _SCANNERS
        and finding.severity is Severity.SUSPICIOUS
    )
