"""What sets say of a content and its names, put beside what scanners say. Bytes are only hashed.

A known-good set makes the rules of YARA exempt where they do not call the content malicious; what
they call malicious stands, and the contradiction is shown. Every other check counts as ever.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from custody.box import Content
from custody.digest import Digest
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Exempt, Inspection, NotScanned, Outcome, Scanned
from custody.verdict import verdict_of
from sanitizers.known.iocs import Indicators
from sanitizers.naming.observation import SCANNER as NAMES
from sanitizers.scanners.yara_rules import NAME as YARA

SCANNER = "known_contents"
VERSION = "1"
MOST_NAMED = 5
PIECE = 1 << 20


class Digests(Protocol):
    """Digests that can be asked for."""

    def __contains__(self, digest: Digest) -> bool:
        """Whether a digest is among them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodSet:
    """Known-good digests; `told` is their source and dates, in words; `until` is their end."""

    name: str
    digest: Digest
    told: str
    digests: Digests
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IocSet:
    """Indicators; `told` is their source, and what their TLP lets us say."""

    name: str
    digest: Digest
    told: str
    indicators: Indicators


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContents:
    """All sets in force."""

    good: tuple[GoodSet, ...] = ()
    iocs: tuple[IocSet, ...] = ()

    @property
    def version(self) -> str:
        """Changes with every set; empty when there is none."""
        sets = [f"goodware/{each.name}={each.digest}" for each in self.good]
        sets += [f"ioc/{each.name}={each.digest}" for each in self.iocs]
        return " ".join((VERSION, *sets)) if sets else ""

    def said_of(self, content: Content, inspection: Inspection) -> Inspection:
        """Return an inspection with what the sets say of the content."""
        if not self.good and not self.iocs:
            return inspection
        hashes = hashes_of(content, {"sha256", *(k for s in self.iocs for k in s.indicators.kinds)})
        good = [each for each in self.good if Digest(hashes["sha256"]) in each.digests]
        outcomes = tuple(_settled(outcome, good) for outcome in inspection.outcomes)
        findings = (*self._warned(hashes), *(_vouched(each) for each in good))
        own = Scanned(scanner=SCANNER, version=VERSION, findings=findings)
        return replace(inspection, outcomes=(*outcomes, own))

    def said_of_name(self, path: bytes) -> tuple[Finding, ...]:
        """Return what the indicators say of a name."""
        return tuple(
            Finding(
                scanner=NAMES,
                rule=f"ioc/{each.name}",
                kind=FindingKind.NAME,
                severity=Severity.SUSPICIOUS,
                detail=each.told,
            )
            for each in self.iocs
            if each.indicators.name(path)
        )

    def _warned(self, hashes: dict[str, str]) -> Iterator[Finding]:
        for each in self.iocs:
            if not each.indicators.hashes.isdisjoint(hashes.values()):
                yield Finding(
                    scanner=SCANNER,
                    rule=f"ioc/{each.name}",
                    kind=FindingKind.RULE,
                    severity=Severity.MALICIOUS,
                    detail=each.told,
                )


def hashes_of(content: Content, kinds: set[str]) -> dict[str, str]:
    """Return the hashes of a content; nothing is interpreted, and an open file is read in place."""
    hashes = {kind: hashlib.new(kind, usedforsecurity=False) for kind in sorted(kinds)}
    for piece in pieces(content):
        for each in hashes.values():
            each.update(piece)
    return {kind: each.hexdigest() for kind, each in hashes.items()}


def pieces(content: Content) -> Iterator[bytes]:
    """Yield a content piece by piece, without moving an open file's position."""
    if isinstance(content, bytes):
        yield content
        return
    at, end = content.offset, content.offset + content.length
    while piece := os.pread(content.descriptor, min(PIECE, end - at), at):
        at += len(piece)
        yield piece


def _settled(outcome: Outcome, good: list[GoodSet]) -> Outcome:
    """Return what the rules' outcome counts as when a set vouches for the content."""
    if outcome.scanner != YARA or not good or isinstance(outcome, Exempt):
        return outcome
    evidence = f"known-good set {good[0].name}, {good[0].told}"
    if isinstance(outcome, NotScanned):
        told = f"{evidence}; not scanned: {outcome.reason}"
        return outcome if outcome.transient else Exempt(scanner=YARA, evidence=told)
    if any(f.severity is Severity.MALICIOUS for f in outcome.findings):
        return outcome
    aside = [f.rule for f in outcome.findings if verdict_of(f) is not None]
    more = f" and {len(aside) - MOST_NAMED} more" if len(aside) > MOST_NAMED else ""
    named = f"; set aside: {', '.join(aside[:MOST_NAMED])}{more}" if aside else ""
    return Exempt(scanner=YARA, evidence=f"{evidence}{named}")


def _vouched(good: GoodSet) -> Finding:
    return Finding(
        scanner=SCANNER,
        rule=f"goodware/{good.name}",
        kind=FindingKind.RULE,
        severity=Severity.INFO,
        detail=good.told,
    )


NOTHING_KNOWN = KnownContents()
