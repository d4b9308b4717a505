"""A reader of YARA sources: where each rule stands, and what it refers to.

Only tokens are read; whether a rule is right is the engine's word. Comments, texts, hexadecimal
strings and regular expressions are skipped as such, so that a word inside them is no word.
"""

import re
from dataclasses import dataclass

# In YARA a slash begins a comment or an expression and nothing else: division is a backslash.
# What is never closed is taken up to the end of its line, so that no text takes quadratic time.
_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<text>"(?:[^"\\\n]|\\[^\n])*+"?)
    | (?P<expression>/(?:[^/\\\n]|\\[^\n])*+(?:/[is]*)?)
    | (?P<pattern>[$\#@!]\w*)
    | (?P<field>\.\s*[A-Za-z_]\w*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<brace>[{}])
    | (?P<colon>:)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
# "any of (loader*)" means all earlier rules of the file that are called so.
_STAR = re.compile(r"\s*\*")
_OPAQUE = frozenset({"comment", "text", "expression", "pattern", "field"})
_MODIFIERS = frozenset({"private", "global"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpan:
    """One rule of a source: its place, its modifiers, and the words of its condition.

    A word that is the beginning of names of rules stands for all earlier ones that begin so.
    `condition` is where the condition begins; it ends just before the brace at `end`.
    """

    name: str
    start: int
    end: int
    line: int
    modifiers: frozenset[str]
    words: frozenset[str]
    condition: int

    @property
    def is_global(self) -> bool:
        """Whether the rule would decide over all others of its namespace."""
        return "global" in self.modifiers


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSpan:
    """One import of a source: its place and the module that it names."""

    module: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutline:
    """What a source holds, in order. `includes` are lines at which other files are asked for."""

    rules: tuple[RuleSpan, ...]
    includes: tuple[int, ...]
    imports: tuple[ImportSpan, ...]


def outline(text: str) -> SourceOutline:
    """Return where the rules of a source stand; what is no rule is left out."""
    reader = _Reader(text)
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or ""
        if kind == "text":
            reader.read_text(token)
        elif kind not in _OPAQUE:
            reader.read(kind, token)
    return SourceOutline(
        rules=tuple(reader.rules), includes=tuple(reader.includes), imports=tuple(reader.imports)
    )


class _Reader:
    """Follows braces: outside all of them stand modifiers and names, inside stands one rule."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self._modifiers: set[str] = set()
        self._start = -1
        self._name = ""
        self._section = ""
        self._condition = 0
        self._last_word = ""
        self._words: set[str] = set()
        self._beginnings: set[str] = set()
        self._import_at = -1
        self.rules: list[RuleSpan] = []
        self.includes: list[int] = []
        self.imports: list[ImportSpan] = []

    def read_text(self, token: re.Match[str]) -> None:
        if self._depth == 0 and self._last_word == "import":
            module = token[0].strip('"')
            self.imports.append(ImportSpan(module=module, start=self._import_at, end=token.end()))

    def read(self, kind: str, token: re.Match[str]) -> None:
        if kind == "brace":
            self._brace(token)
        elif self._depth == 0:
            self._outside(kind, token)
        elif kind == "colon":
            self._colon(token)
        elif self._section == "condition":
            self._words.add(token[0])
            if kind == "word" and _STAR.match(self._text, token.end()):
                self._beginnings.add(token[0])
        self._last_word = token[0]

    def _colon(self, token: re.Match[str]) -> None:
        """Begin a section; a colon within the condition belongs to a loop."""
        if self._section != "condition":
            self._section = self._last_word
            self._condition = token.end()

    def _outside(self, kind: str, token: re.Match[str]) -> None:
        word = token[0]
        if kind != "word":
            return
        if word == "import":
            self._import_at = token.start()
        elif word == "include":
            self.includes.append(self._line(token.start()))
        elif word in _MODIFIERS or word == "rule":
            self._start = token.start() if self._start < 0 else self._start
            self._modifiers.add(word)
        elif self._last_word == "rule":
            self._name = word

    def _brace(self, token: re.Match[str]) -> None:
        self._depth += 1 if token[0] == "{" else -1
        self._depth = max(self._depth, 0)
        if self._depth or token[0] == "{" or not self._name:
            return
        self.rules.append(
            RuleSpan(
                name=self._name,
                start=self._start,
                end=token.end(),
                line=self._line(self._start),
                modifiers=frozenset(self._modifiers & _MODIFIERS),
                words=frozenset(self._words.union(self._meant())),
                condition=self._condition,
            )
        )
        self._start, self._name, self._section = -1, "", ""
        self._modifiers, self._words, self._beginnings = set(), set(), set()

    def _meant(self) -> set[str]:
        """Return the earlier rules that the condition means by the beginning of their names."""
        beginnings = tuple(self._beginnings)
        return {rule.name for rule in self.rules if rule.name.startswith(beginnings)}

    def _line(self, offset: int) -> int:
        return self._text.count("\n", 0, offset) + 1
