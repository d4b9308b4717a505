"""Policy: which scanners, packs and types a clean verdict needs, and what each verdict leads to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache

from custody.digest import Digest
from custody.errors import PolicyError
from custody.finding import Finding, FindingKind, Severity
from custody.lifecycle import Action
from custody.outcome import Coverage, Inspection, Scanned
from custody.signing_rules import DEFAULT_RULES, SigningRules
from custody.verdict import Required, Verdict
from sanitizers.derogations import PlannedDerogation
from sanitizers.disarming.rulings import HOLD_ALL, Rulings
from sanitizers.rules.pack import PackManifest

SCANNER = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDemand:
    """A pack that must be installed; an age of 0 days means no limit."""

    name: str
    least_rules: int
    greatest_age_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """When a directory or a run is called attacked, from the evidence of many entries."""

    encrypted_files: int
    encrypted_percent: int
    ransom_notes: int
    window_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file, checked; `digest` is over its exact bytes.

    Media types are patterns ("image/*"). `type_coverages` says which coverage suffices for a type,
    `coverages` for every other one. `people` is how many must sign a loosening. `derogations` are
    of no effect until two people approved the policy that states them. `disarm` says what is
    disarmed, and how; `restore` who must sign before something comes back.
    """

    name: str
    digest: Digest
    seals: bool
    scanners: frozenset[str]
    coverages: frozenset[Coverage]
    type_coverages: Mapping[str, frozenset[Coverage]]
    promotable: tuple[str, ...]
    prohibited: tuple[str, ...]
    packs: tuple[PackDemand, ...]
    least_rules: int
    newest_added_days: int
    actions: Mapping[Verdict, Action]
    people: Mapping[str, int]
    alarms: Alarms
    derogations: tuple[PlannedDerogation, ...] = ()
    disarm: Rulings = HOLD_ALL
    restore: SigningRules = DEFAULT_RULES

    @property
    def required(self) -> Required:
        """Return what `judge` demands; `apply` then narrows the coverage by type."""
        accepted = self.coverages.union(*self.type_coverages.values())
        return Required(scanners=self.scanners, coverages=accepted)

    def promotes(self, media_type: str) -> bool:
        """Whether a type may become clean at all."""
        return _matches(media_type, self.promotable) and not _matches(media_type, self.prohibited)

    def accepted_coverages(self, media_type: str) -> frozenset[Coverage]:
        """Return the coverages that suffice for a type."""
        for pattern, coverages in self.type_coverages.items():
            if fnmatchcase(media_type, pattern):
                return coverages
        return self.coverages


def apply(policy: Policy, inspection: Inspection) -> Inspection:
    """Add what policy itself has against an artefact, as findings of a scanner named "policy"."""
    findings = tuple(_objections(policy, inspection))
    if not findings:
        return inspection
    outcome = Scanned(scanner=SCANNER, version=policy.digest, findings=findings)
    return replace(inspection, outcomes=(*inspection.outcomes, outcome))


def check_packs(policy: Policy, packs: Iterable[PackManifest], today: date) -> None:
    """Refuse to go on with too few or too old rules.

    Raises:
        PolicyError: a pack is missing, too small or too old, or there are too few rules in all.
    """
    installed = {pack.name: pack for pack in packs}
    for demand in policy.packs:
        _check_pack(policy, demand, installed.get(demand.name), today)
    rules = sum(pack.rules for pack in installed.values())
    if rules < policy.least_rules:
        raise PolicyError(
            f"policy {policy.name} needs {policy.least_rules} rules, {rules} are installed",
            next_step="install more rules with `autoclave rules add FOLDER-OR-ZIP`",
        )
    _check_added(policy, installed, today)


def _objections(policy: Policy, inspection: Inspection) -> Iterable[Finding]:
    media_type = inspection.media_type
    if _matches(media_type, policy.prohibited):
        yield _objection(
            "type-prohibited", FindingKind.PROHIBITED, f"policy never lets in {media_type}"
        )
    elif not policy.promotes(media_type):
        named = media_type or "content of no known type"
        detail = f"policy does not list {named} as promotable"
        yield _objection("type-not-promotable", FindingKind.UNVERIFIABLE, detail)
    accepted = policy.accepted_coverages(media_type)
    for outcome in inspection.outcomes:
        if not isinstance(outcome, Scanned) or outcome.scanner not in policy.scanners:
            continue
        if outcome.coverage not in accepted:
            detail = f"{outcome.scanner} was {outcome.coverage.value}: not enough for {media_type}"
            yield _objection("coverage-not-accepted", FindingKind.UNVERIFIABLE, detail)


def _objection(rule: str, kind: FindingKind, detail: str) -> Finding:
    return Finding(
        scanner=SCANNER, rule=rule, kind=kind, severity=Severity.SUSPICIOUS, detail=detail
    )


def _check_pack(policy: Policy, demand: PackDemand, pack: PackManifest | None, today: date) -> None:
    if pack is None:
        raise PolicyError(
            f"policy {policy.name} needs rule pack {demand.name}, which is not installed",
            next_step="install it with `autoclave rules add FOLDER-OR-ZIP`",
        )
    if pack.rules < demand.least_rules:
        raise PolicyError(
            f"rule pack {demand.name} has {pack.rules} rules,"
            f" policy {policy.name} needs {demand.least_rules}",
            next_step="install the whole pack with `autoclave rules add FOLDER-OR-ZIP`",
        )
    if demand.greatest_age_days and not _is_new(pack, demand.greatest_age_days, today):
        raise PolicyError(
            f"rule pack {demand.name} is {_age(pack, today)},"
            f" policy {policy.name} allows {demand.greatest_age_days} days",
            next_step="install a newer one with `autoclave rules add FOLDER-OR-ZIP`",
        )


def _check_added(policy: Policy, installed: Mapping[str, PackManifest], today: date) -> None:
    """Demand that of the packs beyond the named ones, when there are any, one at least is new."""
    named = {demand.name for demand in policy.packs}
    added = [pack for name, pack in installed.items() if name not in named]
    limit = policy.newest_added_days
    if limit and added and not any(_is_new(pack, limit, today) for pack in added):
        ages = ", ".join(f"{pack.name} is {_age(pack, today)}" for pack in added)
        raise PolicyError(
            f"of the added rule packs none is younger than {limit} days: {ages}",
            next_step="install a newer pack with `autoclave rules add FOLDER-OR-ZIP`,"
            " or say the date of an undated one",
        )


def _is_new(pack: PackManifest, days: int, today: date) -> bool:
    """Whether a pack's date is known and recent; a date after tomorrow is no evidence of youth."""
    return pack.dated is not None and -1 <= (today - pack.dated).days <= days


def _age(pack: PackManifest, today: date) -> str:
    return "undated" if pack.dated is None else f"{(today - pack.dated).days} days old"


@lru_cache(maxsize=4096)
def _matches(media_type: str, patterns: tuple[str, ...]) -> bool:
    """Whether a type is one of some patterns; asked for every entry, about the same few types."""
    return bool(media_type) and any(fnmatchcase(media_type, pattern) for pattern in patterns)
