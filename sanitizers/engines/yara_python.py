"""The reference rule engine: libyara through yara-python, to compare the default one with."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import yara

from custody.errors import RulesError
from sanitizers.engines.interface import (
    NO_EXTERNALS,
    Incomplete,
    Match,
    RuleText,
    Trial,
)

SECONDS_A_SCAN = 20


class YaraPythonRules:
    """Compiled rules of libyara."""

    def __init__(self, rules: Any) -> None:
        self._rules = rules

    def scan(
        self, content: bytes, externals: Mapping[str, str] = NO_EXTERNALS
    ) -> tuple[Match, ...] | Incomplete:
        """Return what matched, or why that cannot be said."""
        warned: list[str] = []
        try:
            matches = self._rules.match(
                data=content,
                externals=dict(externals),
                timeout=SECONDS_A_SCAN,
                warnings_callback=lambda kind, _: _keep(warned, kind),
            )
        except yara.TimeoutError:
            return Incomplete(reason=f"rules ran longer than {SECONDS_A_SCAN} s")
        except yara.Error as error:
            return Incomplete(reason=f"the engine failed: {type(error).__name__}")
        if warned:
            return Incomplete(reason="too many matches")
        return tuple(_match(match) for match in matches)

    def dump(self) -> bytes:
        """Return the compiled form, to be loaded on this machine only."""
        stream = io.BytesIO()
        self._rules.save(file=stream)
        return stream.getvalue()


class YaraPython:
    """Compiles and loads rules for libyara."""

    name = "yara-python"

    def compile(self, sources: Iterable[RuleText]) -> YaraPythonRules:
        """Compile sources, each in its namespace; the first fault is raised with file and line."""
        texts = {source.namespace: source.text for source in sources}
        try:
            rules = yara.compile(sources=texts, externals=dict(NO_EXTERNALS), includes=False)
        except yara.Error as error:
            raise RulesError(
                f"a rule does not compile: {error}",
                next_step="correct or remove the file, or install the pack without it",
            ) from error
        return YaraPythonRules(rules)

    def load(self, dumped: bytes) -> YaraPythonRules:
        """Load what `dump` returned."""
        try:
            return YaraPythonRules(yara.load(file=io.BytesIO(dumped)))
        except yara.Error as error:
            raise RulesError("compiled rules cannot be loaded") from error

    def trial(self, source: RuleText) -> Trial:
        """Compile one source alone; libyara has one syntax and no codes for slow rules."""
        self.compile((source,))
        return Trial()


ENGINE = YaraPython()


def _keep(warned: list[str], kind: Any) -> int:
    warned.append(str(kind))
    return int(yara.CALLBACK_CONTINUE)


def _match(match: Any) -> Match:
    offsets = [string.instances[0].offset for string in match.strings if string.instances]
    return Match(
        namespace=match.namespace,
        rule=match.rule,
        meta=tuple(match.meta.items()),
        offset=min(offsets) if offsets else None,
    )
