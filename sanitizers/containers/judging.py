"""What the parts of a container mean for the container: it is no cleaner than any of them.

The judgement is made anew each time, from what scanners said of each part, so that a policy that
changes finds the parts as it finds the whole. A container that was not taken apart, or not to its
end, is never silent about it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from custody.digest import Digest
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Exempt, Inspection, NotScanned, Outcome, Scanned
from custody.verdict import Verdict
from sanitizers.containers.unpacked import ARCHIVES, has_parts
from sanitizers.limits import DEFAULT_LIMITS

VERSION = "6"
MOST_OF_A_RULE = 20
# What policy never lets in, or what is active, goes when the container is rebuilt without it.
_KINDS: Mapping[Verdict, FindingKind] = {
    Verdict.MALICIOUS: FindingKind.RULE,
    Verdict.SUSPICIOUS: FindingKind.RULE,
    Verdict.ENCRYPTED: FindingKind.ENCRYPTION,
    Verdict.DAMAGED: FindingKind.DAMAGE,
    Verdict.PROHIBITED: FindingKind.ACTIVE,
    Verdict.ACTIVE: FindingKind.ACTIVE,
    Verdict.INDETERMINATE: FindingKind.UNVERIFIABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a container.

    `refusal` says what stands against it, whatever it holds: a code, and perhaps ": " and more.
    """

    ordinal: int
    digest: Digest | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A container that was taken apart; `fault` says why not to its end."""

    parts: tuple[Part, ...] = ()
    fault: str = ""


NO_CONTAINER = Exempt(scanner=ARCHIVES, evidence="no container")
Outcomes = tuple[Outcome, ...]
JudgePart = Callable[[Inspection, Outcomes], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is known of containers and of their parts, for any number of containers.

    `sizes` are those of the parts' contents, in bytes; the bounds are those of one container at a
    source with all that lies in it.
    """

    expanded: Mapping[Digest, Expanded] = field(default_factory=dict)
    inspections: Mapping[Digest, Inspection] = field(default_factory=dict)
    sizes: Mapping[Digest, int] = field(default_factory=dict)
    most_depth: int = DEFAULT_LIMITS.most_depth
    most_parts: int = DEFAULT_LIMITS.most_parts
    most_bytes: int = DEFAULT_LIMITS.most_expanded_bytes

    def outcomes(self, digest: Digest, said: Inspection, judge_part: JudgePart) -> Outcomes:
        """Return what the parts of a content say of it; exempt is what can have none."""
        inside = _Walk(self, judge_part).outcomes(digest, said, depth=1)
        fault = self.too_much(digest)
        return (*inside, *_unjudged(fault)) if fault else inside

    def rules_inside(self, digest: Digest) -> frozenset[tuple[str, str]]:
        """Return the rules, each with its scanner, that speak of any part of a content."""
        found: set[tuple[str, str]] = set()
        seen, level = {digest}, {digest}
        while level:
            below = {p.digest for d in level if d in self.expanded for p in self.expanded[d].parts}
            level = {part for part in below if part is not None} - seen
            seen |= level
            for part in level & self.inspections.keys():
                said = self.inspections[part].findings
                found |= {(f.scanner, f.rule) for f in said if f.kind is FindingKind.RULE}
        return frozenset(found)

    def too_much(self, root: Digest) -> str:
        """Return which bound a container exceeds for whoever extracts it; empty if none.

        What stands in it twice counts twice: a small archive of many equal archives of many equal
        archives is a bomb, though little in it is distinct and none of it took long to look at.
        """
        level = Counter([root])
        parts = size = 0
        for _ in range(self.most_depth):
            below: Counter[Digest] = Counter()
            for container, times in level.items():
                for part in self.expanded.get(container, Expanded()).parts:
                    parts += times
                    if part.digest is not None:
                        below[part.digest] += times
                        size += times * self.sizes.get(part.digest, 0)
            if parts > self.most_parts:
                return f"limit: extracted, it comes to more than {self.most_parts} parts"
            if size > self.most_bytes:
                return f"limit: extracted, it comes to more than {self.most_bytes} bytes"
            level = below
        return ""


class _Walk:
    """One judgement of one container: each part is judged once a depth, however often it occurs."""

    def __init__(self, contents: Contents, judge_part: JudgePart) -> None:
        self._contents = contents
        self._judge_part = judge_part
        self._verdicts: dict[tuple[Digest, int], Verdict] = {}

    def outcomes(self, digest: Digest, said: Inspection, *, depth: int) -> Outcomes:
        if not has_parts(said):
            return (NO_CONTAINER,)
        if depth > self._contents.most_depth:
            return _unjudged(f"deeper than {self._contents.most_depth} containers")
        known = self._contents.expanded.get(digest)
        if known is None:
            return _unjudged("not taken apart")
        looked = Scanned(
            scanner=ARCHIVES, version=VERSION, findings=tuple(self._findings(known, depth))
        )
        return (looked, *_unjudged(known.fault)) if known.fault else (looked,)

    def _findings(self, known: Expanded, depth: int) -> Iterator[Finding]:
        """Yield what stands against the parts, of each rule the first few."""
        counts: Counter[str] = Counter()
        for part in known.parts:
            for finding in self._against(part, depth):
                counts[finding.rule] += 1
                if counts[finding.rule] <= MOST_OF_A_RULE:
                    yield finding

    def _against(self, part: Part, depth: int) -> Iterator[Finding]:
        if part.refusal:
            code, _, detail = part.refusal.partition(": ")
            yield _finding(code, FindingKind.UNVERIFIABLE, part.ordinal, detail=detail)
        if part.digest is None:
            return
        verdict = self._verdict(part.digest, depth)
        if verdict is not Verdict.CLEAN:
            severe = verdict is Verdict.MALICIOUS
            severity = Severity.MALICIOUS if severe else Severity.SUSPICIOUS
            yield _finding(f"part-{verdict.value}", _KINDS[verdict], part.ordinal, severity)

    def _verdict(self, digest: Digest, depth: int) -> Verdict:
        key = digest, depth
        if key not in self._verdicts:
            self._verdicts[key] = self._judged(digest, depth)
        return self._verdicts[key]

    def _judged(self, digest: Digest, depth: int) -> Verdict:
        inspection = self._contents.inspections.get(digest)
        if inspection is None:
            return Verdict.INDETERMINATE
        inside = self.outcomes(digest, inspection, depth=depth + 1)
        return self._judge_part(inspection, inside)


def _unjudged(reason: str) -> Outcomes:
    return (NotScanned(scanner=ARCHIVES, reason=reason),)


def _finding(
    rule: str,
    kind: FindingKind,
    ordinal: int,
    severity: Severity = Severity.SUSPICIOUS,
    detail: str = "",
) -> Finding:
    where = f"part {ordinal}"
    return Finding(
        scanner=ARCHIVES, rule=rule, kind=kind, severity=severity, where=where, detail=detail
    )
