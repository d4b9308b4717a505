"""The default rule engine: yara-x, which survives hostile rules and scans fastest."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import yara_x

from custody.errors import RulesError
from sanitizers.engines.interface import (
    EXTERNALS,
    NO_EXTERNALS,
    Incomplete,
    Match,
    RuleText,
    Trial,
)

SECONDS_A_SCAN = 20
# A condition that counts beyond this is false; every match is an object, so it bounds memory too.
MOST_MATCHES_A_PATTERN = 100_000
SLOW_CODES = frozenset({"slow_pattern", "potentially_slow_loop"})


class YaraXRules:
    """Compiled rules; the scanner over them is made once, for the thread that scans."""

    def __init__(self, rules: yara_x.Rules) -> None:
        self._rules = rules
        self._scanner = yara_x.Scanner(rules)
        # The timer is a thread that a fork would lose: this object is made and used in one process.
        self._scanner.set_timeout(SECONDS_A_SCAN)
        self._scanner.max_matches_per_pattern(MOST_MATCHES_A_PATTERN)
        self._externals = dict(NO_EXTERNALS)

    def scan(
        self, content: bytes, externals: Mapping[str, str] = NO_EXTERNALS
    ) -> tuple[Match, ...] | Incomplete:
        """Return what matched, or why that cannot be said."""
        for name, value in externals.items():
            if self._externals[name] != value:
                self._scanner.set_global(name, value)
                self._externals[name] = value
        try:
            results = self._scanner.scan(content)
        except yara_x.TimeoutError:
            return Incomplete(reason=f"rules ran longer than {SECONDS_A_SCAN} s")
        except yara_x.ScanError as error:
            return Incomplete(reason=f"the engine failed: {type(error).__name__}")
        matching = results.matching_rules
        return tuple(_match(rule) for rule in matching) if matching else ()

    def dump(self) -> bytes:
        """Return the compiled form, to be loaded on this machine only."""
        stream = io.BytesIO()
        self._rules.serialize_into(stream)
        return stream.getvalue()


class YaraX:
    """Compiles and loads rules for yara-x."""

    name = "yara-x"

    def compile(self, sources: Iterable[RuleText]) -> YaraXRules:
        """Compile sources, each in its namespace; the first fault is raised with file and line.

        Older expressions that yara-x no longer takes are allowed only when it must be.
        """
        given = tuple(sources)
        try:
            return YaraXRules(_compiled(given, relaxed=False).build())
        except RulesError:
            return YaraXRules(_compiled(given, relaxed=True).build())

    def load(self, dumped: bytes) -> YaraXRules:
        """Load what `dump` returned."""
        try:
            return YaraXRules(yara_x.Rules.deserialize_from(io.BytesIO(dumped)))
        except (OSError, ValueError, TypeError) as error:
            raise RulesError("compiled rules cannot be loaded") from error

    def trial(self, source: RuleText) -> Trial:
        """Compile one source alone and say how it went."""
        try:
            return Trial(slow=_slow(_compiled((source,), relaxed=False)))
        except RulesError:
            return Trial(relaxed=True, slow=_slow(_compiled((source,), relaxed=True)))


ENGINE = YaraX()


def _compiled(sources: tuple[RuleText, ...], *, relaxed: bool) -> yara_x.Compiler:
    compiler = yara_x.Compiler(relaxed_re_syntax=relaxed, includes_enabled=False)
    for name in EXTERNALS:
        compiler.define_global(name, "")
    for source in sources:
        _add(compiler, source)
    return compiler


def _slow(compiler: yara_x.Compiler) -> tuple[str, ...]:
    return tuple(
        f"line {warning['line']}: {warning['title']}"
        for warning in compiler.warnings()
        if warning["code"] in SLOW_CODES
    )


def _add(compiler: yara_x.Compiler, source: RuleText) -> None:
    compiler.new_namespace(source.namespace)
    try:
        compiler.add_source(source.text, origin=source.namespace)
    except yara_x.CompileError as error:
        raise RulesError(
            f"a rule does not compile: {_place(compiler, source)}",
            next_step="correct or remove the file, or install the pack without it",
        ) from error


def _place(compiler: yara_x.Compiler, source: RuleText) -> str:
    """Return file, line and title of the last fault."""
    faults: list[Any] = compiler.errors()
    if not faults:
        return source.namespace
    return f"{source.namespace}, line {faults[-1]['line']}: {faults[-1]['title']}"


def _match(rule: yara_x.Rule) -> Match:
    offsets = [pattern.matches[0].offset for pattern in rule.patterns if pattern.matches]
    return Match(
        namespace=rule.namespace,
        rule=rule.identifier,
        meta=rule.metadata,
        offset=min(offsets) if offsets else None,
    )
