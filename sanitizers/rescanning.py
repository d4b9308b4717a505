"""A re-scan in the box: only the rules that changed, over many contents in one job.

A segment of the vault is given as it lies, with the place of each content in it. Where the changed
rules find nothing, what all others once said stands; where they find something, all are asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custody.box import Content, Emit, Failure, Job, Json, Lane, Program, Reply, Sample
from custody.finding import Finding
from custody.names import from_base64, to_base64
from custody.outcome import NotScanned, Scanned
from custody.wire import decode_finding, encode_finding
from sanitizers import canaries
from sanitizers.engines.interface import Incomplete
from sanitizers.replies import decoded, missed_canary
from sanitizers.rules.loading import load_change
from sanitizers.scanners import yara_rules
from sanitizers.scanners.yara_rules import YaraRules

PROGRAM = "rescan"
SECONDS = 30.0
BYTES_A_SECOND = 20 << 20
Packs = Sequence[tuple[Path, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One content within a job: its place, the type that it was found to have, and its names."""

    offset: int
    size: int
    media_type: str = ""
    names: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the changed rules say of a piece and of its names; a `reason` says why they did not."""

    findings: tuple[Finding, ...] = ()
    names: tuple[tuple[Finding, ...], ...] = ()
    reason: str = ""
    transient: bool = False


def program_of(before: Packs, packs: Packs, cache: Path, engine: str) -> Program:
    """Return the program that runs what changed between two sets of packs."""
    params: dict[str, Json] = {
        "before": [[str(folder), digest] for folder, digest in before],
        "packs": [[str(folder), digest] for folder, digest in packs],
        "cache": str(cache),
        "engine": engine,
    }
    return Program(
        name=PROGRAM,
        factory="sanitizers.rescanning:resident",
        lane=Lane.RESIDENT,
        params=params,
    )


def job_of(content: Content, pieces: Sequence[Piece]) -> Job:
    """Return the job over some pieces of one content."""
    told = [[p.offset, p.size, p.media_type, [to_base64(n) for n in p.names]] for p in pieces]
    size = sum(piece.size * (1 + len(piece.names)) for piece in pieces)
    seconds = SECONDS + size / BYTES_A_SECOND
    return Job(program=PROGRAM, content=content, params={"pieces": told}, seconds=seconds)


def answers_of(reply: Reply, pieces: Sequence[Piece]) -> tuple[Said, ...] | Failure:
    """Return what a job says of each piece.

    Raises:
        CanaryMissedError: the process calls itself blind; nothing that it said may be believed.
    """
    return decoded(reply, lambda value: _answers(value, pieces))


class Rescan:
    """The resident program."""

    def __init__(self, yara: YaraRules, answering: frozenset[str]) -> None:
        """Refuse to start when a canary is not found.

        Raises:
            RulesError: one was not.
        """
        self._yara = yara
        self._answering = answering
        canaries.must_find_all(self._missed())

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return what was found in each piece and under each of its names."""
        del emit
        if missed := self._missed():
            return {"missed": missed}
        view = sample.view()
        return [self._piece(view, piece) for piece in params["pieces"]]

    def _piece(self, view: memoryview, piece: Sequence[Any]) -> Json:
        offset, size, media_type, names = piece
        content = view[offset : offset + size]
        found = self._yara.scan(content)
        if not isinstance(found, Scanned):
            return [found.reason if isinstance(found, NotScanned) else "exempt", [], []]
        about: list[list[Json]] = []
        for name in names:
            said = self._yara.scan_name(content, from_base64(name), media_type)
            if isinstance(said, Incomplete):
                return [f"under a name: {said.reason}", [], []]
            about.append([encode_finding(f) for f in said if f.rule in self._answering])
        findings = [encode_finding(f) for f in found.findings if f.rule in self._answering]
        return ["", findings, about]

    def _missed(self) -> str:
        for content, rule in canaries.CONTENT_RULES:
            found = self._yara.scan(content)
            if not isinstance(found, Scanned) or rule not in {f.rule for f in found.findings}:
                return yara_rules.NAME
        return ""


def resident(params: Mapping[str, Json]) -> Rescan:
    """Make the program: compile the rules that changed, or load them, and try them."""
    before, packs = (
        [(Path(folder), digest) for folder, digest in params[name]] for name in ("before", "packs")
    )
    found = load_change(before, packs, Path(params["cache"]), params["engine"])
    answering = frozenset(f"{namespace}:{rule}" for namespace, rule in found.change.run)
    return Rescan(YaraRules(found.loaded), answering)


def _answers(untrusted_value: Json, pieces: Sequence[Piece]) -> tuple[Said, ...]:
    if isinstance(untrusted_value, dict) and set(untrusted_value) == {"missed"}:
        raise missed_canary()
    if not isinstance(untrusted_value, list) or len(untrusted_value) != len(pieces):
        raise ValueError("expected one answer a piece")
    return tuple(_said(each, piece) for each, piece in zip(untrusted_value, pieces, strict=True))


def _said(untrusted_value: Json, piece: Piece) -> Said:
    if not isinstance(untrusted_value, list) or len(untrusted_value) != 3:
        raise ValueError("expected a reason, findings and names")
    reason, findings, names = untrusted_value
    if not isinstance(reason, str):
        raise TypeError("expected a text")
    if reason:
        return Said(reason=reason[:200])
    if not isinstance(names, list) or len(names) != len(piece.names):
        raise ValueError("expected one answer a name")
    return Said(findings=_findings(findings), names=tuple(_findings(each) for each in names))


def _findings(untrusted_value: Json) -> tuple[Finding, ...]:
    if not isinstance(untrusted_value, list) or len(untrusted_value) > yara_rules.MOST_FINDINGS:
        raise ValueError("expected a list of findings")
    found = tuple(decode_finding(each) for each in untrusted_value)
    if any(finding.scanner != yara_rules.NAME for finding in found):
        raise ValueError("expected findings of rules")
    return found
