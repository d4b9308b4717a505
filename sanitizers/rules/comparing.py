"""What the pack in force would lose if another one took its place."""

from collections.abc import Iterator

from sanitizers.rules.language import outline
from sanitizers.rules.pack import RulePackSource
from sanitizers.rules.reading import texts_of


def lost(present: RulePackSource, other: RulePackSource) -> tuple[str, ...]:
    """Return the names of the rules in force that would not go on exactly as they are.

    A rule that was changed counts as lost: whether it is weaker cannot be read from its text.
    """
    kept = set(_rules(other))
    gone = {name for name, text in _rules(present) if (name, text) not in kept}
    before, after = present.manifest.overrides, other.manifest.overrides
    gone |= {name for name, _ in _rules(present) if before.get(name) != after.get(name)}
    return tuple(sorted(gone))


def _rules(pack: RulePackSource) -> Iterator[tuple[str, str]]:
    for source in texts_of(pack):
        for span in outline(source.text).rules:
            yield span.name, source.text[span.start : span.end]
