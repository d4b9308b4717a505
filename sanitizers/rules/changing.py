"""Which rules differ between two sets of packs, with all that leans on them. Pure.

A rule is the same only when its text, its override, its pack's scale, its file and every rule that
it refers to are the same; private rules count through those that lean on them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from custody.digest import Digest, digest_of
from sanitizers.engines.interface import RuleText
from sanitizers.rules.grading import STANDARD
from sanitizers.rules.language import outline
from sanitizers.rules.pack import PackManifest, RulePackSource
from sanitizers.rules.reading import texts_of
from sanitizers.rules.splitting import carve

Label = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Rules by (namespace, name): those to run now, and those whose findings count no more."""

    run: frozenset[Label]
    gone: frozenset[Label]

    @property
    def finders(self) -> frozenset[str]:
        """Whose findings of before are void, as findings name them."""
        return frozenset(f"{namespace}:{rule}" for namespace, rule in self.run | self.gone)


def change(before: Iterable[RulePackSource], after: Iterable[RulePackSource]) -> Change:
    """Return what differs between the packs that judged and the packs in force."""
    old, new = _rules(before), _rules(after)
    return Change(
        run=frozenset(label for label, code in new.items() if old.get(label) != code),
        gone=frozenset(label for label, code in old.items() if label not in new),
    )


def texts_to_run(packs: Iterable[RulePackSource], run: frozenset[Label]) -> list[RuleText]:
    """Return the sources of the rules to run, with what they lean on and nothing else."""
    wanted: dict[str, set[str]] = {}
    for namespace, rule in run:
        wanted.setdefault(namespace, set()).add(rule)
    return [
        carve(text, wanted[text.namespace])
        for pack in packs
        for text in texts_of(pack)
        if text.namespace in wanted
    ]


def _rules(packs: Iterable[RulePackSource]) -> dict[Label, Digest]:
    """Return a code of every rule over all that decides what it finds."""
    found: dict[Label, Digest] = {}
    for pack in packs:
        for source in texts_of(pack):
            found |= _of_source(source, pack.manifest)
    return found


def _of_source(source: RuleText, manifest: PackManifest) -> dict[Label, Digest]:
    """Return the codes of one source: a rule refers to earlier ones of it only."""
    codes: dict[str, Digest] = {}
    scale = "" if manifest.grades == STANDARD else json.dumps(manifest.grades.encode())
    for span in outline(source.text).rules:
        below = [f"{word} {codes[word]}" for word in sorted(span.words) if word in codes]
        said = (manifest.overrides.get(span.name, ""), scale)
        facts = [source.text[span.start : span.end], *said, *below]
        codes[span.name] = digest_of("\0".join(facts).encode())
    return {(source.namespace, name): code for name, code in codes.items()}
