"""Sources in parts: by whether a rule asks for a file's name, and for a Windows program.

Rules that use name externals run once for every name, all others once on content; of the former
those that look for backslashes in a path run once more, on the path spelled so. Rules refer to
each other inside one file only, so each part takes along what its rules refer to; and it imports
only the modules that it uses, because an engine prepares every imported module for every scan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique

from sanitizers.engines.interface import EXTERNALS, RuleText
from sanitizers.rules.gating import only_programs
from sanitizers.rules.language import RuleSpan, SourceOutline, outline


@unique
class Part(Enum):
    """Which scans a rule takes part in."""

    CONTENT = "content"
    CONTENT_OF_PROGRAMS = "content-of-programs"
    NAMES = "names"
    NAMES_OF_PROGRAMS = "names-of-programs"
    BACKSLASHES = "backslashes"
    BACKSLASHES_OF_PROGRAMS = "backslashes-of-programs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The parts; `name_rules` are (namespace, rule) of those that a name decides over."""

    parts: dict[Part, tuple[RuleText, ...]]
    name_rules: frozenset[tuple[str, str]]


def part(sources: Iterable[RuleText]) -> Parted:
    """Part the rules of some sources; lines keep their numbers."""
    parts: dict[Part, list[RuleText]] = {each: [] for each in Part}
    name_rules: set[tuple[str, str]] = set()
    for source in sources:
        held = outline(source.text)
        places = _places(source.text, held.rules)
        for each in Part:
            if wanted := {name for name, found in places.items() if each in found}:
                parts[each].append(_carve(source, held, wanted))
        name_rules.update(
            (source.namespace, name)
            for name, found in places.items()
            if not found & {Part.CONTENT, Part.CONTENT_OF_PROGRAMS}
        )
    return Parted(
        parts={each: tuple(texts) for each, texts in parts.items() if texts},
        name_rules=frozenset(name_rules),
    )


def carve(source: RuleText, wanted: set[str]) -> RuleText:
    """Return a source with only some of its rules and what they lean on; lines stay in place."""
    return _carve(source, outline(source.text), wanted)


def _places(text: str, spans: Iterable[RuleSpan]) -> dict[str, set[Part]]:
    """Return the parts of every rule; a rule that leans on one that asks for names asks too."""
    places: dict[str, set[Part]] = {}
    asking: set[str] = set(EXTERNALS)
    slashed: set[str] = set()
    for span in spans:
        condition = text[span.condition : span.end - 1]
        programs = only_programs(condition)
        if not span.words & asking:
            places[span.name] = {Part.CONTENT_OF_PROGRAMS if programs else Part.CONTENT}
            continue
        asking.add(span.name)
        places[span.name] = {Part.NAMES_OF_PROGRAMS if programs else Part.NAMES}
        if ("filepath" in span.words and "\\" in condition) or span.words & slashed:
            slashed.add(span.name)
            more = Part.BACKSLASHES_OF_PROGRAMS if programs else Part.BACKSLASHES
            places[span.name].add(more)
    return places


def _carve(source: RuleText, held: SourceOutline, wanted: set[str]) -> RuleText:
    """Return the source with only the wanted rules and what they lean on; the rest is blank."""
    needed = _with_dependencies(held.rules, wanted)
    used = {word for span in held.rules if span.name in needed for word in span.words}
    unwanted = [(s.start, s.end) for s in held.rules if s.name not in needed]
    unwanted += [(i.start, i.end) for i in held.imports if i.module not in used]
    pieces: list[str] = []
    at = 0
    for start, end in sorted(unwanted):
        pieces += (source.text[at:start], "\n" * source.text.count("\n", start, end))
        at = end
    return RuleText(namespace=source.namespace, text="".join((*pieces, source.text[at:])))


def _with_dependencies(spans: Iterable[RuleSpan], wanted: set[str]) -> set[str]:
    """Return the wanted rules and every rule that they lean on; a rule knows only earlier ones."""
    needed = set(wanted)
    for span in reversed(tuple(spans)):
        if span.name in needed:
            needed |= span.words
    return needed
