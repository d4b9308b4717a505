"""What the pack in force would lose if another one took its place."""

from collections.abc import Iterator, Mapping

from custody.finding import Severity
from sanitizers.rules.language import outline
from sanitizers.rules.pack import NOISY, OFF, RulePackSource
from sanitizers.rules.reading import texts_of


def lost(present: RulePackSource, other: RulePackSource) -> tuple[str, ...]:
    """Return the names of the rules in force that would not go on exactly as they are.

    A rule that was changed counts as lost: whether it is weaker cannot be read from its text. So
    does one that now builds upon another rule of the same name, in another file.
    """
    kept = set(_rules(other))
    gone = {name for name, text in _rules(present) if (name, text) not in kept}
    before, after = present.manifest.overrides, other.manifest.overrides
    gone |= {
        name for name, _ in _rules(present) if not as_strict(before.get(name), after.get(name))
    }
    return tuple(sorted(gone))


def as_strict(before: str | None, after: str | None) -> bool:
    """Whether what a pack says of a rule is at least as strict as what it said; None is deployed.

    What its author says of a rule is never less than nothing, and never more than malicious.
    """
    if before in {after, OFF} or after == Severity.MALICIOUS.value:
        return True
    shown = {NOISY, Severity.INFO.value}
    return before in shown and after in {*shown, None, Severity.SUSPICIOUS.value}


def carried(present: RulePackSource, other: RulePackSource) -> dict[str, str]:
    """Return what was decided of single rules and goes on in another pack of this name.

    A rule that its author changed is another rule: nothing that was decided of it goes on.
    """
    before, after = set(_rules(present)), set(_rules(other))
    names = {name for name, _ in before & after} - {name for name, _ in after - before}
    return {rule: said for rule, said in present.manifest.overrides.items() if rule in names}


def rule_names(pack: RulePackSource) -> frozenset[str]:
    """Return the names of a pack's rules."""
    return frozenset(name for name, _ in _rules(pack))


def _rules(pack: RulePackSource) -> Iterator[tuple[str, str]]:
    """Yield each rule with its text, and the text of all rules of its file that it builds upon."""
    for source in texts_of(pack):
        spans = {span.name: span for span in outline(source.text).rules}
        direct = {name: span.words & spans.keys() for name, span in spans.items()}
        for name in spans:
            upon = sorted(_built_upon(name, direct) - {name})
            texts = (source.text[spans[n].start : spans[n].end] for n in (name, *upon))
            yield name, "\n".join(texts)


def _built_upon(name: str, direct: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the rules that a rule refers to, by way of others too; itself is one of them."""
    found, left = {name}, [name]
    while left:
        new = direct[left.pop()] - found
        found |= new
        left += new
    return found
