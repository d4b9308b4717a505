"""What the assess step decided of an entry, as the manifest and the catalogue tell it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalogue.entries import Standing
from custody.box import Json
from custody.digest import Digest
from custody.lifecycle import Stage
from custody.verdict import Judgement
from pipeline.steps.lines import assess_line, supersedes_line
from pipeline.steps.shard_view import NamedEntry

# What a list shows of an entry; its manifest line holds all reasons.
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An entry with the judgement on it and the stage that it leads to."""

    named: NamedEntry
    judgement: Judgement | None
    stage: Stage
    superseded_by: Digest | None = None


def line_of(decided: Decided) -> bytes:
    """Return the line of the manifest about an entry."""
    named = decided.named
    return assess_line(
        named.entry, named.commitment, decided.judgement, decided.stage, decided.superseded_by
    )


def supersedes_lines(decided: Iterable[Decided]) -> Iterator[bytes]:
    """Yield the decision on each content that supersedes another, once."""
    pairs = {(d.named.entry.digest, d.superseded_by): None for d in decided}
    for original, split in pairs:
        if original is not None and split is not None:
            yield supersedes_line(original, split)


def seen_recalls(
    decided: Iterable[Decided], recalled: Mapping[Digest, frozenset[str]]
) -> dict[str, Json]:
    """Return which recalls were answered before their contents go in: a promotion stops at others.

    Named one by one: what is later than a decision, the clocks of two machines cannot say.
    """
    going = (each for each in decided if each.stage is Stage.ASSESSED)
    contents = {d for each in going for d in (each.named.entry.digest, each.superseded_by) if d}
    seen = {recall_id for digest in contents for recall_id in recalled.get(digest, ())}
    return {"recalls": sorted(seen)} if seen else {}


def standing_of(decided: Decided) -> tuple[int, Standing]:
    """Return the number of an entry and where it stands from now on."""
    judgement = decided.judgement
    reasons = "; ".join(judgement.reasons)[:LONGEST_REASON] if judgement else ""
    standing = Standing(
        stage=decided.stage,
        verdict=judgement.verdict if judgement else None,
        reason=reasons or None,
        superseded_by=decided.superseded_by,
    )
    return decided.named.entry.entry_id, standing
