"""Why a content stands where it stands: what was said of it, what loosened it, and which clause.

Everything here was recorded when the entries were judged; nothing is judged anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import (
    content_places,
    decisions,
    exceptions,
    inspections,
    name_findings,
    policies,
    views,
)
from catalogue import records as record_rows
from catalogue.decisions import StoredDecision
from catalogue.entries import StoredEntry
from catalogue.views import LatestInventory
from custody.digest import Digest
from custody.exception import AnyException, Exceptions, Subject, in_force
from custody.fate import STAGE_FATES, Fate
from custody.finding import Finding
from custody.lifecycle import Stage
from custody.outcome import Exempt, NotScanned, Outcome, Scanned, findings_of
from custody.verdict import Verdict, verdict_of
from pipeline.reading import NameReader
from pipeline.steps.alarms import SCANNER as ALARM
from pipeline.steps.contents import contents_of
from pipeline.steps.derogated import granted_by
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.names import names_outcome
from sanitizers.policy import SCANNER as POLICY
from sanitizers.policy import Policy
from sanitizers.policy_file import parse_policy, shipped_with
from sanitizers.saying import said_of

OBJECTION_CLAUSES = {
    "type-prohibited": "types.prohibited",
    "type-not-promotable": "types.promotable",
    "coverage-not-accepted": "coverage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Why some entries of one content, that stand alike, have their verdict and fate.

    `reasons` are those that were recorded, most serious first. `loosened` are the exceptions that
    set something aside. `clauses` name the keys of the policy that speak here.
    """

    digest: Digest
    entries: int
    stage: Stage
    verdict: Verdict | None
    reasons: tuple[str, ...]
    media_type: str
    outcomes: tuple[Outcome, ...]
    loosened: tuple[AnyException, ...]
    clauses: tuple[str, ...]
    policy: Policy | None
    policy_digest: Digest
    decided: tuple[StoredDecision, ...]

    @property
    def fate(self) -> Fate | None:
        """Where the entries end; None while they are on their way."""
        return STAGE_FATES.get(self.stage)

    @property
    def against(self) -> list[Finding]:
        """The findings that ask for a verdict, whatever was loosened."""
        return [f for f in findings_of(self.outcomes) if verdict_of(f) is not None]

    @property
    def exempt(self) -> list[Exempt]:
        """The scanners that need not look, and why."""
        return [o for o in self.outcomes if isinstance(o, Exempt)]

    @property
    def not_scanned(self) -> list[NotScanned]:
        """The scanners that could not look, and why."""
        return [o for o in self.outcomes if isinstance(o, NotScanned)]

    @property
    def looked(self) -> list[Scanned]:
        """The scanners that looked."""
        return [o for o in self.outcomes if isinstance(o, Scanned)]


def explain_content(runtime: Runtime, digest: Digest) -> list[Because]:
    """Return why the entries of a content in the latest runs stand where they stand."""
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        alike: dict[tuple[object, ...], tuple[StoredEntry, int]] = {}
        for entry, count in content_places.alike(connection, digest, latest.keys()):
            kind = _kind(entry, latest[entry.inventory_id])
            first, before = alike.get(kind, (entry, 0))
            alike[kind] = (first, before + count)
        asked = _Asked(runtime, connection, digest)
        return [asked.because(e, n, latest[e.inventory_id]) for e, n in alike.values()]


def _kind(entry: StoredEntry, inventory: LatestInventory) -> tuple[object, ...]:
    where = (inventory.policy, inventory.profile, entry.service)
    return (*where, entry.stage, entry.verdict, entry.reason, entry.contract)


class _Asked:
    """One question about one content, answered from the catalogue."""

    def __init__(self, runtime: Runtime, connection: sa.Connection, digest: Digest) -> None:
        self._connection = connection
        self._digest = digest
        self._now = runtime.ledger.now()
        self._names = NameReader(runtime)
        self._policies: dict[Digest, Policy | None] = {}

    def because(self, entry: StoredEntry, number: int, inventory: LatestInventory) -> Because:
        policy = self._policy(inventory.policy)
        outcomes = self._outcomes(entry, inventory, policy)
        media_type = self._media_type(inventory)
        return Because(
            digest=self._digest,
            entries=number,
            stage=entry.stage,
            verdict=entry.verdict,
            reasons=tuple(entry.reason.split("; ")) if entry.reason else (),
            media_type=media_type,
            outcomes=outcomes,
            loosened=tuple(self._loosened(entry, inventory.policy, media_type, outcomes)),
            clauses=tuple(dict.fromkeys(_clauses(policy, entry, outcomes))),
            policy=policy,
            policy_digest=inventory.policy,
            decided=tuple(decisions.on(self._connection, self._digest)),
        )

    def _policy(self, digest: Digest) -> Policy | None:
        if digest not in self._policies:
            self._policies[digest] = _policy(self._connection, digest)
        return self._policies[digest]

    def _media_type(self, inventory: LatestInventory) -> str:
        said = inspections.known(self._connection, [self._digest], inventory.profile)
        return said[self._digest].media_type if self._digest in said else ""

    def _outcomes(
        self, entry: StoredEntry, inventory: LatestInventory, policy: Policy | None
    ) -> tuple[Outcome, ...]:
        """Return all that was said: of the content and its parts, its records, and its name."""
        connection, digest, profile = self._connection, self._digest, inventory.profile
        said = inspections.known(connection, [digest], profile).get(digest)
        if said is None:
            return ()
        validations = record_rows.known(connection, [digest], profile)
        judged = Validated(validations=validations).beside(digest, said, entry.contract or "")
        named = name_findings.known(connection, [(entry.name_key, digest)], profile)
        about_name = names_outcome(named.get((entry.name_key, digest)))
        if policy is None:
            return (*judged.outcomes, about_name)
        contents = contents_of(connection, {digest: said}, profile)
        return (*said_of(policy, digest, judged, contents), about_name)

    def _loosened(
        self,
        entry: StoredEntry,
        policy: Digest,
        media_type: str,
        outcomes: tuple[Outcome, ...],
    ) -> Iterator[AnyException]:
        """Yield the exceptions in force that set aside something of what was said."""
        name = self._names.name(self._connection, entry)
        subject = Subject(
            digest=self._digest,
            name_key=entry.name_key.hex(),
            path=name.path if name else b"",
            service=entry.service,
            media_type=media_type,
        )
        granted = [
            *exceptions.candidates(self._connection, [self._digest], self._now),
            *(each.exception for each in granted_by(self._connection, policy)),
        ]
        for exception in granted:
            if _sets_aside(in_force([exception], subject, self._now), outcomes):
                yield exception


def _sets_aside(allowed: Exceptions, outcomes: tuple[Outcome, ...]) -> bool:
    silent = {o.scanner for o in outcomes if isinstance(o, NotScanned)}
    against = (f for f in findings_of(outcomes) if verdict_of(f) is not None)
    return any(map(allowed.waive, against)) or any(map(allowed.excuse, silent))


def _policy(connection: sa.Connection, digest: Digest) -> Policy | None:
    """Return a policy that judged: one that two people approved, else one of those shipped."""
    stored = policies.get(connection, digest)
    return shipped_with(digest) if stored is None else parse_policy(stored.content)


def _clauses(
    policy: Policy | None, entry: StoredEntry, outcomes: tuple[Outcome, ...]
) -> Iterator[str]:
    if policy is None or entry.verdict is None:
        return
    if entry.verdict is Verdict.CLEAN:
        yield "scanners.required"
        yield "coverage"
    else:
        yield f"fates.{entry.verdict.value}"
    if entry.verdict is Verdict.ACTIVE:
        yield "disarm"
    for finding in findings_of(outcomes):
        if finding.scanner == POLICY and finding.rule in OBJECTION_CLAUSES:
            yield OBJECTION_CLAUSES[finding.rule]
    if f"{ALARM}: " in (entry.reason or ""):
        yield "alarms"
    if any(isinstance(o, NotScanned) for o in outcomes):
        yield "scanners.required"


def stated(policy: Policy, clause: str) -> str:
    """Return what a clause of a policy says, in a few words."""
    table, _, key = clause.partition(".")
    match table:
        case "fates":
            return f"{key} is {_fate(policy, Verdict(key))}"
        case "scanners":
            return f"{len(policy.scanners)} scanners must look and find nothing"
        case "coverage":
            return f"{'/'.join(sorted(c.value for c in policy.coverages))} unless a type says other"
        case "types":
            kinds: Mapping[str, str] = {
                "prohibited": "types that never pass",
                "promotable": "types that may become clean",
            }
            return kinds[key]
        case "disarm":
            return "what is only active is disarmed or held, by type and service"
        case _:
            return "a directory or run with traces of an attack is held"


def _fate(policy: Policy, verdict: Verdict) -> str:
    return policy.actions[verdict].value
