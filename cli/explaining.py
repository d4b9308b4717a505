"""A policy in sentences, for people who have to answer for it."""

from collections.abc import Iterable

from cli.quantities import count_text
from custody.box import Json
from custody.case import CaseKind
from custody.fate import STAGE_FATES
from custody.lifecycle import Action, Stage, advance
from custody.signing_rules import AnchorDemand, SigningRules
from custody.verdict import PRECEDENCE, Verdict
from sanitizers.disarming.rulings import Ruling
from sanitizers.policy import Policy


def explain(policy: Policy) -> list[str]:
    """Return what a policy demands, line by line."""
    return [
        f"Policy {policy.name}, digest {policy.digest}",
        "",
        "A content is clean only if each of these looked at enough of it and found nothing:",
        f"  {_listed(policy.scanners)}",
        f"  enough is: {_listed(c.value for c in policy.coverages)}; {_coverage_words(policy)}",
        f"Rules: at least {count_text(policy.least_rules)} in all, and these packs:",
        *(f"  {_pack_words(d.name, d.least_rules, d.greatest_age_days)}" for d in policy.packs),
        f"Types that may become clean: {_listed(policy.promotable)}",
        f"Types that never pass: {_listed(policy.prohibited)}",
        "",
        "What follows from each verdict:",
        *(f"  {verdict.value}: {_fate(policy, verdict)}" for verdict in PRECEDENCE),
        "",
        *_disarm_words(policy),
        "",
        (
            f"Alarms: a directory with {policy.alarms.ransom_notes} or more ransom notes is held"
            f" whole; {policy.alarms.encrypted_files} or more encrypted files hold what"
            f" changed within {policy.alarms.window_hours} hours of them."
        ),
        *_derogation_words(policy),
        f"People who must sign: {_listed(f'{n} for {what}' for what, n in policy.people.items())}",
        _signing_words(policy),
        _seal_words(policy),
    ]


def policy_json(policy: Policy) -> dict[str, Json]:
    """Return the same for tools."""
    return {
        "name": policy.name,
        "digest": policy.digest,
        "seals_restore_sets": policy.seals,
        "scanners": sorted(policy.scanners),
        "coverage": sorted(c.value for c in policy.coverages),
        "promotable": list(policy.promotable),
        "prohibited": list(policy.prohibited),
        "least_rules": policy.least_rules,
        "packs": [
            {"name": d.name, "least_rules": d.least_rules, "greatest_age_days": d.greatest_age_days}
            for d in policy.packs
        ],
        "fates": {verdict.value: _fate(policy, verdict) for verdict in PRECEDENCE},
        "disarm": [
            {
                "service": ruling.service or None,
                "media_type": ruling.media_type,
                "switches": _switch_words(ruling),
            }
            for ruling in policy.disarm.rulings
        ],
        "people": dict(policy.people),
        "restore": _restore_json(policy.restore),
        "derogations": [
            {
                "name": d.name,
                "asked_by": d.asked_by,
                "reason": d.reason,
                "until": d.until.isoformat(),
                "scanner": d.scanner,
                "rule": d.rule,
                "service": d.service,
                "media_type": d.media_type,
                "folder": d.folder,
            }
            for d in policy.derogations
        ],
        "alarms": {
            "encrypted_files": policy.alarms.encrypted_files,
            "encrypted_percent": policy.alarms.encrypted_percent,
            "ransom_notes": policy.alarms.ransom_notes,
            "window_hours": policy.alarms.window_hours,
        },
    }


def _disarm_words(policy: Policy) -> list[str]:
    rulings = policy.disarm.rulings
    if not rulings:
        return ["What is only held for what is active in it stays held: nothing is disarmed."]
    return [
        "What is only held for what is active in it, by the first line that fits:",
        *(
            f"  {ruling.media_type}{f' of {ruling.service}' if ruling.service else ''}:"
            f" {', '.join(_switch_words(ruling))}"
            for ruling in rulings
        ),
    ]


def _switch_words(ruling: Ruling) -> list[str]:
    if ruling.switches is None:
        return ["hold"]
    return ["disarm", *sorted(switch.value for switch in ruling.switches)]


def _derogation_words(policy: Policy) -> list[str]:
    if not policy.derogations:
        return ["Derogations: none"]
    return [
        "Derogations, once two people approved this policy:",
        *(
            f"  {d.name}, until {d.until}: {d.scanner} {d.rule} for {d.media_type} below"
            f" {d.folder} of {d.service}; asked by {d.asked_by}: {d.reason}"
            for d in policy.derogations
        ),
    ]


def _fate(policy: Policy, verdict: Verdict) -> str:
    action = policy.actions.get(verdict, Action.PROMOTE)
    return STAGE_FATES[advance(Stage.ASSESSED, action)].value


def _coverage_words(policy: Policy) -> str:
    other = [
        f"{pattern} {'/'.join(sorted(c.value for c in accepted))}"
        for pattern, accepted in sorted(policy.type_coverages.items())
    ]
    return f"by type: {', '.join(other)}" if other else "the same for every type"


def _pack_words(name: str, least: int, days: int) -> str:
    age = f"not older than {count_text(days)} days" if days else "of any age"
    return f"{name}, at least {count_text(least)} rules, {age}"


def _seal_words(policy: Policy) -> str:
    if policy.seals:
        return "What it promotes may go into a restore set."
    return "What it promotes may never go into a restore set: it is for demonstrations."


def _restore_json(rules: SigningRules) -> dict[str, Json]:
    return {
        "signatures": rules.signatures,
        "attack_roles": sorted(role.value for role in rules.attack_roles),
        "failure_roles": sorted(role.value for role in rules.failure_roles),
        "days": rules.days,
        "unsealed": rules.unsealed,
        "anchor": rules.anchor.value,
    }


def _signing_words(policy: Policy) -> str:
    rules = policy.restore
    attack, failure = (
        _listed(role.value for role in rules.roles(kind)) or "any" for kind in CaseKind
    )
    unsealed = "may" if rules.unsealed else "may not"
    return (
        f"A set opens with {rules.signatures} signatures, of roles: {attack} after an attack,"
        f" {failure} after a failure; it holds {rules.days} days. A case without a set {unsealed}"
        f" be delivered. Before a set is sealed, {ANCHOR_WORDS[rules.anchor]}."
    )


ANCHOR_WORDS = {
    AnchorDemand.OUTSIDE: "an authority or a witness has to know what the ledger says of it",
    AnchorDemand.PAPER: (
        "an authority or a witness has to know what the ledger says of it, or where none is named,"
        " paper"
    ),
    AnchorDemand.NONE: "nobody outside has to know the ledger",
}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
