"""The conclusion about an entry: pure, and never clean by silence.

`judge` starts from failure. It walks from the worst verdict down and returns the first one that
anything asks for; *clean* is what remains only when every required scanner has said that it ran
to its end, with the coverage that policy accepts, and found nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique

from custody.exception import Exceptions
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, NotScanned, Outcome, Scanned, findings_of


@unique
class Verdict(Enum):
    """What is concluded about an entry, worst first: the order is the precedence."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    PROHIBITED = "prohibited"
    ACTIVE = "active"
    INDETERMINATE = "indeterminate"
    CLEAN = "clean"


PRECEDENCE: tuple[Verdict, ...] = tuple(Verdict)

KIND_VERDICTS: dict[FindingKind, Verdict] = {
    FindingKind.ENCRYPTION: Verdict.ENCRYPTED,
    FindingKind.DAMAGE: Verdict.DAMAGED,
    FindingKind.PROHIBITED: Verdict.PROHIBITED,
    FindingKind.ACTIVE: Verdict.ACTIVE,
    FindingKind.UNVERIFIABLE: Verdict.INDETERMINATE,
    # A record that contradicts itself is not believed; its data owner says which part is right.
    FindingKind.RECORD: Verdict.INDETERMINATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """The scanners that policy requires, and the coverage that it accepts of each."""

    scanners: frozenset[str]
    coverages: frozenset[Coverage] = frozenset({Coverage.WHOLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and the reasons for it, most serious first."""

    verdict: Verdict
    reasons: tuple[str, ...]


def judge(
    outcomes: Iterable[Outcome], required: Required, exceptions: Exceptions | None = None
) -> Judgement:
    """Return the verdict that the outcomes, the policy's demands and the exceptions lead to."""
    given = tuple(outcomes)
    allowed = exceptions or Exceptions()
    demands = [*_finding_demands(given, allowed), *_silence_demands(given, required, allowed)]
    if not demands:
        return Judgement(verdict=Verdict.CLEAN, reasons=())
    demands.sort(key=lambda demand: PRECEDENCE.index(demand[0]))
    reasons = tuple(dict.fromkeys(reason for _, reason in demands))
    return Judgement(verdict=demands[0][0], reasons=reasons)


def verdict_of(finding: Finding) -> Verdict | None:
    """Return the verdict that one finding asks for; None when it only informs."""
    if finding.severity is Severity.MALICIOUS:
        return Verdict.MALICIOUS
    if finding.severity is Severity.INFO:
        return None
    return KIND_VERDICTS.get(finding.kind, Verdict.SUSPICIOUS)


def _finding_demands(
    outcomes: tuple[Outcome, ...], exceptions: Exceptions
) -> list[tuple[Verdict, str]]:
    findings = findings_of(outcomes)
    return [
        (verdict, f"{finding.scanner}: {finding.rule}")
        for finding in findings
        if (verdict := verdict_of(finding)) is not None and not exceptions.waive(finding)
    ]


def _silence_demands(
    outcomes: tuple[Outcome, ...], required: Required, exceptions: Exceptions
) -> list[tuple[Verdict, str]]:
    """List what keeps the outcomes from being complete; an empty demand list of policy is one."""
    if not required.scanners:
        return [(Verdict.INDETERMINATE, "policy requires no scanner: nothing can be judged")]
    demands = [
        (Verdict.INDETERMINATE, f"{o.scanner}: {o.reason}")
        for o in outcomes
        if isinstance(o, NotScanned) and not exceptions.excuse(o.scanner)
    ]
    silent = required.scanners - {o.scanner for o in outcomes if _answers(o, required.coverages)}
    missing = sorted(scanner for scanner in silent if not exceptions.excuse(scanner))
    demands.extend((Verdict.INDETERMINATE, f"{name}: no complete outcome") for name in missing)
    if silent == required.scanners:
        # Each exception excuses one scanner; all together they must not make silence clean.
        demands.append((Verdict.INDETERMINATE, "no required scanner looked at all"))
    return demands


def _answers(outcome: Outcome, coverages: frozenset[Coverage]) -> bool:
    match outcome:
        case Scanned():
            return outcome.coverage in coverages
        case Exempt():
            return True
        case NotScanned():
            return False
