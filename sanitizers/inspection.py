"""Inspection: what the box is asked about a sample, and what is made of its unchecked replies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from custody.box import Box, Content, Failure, FailureCode, Job, Json, Lane, Program, Reply
from custody.finding import Finding
from custody.names import to_base64
from custody.outcome import Inspection, Outcome
from custody.profile import Profile
from custody.verdict import Required
from sanitizers.antivirus import judging as antivirus
from sanitizers.antivirus.judging import Antivirus, Questions
from sanitizers.containers import expanding, judging
from sanitizers.containers.libarchive import libarchive_version
from sanitizers.containers.outlook_store import libpff_version
from sanitizers.containers.unpacked import ARCHIVES
from sanitizers.disarming import making
from sanitizers.disarming import registry as disarming
from sanitizers.disarming.rebuilding import asking as rebuilding
from sanitizers.engines.registry import DEFAULT_ENGINE, engine_version
from sanitizers.known import contents as known
from sanitizers.known.contents import NOTHING_KNOWN, KnownContents
from sanitizers.limits import DEFAULT_LIMITS, Limits
from sanitizers.naming.observation import unjudged
from sanitizers.policy import Policy
from sanitizers.registry import BUILT_IN
from sanitizers.replies import MOST_NAMES, Report, keep, not_scanned, read_inspection, read_report
from sanitizers.rules.pack import InstalledPack
from sanitizers.scanners import yara_rules

RESIDENT_PROGRAM = "inspect"
FORKED_PROGRAM = "examine"
ROUND_SAMPLES = 256
ROUND_BYTES = 64 * 1024 * 1024
SECONDS = 30.0
FORKED_SCANNERS = tuple(scanner.name for scanner in BUILT_IN)
RESIDENT_SCANNERS = (yara_rules.NAME, *FORKED_SCANNERS)
BYTES_A_SECOND = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleToInspect:
    """An artefact and every name that it has; an open file stays open until its answer is out."""

    content: Content
    size: int
    names: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was found in the content, and beside it what was found for each name, in their order.

    None stands for a name that trouble of the machine kept from being judged: it is asked again.
    """

    inspection: Inspection
    name_findings: tuple[tuple[Finding, ...] | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """All scanners of one policy and one set of rule packs, ready to be run in a box.

    `cache` is a private folder for compiled rules. `sandboxed` goes into the profile: what an
    unlocked box says is never mistaken for what a locked one said. `beside` names the versions of
    what looks at the same contents and is none of ours, `programs_beside` is what that runs in the
    box. `passwords_code` stands for the passwords that archives are tried with. `known` contents
    and names, and what the site's `antivirus` says, are judged beside the box.
    """

    policy: Policy
    packs: tuple[InstalledPack, ...]
    cache: Path
    limits: Limits = field(default_factory=lambda: DEFAULT_LIMITS)
    sandboxed: bool
    engine: str = DEFAULT_ENGINE
    beside: Mapping[str, str] = field(default_factory=dict)
    programs_beside: tuple[Program, ...] = ()
    passwords: tuple[str, ...] = field(default=(), repr=False)
    passwords_code: str = ""
    known: KnownContents = NOTHING_KNOWN
    antivirus: Antivirus | None = None

    @property
    def programs(self) -> tuple[Program, ...]:
        """Return what the box has to prepare."""
        limits = dict(self.limits.encode())
        packs = [[str(pack.folder), pack.digest] for pack in self.packs]
        rules: dict[str, Json] = {
            "packs": packs,
            "cache": str(self.cache),
            "engine": self.engine,
            "limits": limits,
        }
        return (
            Program(
                name=RESIDENT_PROGRAM,
                factory="sanitizers.programs:resident",
                lane=Lane.RESIDENT,
                params=rules,
            ),
            Program(
                name=FORKED_PROGRAM,
                factory="sanitizers.programs:forked",
                lane=Lane.FORKED,
                params={"limits": limits},
            ),
            Program(
                name=expanding.PROGRAM,
                factory="sanitizers.containers.unpacking:unpacking",
                lane=Lane.FORKED,
                params={"limits": limits, "passwords": list(self.passwords)},
            ),
            *making.programs(self.limits),
            *rebuilding.programs(self.limits),
        )

    @property
    def profile(self) -> Profile:
        """Return the instruments, whose digest names what judged an artefact."""
        engine = f"{self.engine} {engine_version(self.engine)}"
        return Profile(
            scanners={
                **{scanner.name: scanner.version for scanner in BUILT_IN},
                yara_rules.NAME: f"{yara_rules.VERSION} {engine}",
                ARCHIVES: self._archives,
                disarming.NAME: disarming.version(),
                **({known.SCANNER: self.known.version} if self.known.version else {}),
                **({antivirus.SCANNER: self.antivirus.version} if self.antivirus else {}),
                **self.beside,
            },
            rule_packs={pack.name: pack.digest for pack in self.packs},
            limits={
                **self.limits.encode(),
                "rules_window": yara_rules.WINDOW,
                "rules_overlap": yara_rules.OVERLAP,
            },
            sandboxed=self.sandboxed,
        )

    @property
    def _archives(self) -> str:
        """Return which readers take containers apart, and under which list of passwords."""
        version = f"{judging.VERSION} {libpff_version()} {libarchive_version()}"
        return f"{version} passwords {self.passwords_code}" if self.passwords_code else version

    @property
    def required(self) -> Required:
        """Return what the policy demands of the outcomes."""
        return self.policy.required

    def _beside(
        self, sample: SampleToInspect, said: Inspected, asking: Questions | None
    ) -> Inspected:
        """Return an answer with what needs no box of ours: known digests and names, antivirus."""
        inspection = self.known.said_of(sample.content, said.inspection)
        if asking is not None:
            inspection = asking.said_of(sample.content, inspection)
        return replace(
            said,
            inspection=inspection,
            name_findings=tuple(
                None if findings is None else (*findings, *self.known.said_of_name(name))
                for name, findings in zip(sample.names, said.name_findings, strict=True)
            ),
        )

    def inspect(self, box: Box, samples: Iterable[SampleToInspect]) -> Iterator[Inspected]:
        """Yield one answer a sample, in order.

        Each round runs the native parsers over samples of the round before, beside the resident
        scanners over its own, so that neither lane waits for the other.

        Raises:
            CanaryMissedError: a worker calls itself blind; nothing that it said may be believed.
            PolicyError, RulesError: the antivirus has another database now, or is gone.
        """
        asking = None if self.antivirus is None else Questions(self.antivirus)
        if self.antivirus is not None:
            self.antivirus.check_unchanged()
        waiting: list[_Seen] = []
        for batch in _rounds(samples):
            left = [seen.sample for seen in waiting if seen.forked]
            planned = [(sample, tuple(_resident_jobs(sample))) for sample in batch]
            jobs = [*map(_forked_job, left), *(job for _, jobs in planned for job in jobs)]
            replies = iter(box.run(jobs))
            for seen in waiting:
                said = seen.finish(next(replies)) if seen.forked else seen.inspected
                yield self._beside(seen.sample, said, asking)
            waiting = [
                _resident_seen(sample, [next(replies) for _ in jobs]) for sample, jobs in planned
            ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A sample after the resident lane; `forked` when the other lane has to look too."""

    sample: SampleToInspect
    inspected: Inspected
    forked: bool

    def finish(self, reply: Reply) -> Inspected:
        """Return the answer with what the forked lane adds."""
        before = self.inspected.inspection
        added = read_inspection(reply)
        if isinstance(added, Failure):
            outcomes = not_scanned(added, FORKED_SCANNERS)
            media_type = before.media_type
        else:
            outcomes = keep(added.outcomes, FORKED_SCANNERS)
            media_type = added.media_type or before.media_type
        inspection = Inspection(media_type=media_type, outcomes=(*before.outcomes, *outcomes))
        return replace(self.inspected, inspection=inspection)


def _rounds(samples: Iterable[SampleToInspect]) -> Iterator[list[SampleToInspect]]:
    """Yield the samples in rounds of bounded number and size, and an empty round at the end."""
    batch: list[SampleToInspect] = []
    size = 0
    for sample in samples:
        batch.append(sample)
        size += sample.size
        if len(batch) == ROUND_SAMPLES or size >= ROUND_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
    yield []


def _resident_jobs(sample: SampleToInspect) -> Iterator[Job]:
    """Yield the job of a sample; many names of one content make further jobs, for names alone."""
    for start in range(0, max(len(sample.names), 1), MOST_NAMES):
        names = sample.names[start : start + MOST_NAMES]
        params = {"names": [to_base64(name) for name in names], "only_names": start > 0}
        yield Job(
            program=RESIDENT_PROGRAM,
            content=sample.content,
            params=params,
            seconds=_seconds(sample.size * (1 + len(names))),
        )


def _forked_job(sample: SampleToInspect) -> Job:
    return Job(program=FORKED_PROGRAM, content=sample.content, seconds=_seconds(sample.size))


def _seconds(size: int) -> float:
    return SECONDS + size / BYTES_A_SECOND


def _resident_seen(sample: SampleToInspect, replies: Sequence[Reply]) -> _Seen:
    """Join the replies of one sample: the first is about content, every one about some names."""
    outcomes: list[Outcome] = []
    names: list[tuple[Finding, ...] | None] = []
    media_type, forked = "", False
    for number, reply in enumerate(replies):
        expected = len(sample.names[number * MOST_NAMES : (number + 1) * MOST_NAMES])
        report = read_report(reply, expected)
        if isinstance(report, Failure):
            outcomes += not_scanned(report, RESIDENT_SCANNERS) if number == 0 else ()
            names += [_unjudged(report)] * expected
            continue
        names += report.names
        if number == 0:
            media_type, forked = report.inspection.media_type, report.forked
            outcomes += _content_outcomes(report)
    inspection = Inspection(media_type=media_type, outcomes=tuple(outcomes))
    inspected = Inspected(inspection=inspection, name_findings=tuple(names))
    return _Seen(sample=sample, inspected=inspected, forked=forked)


def _content_outcomes(report: Report) -> tuple[Outcome, ...]:
    scanners = (yara_rules.NAME,) if report.forked else RESIDENT_SCANNERS
    return keep(report.inspection.outcomes, scanners)


def _unjudged(failure: Failure) -> tuple[Finding, ...] | None:
    """Return what a failed job means for its names; None when another try may say more."""
    return None if failure.code is FailureCode.MACHINE else (unjudged(failure.code.value),)
