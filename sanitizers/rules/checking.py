"""The check of a rule pack before it may be installed: refused constructs, faults and warnings."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from custody.errors import RulesError
from sanitizers.engines.interface import Engine, RuleText
from sanitizers.rules.language import outline
from sanitizers.rules.pack import PackManifest, RulePackSource
from sanitizers.rules.reading import texts_of

# What the packages of yara-x and yara-python can import.
MODULES = frozenset(
    {
        *("console", "crx", "cuckoo", "dex", "dotnet", "elf", "hash", "lnk", "macho", "math", "pe"),
        *("string", "tests", "time", "vt", "zip"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """What is to be said of a pack. Any refusal keeps it out; warnings are for the eyes."""

    manifest: PackManifest
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the pack may be installed."""
        return not self.refusals


def check(pack: RulePackSource, engine: Engine) -> PackReport:
    """Compile every file alone, so that each broken one is named, and look for what is refused."""
    refusals: list[str] = []
    warnings: list[str] = []
    names: Counter[str] = Counter()
    for source in texts_of(pack):
        spans = outline(source.text).rules
        names.update(span.name for span in spans)
        refused = list(_refused_constructs(source))
        refusals += refused
        if not refused:
            _try(engine, source, refusals, warnings)
    known = set(names)
    refusals += [
        f"the override of {rule} names no rule of the pack"
        for rule in pack.manifest.overrides
        if rule not in known
    ]
    warnings += [f"{name}: {n} rules of this name" for name, n in names.items() if n > 1]
    return PackReport(manifest=pack.manifest, refusals=tuple(refusals), warnings=tuple(warnings))


def disagreements(pack: RulePackSource, engine: Engine, other: Engine) -> tuple[str, ...]:
    """Return the files that only one of two engines compiles, with what the other says."""
    found: list[str] = []
    for source in texts_of(pack):
        faults = {each.name: _fault(each, source) for each in (engine, other)}
        refusing = [name for name, fault in faults.items() if fault]
        if len(refusing) == 1:
            found.append(f"{source.namespace}: only {refusing[0]} refuses: {faults[refusing[0]]}")
    return tuple(found)


def _fault(engine: Engine, source: RuleText) -> str:
    try:
        engine.trial(source)
    except RulesError as error:
        return error.reason
    return ""


def _refused_constructs(source: RuleText) -> Iterator[str]:
    """List what is refused, and why.

    Includes read files, global rules switch other rules off, and a module that no engine has makes
    a rule that never runs.
    """
    held = outline(source.text)
    for each in held.imports:
        if each.module not in MODULES:
            yield f"{source.namespace}: no engine here has the module {each.module}"
    for line in held.includes:
        yield f"{source.namespace}, line {line}: include is not allowed"
    for span in held.rules:
        if span.is_global:
            yield f"{source.namespace}, line {span.line}: global rules are not allowed"


def _try(engine: Engine, source: RuleText, refusals: list[str], warnings: list[str]) -> None:
    try:
        trial = engine.trial(source)
    except RulesError as error:
        refusals.append(error.reason)
        return
    if trial.relaxed:
        warnings.append(f"{source.namespace}: compiles only with relaxed expressions")
    warnings += [f"{source.namespace}, {slow}" for slow in trial.slow]
