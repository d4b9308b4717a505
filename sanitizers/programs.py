"""What runs inside the box: rules and pure readers for many samples, native parsers for one."""

from collections.abc import Mapping
from pathlib import Path

from custody.box import Emit, Json, Sample
from custody.finding import Finding
from custody.names import from_base64
from custody.outcome import Inspection, Outcome, Scanned
from custody.wire import encode_finding, encode_inspection
from sanitizers import canaries
from sanitizers.engines.interface import Incomplete
from sanitizers.examining import SecondOpinion
from sanitizers.interface import Opened
from sanitizers.limits import Limits
from sanitizers.names import names_findings
from sanitizers.naming.observation import unjudged
from sanitizers.registry import look_forked, look_resident
from sanitizers.rules.loading import load
from sanitizers.scanners import yara_rules
from sanitizers.scanners.yara_rules import YaraRules
from sanitizers.sniffing import open_sample

SAMPLES_BETWEEN_CANARIES = 1000


class Inspect:
    """The resident program. Everything that reads a disk is done before it is called."""

    def __init__(self, yara: YaraRules, limits: Limits) -> None:
        """Refuse to start when a scanner does not find its canary.

        Raises:
            RulesError: a canary was not found.
        """
        self._yara = yara
        self._limits = limits
        self._samples = 0
        self._missed = self._missed_canary()
        canaries.must_find_all(self._missed)

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return what was found in the content and under each of its names."""
        del emit
        self._samples += 1
        if self._samples % SAMPLES_BETWEEN_CANARIES == 0 and not self._missed:
            self._missed = self._missed_canary()
        if self._missed:
            return {"missed": self._missed}
        view = sample.view()
        opened = open_sample(view, self._limits)
        content = opened.content if opened.whole else view
        names = [from_base64(name) for name in params["names"]]
        found = [self._name(content, name, opened) for name in names]
        looked = look_resident(opened)
        outcomes: tuple[Outcome, ...] = ()
        if not params["only_names"]:
            outcomes = (self._yara.scan(content), *(looked.outcomes if looked else ()))
        inspection = Inspection(media_type=opened.media_type, outcomes=outcomes)
        return {
            "inspection": encode_inspection(inspection),
            "names": [[encode_finding(finding) for finding in findings] for findings in found],
            "forked": looked is None and not params["only_names"],
        }

    def _name(
        self, content: bytes | memoryview, name: bytes, opened: Opened
    ) -> tuple[Finding, ...]:
        """Return the findings of a name; that the rules broke off under it is one of them."""
        rules = self._yara.scan_name(content, name, opened.media_type)
        if isinstance(rules, Incomplete):
            rules = (unjudged(rules.reason),)
        return (*names_findings(name, opened.report), *rules)

    def _missed_canary(self) -> str:
        """Return the scanner that does not find its canary; empty if all do."""
        for content, rule in canaries.CONTENT_RULES:
            if not _has(self._yara.scan(content), rule):
                return yara_rules.NAME
        named = self._yara.scan_name(canaries.MARKER, canaries.MARKER_NAME, "")
        if isinstance(named, Incomplete) or canaries.NAME_RULE not in {f.rule for f in named}:
            return yara_rules.NAME
        return canaries.missed(self._look, canaries.BUILT_IN)

    def _look(self, content: bytes) -> Inspection | None:
        return look_resident(open_sample(content, self._limits))


class Examine:
    """The forked program: all built-in scanners, with native parsers; one sample a process."""

    def __init__(self, limits: Limits) -> None:
        """Warm the parsers on canaries, which are ours, and refuse to start when one is missed.

        Raises:
            RulesError: a canary was not found.
        """
        self._limits = limits
        self._opinion = SecondOpinion()
        canaries.must_find_all(canaries.missed(self._look, canaries.BUILT_IN))

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return what was found in the content."""
        del params, emit
        return encode_inspection(look_forked(sample.view(), self._limits, self._opinion))

    def _look(self, content: bytes) -> Inspection:
        return look_forked(content, self._limits, self._opinion)


def resident(params: Mapping[str, Json]) -> Inspect:
    """Make the resident program: load or compile the rules, and try them."""
    packs = [(Path(folder), digest) for folder, digest in params["packs"]]
    loaded = load(packs, Path(params["cache"]), params["engine"])
    return Inspect(YaraRules(loaded), Limits(**params["limits"]))


def forked(params: Mapping[str, Json]) -> Examine:
    """Make the forked program."""
    return Examine(Limits(**params["limits"]))


def _has(outcome: Outcome, rule: str) -> bool:
    return isinstance(outcome, Scanned) and rule in {finding.rule for finding in outcome.findings}
