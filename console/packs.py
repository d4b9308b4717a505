"""The rule packs in force with what their rules found: one look at every finding there is."""

from dataclasses import dataclass

from catalogue import rule_packs
from pipeline.deciding import rules
from pipeline.wiring import Runtime
from sanitizers.rules.pack import PackManifest, RuleStatus

MOST_RULES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPack:
    """One pack; `hits` are contents by rule, the rules with the most of them first."""

    manifest: PackManifest
    age_days: int | None
    hits: int
    most_hit: tuple[tuple[str, int], ...]
    noisy: tuple[str, ...]
    disabled: tuple[str, ...]


def shown_packs(runtime: Runtime) -> list[ShownPack]:
    """Read the packs in force and count what their rules found; over much that takes long."""
    with runtime.catalogue.read() as connection:
        hits = rule_packs.hits(connection)
    today = runtime.ledger.now().date()
    found = []
    for manifest in (pack.manifest for pack in rules.in_force(runtime)):
        own = [(r, n) for r, n in hits.items() if r.startswith(f"{manifest.name}/")]
        shown = ShownPack(
            manifest=manifest,
            age_days=(today - manifest.dated).days if manifest.dated else None,
            hits=sum(n for _, n in own),
            most_hit=tuple(sorted(own, key=lambda hit: (-hit[1], hit[0]))[:MOST_RULES]),
            noisy=manifest.of_status(RuleStatus.NOISY),
            disabled=manifest.of_status(RuleStatus.DISABLED),
        )
        found.append(shown)
    return found
