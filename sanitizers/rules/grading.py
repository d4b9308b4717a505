"""A pack's own scale: which score, word or silence of its authors is how severe. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from custody.errors import RulesError
from custody.finding import Severity

STRICTEST = (Severity.MALICIOUS, Severity.SUSPICIOUS, Severity.INFO)
_KEYS = frozenset({"malicious_from", "suspicious_from", "unmarked", "words"})
_HIGHEST = 100
MOST_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """From which score on a match is malicious or suspicious, what words mean, and what silence.

    A word that is not listed means `unmarked`, as a rule does that says nothing.
    """

    malicious_from: float = 75
    suspicious_from: float = 40
    unmarked: Severity = Severity.SUSPICIOUS
    words: Mapping[str, Severity] = field(
        default_factory=lambda: {
            "critical": Severity.MALICIOUS,
            "high": Severity.MALICIOUS,
            "malicious": Severity.MALICIOUS,
            "info": Severity.INFO,
            "informational": Severity.INFO,
        }
    )

    def of_number(self, number: float) -> Severity:
        """Return how severe a score is."""
        if number >= self.malicious_from:
            return Severity.MALICIOUS
        return Severity.SUSPICIOUS if number >= self.suspicious_from else Severity.INFO

    def of_word(self, word: str) -> Severity:
        """Return how severe a word is."""
        return self.words.get(word.strip().lower(), self.unmarked)

    def encode(self) -> dict[str, Any]:
        """Return the scale as it stands in pack.json."""
        return {
            "malicious_from": self.malicious_from,
            "suspicious_from": self.suspicious_from,
            "unmarked": self.unmarked.value,
            "words": {word: severity.value for word, severity in sorted(self.words.items())},
        }

    def loosens(self, other: "Grades") -> bool:
        """Whether anything is less severe here than on another scale."""
        words = {*self.words, *other.words}
        return (
            self.malicious_from > other.malicious_from
            or self.suspicious_from > other.suspicious_from
            or _rank(self.unmarked) > _rank(other.unmarked)
            or any(_rank(self.of_word(w)) > _rank(other.of_word(w)) for w in words)
        )


STANDARD = Grades()


def read_grades(content: bytes) -> Grades:
    """Read a scale from TOML; what it leaves out is as on the standard scale.

    Raises:
        RulesError: a key or a severity is unknown, or a score is not between 0 and 100.
    """
    try:
        return decode_grades(tomllib.loads(content.decode()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RulesError(
            f"the scale of severities cannot be read: {error}",
            next_step="give malicious_from, suspicious_from, unmarked, and a table of words",
        ) from error


def decode_grades(said: Mapping[str, Any]) -> Grades:
    """Return a scale from what `encode` or a person wrote.

    Raises:
        ValueError: it is none.
    """
    if unknown := said.keys() - _KEYS:
        raise ValueError(f"nobody knows {', '.join(sorted(unknown))}")
    words = {**STANDARD.words, **_words(said.get("words", {}))}
    scores = (
        _score(said.get("malicious_from", STANDARD.malicious_from)),
        _score(said.get("suspicious_from", STANDARD.suspicious_from)),
    )
    if scores[0] < scores[1]:
        raise ValueError("malicious_from is below suspicious_from")
    return Grades(
        malicious_from=scores[0],
        suspicious_from=scores[1],
        unmarked=Severity(said.get("unmarked", STANDARD.unmarked.value)),
        words=words,
    )


def _words(said: Mapping[str, str]) -> dict[str, Severity]:
    if len(said) > MOST_WORDS:
        raise ValueError(f"there are more than {MOST_WORDS} words")
    return {word.strip().lower(): Severity(severity) for word, severity in said.items()}


def _score(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= _HIGHEST:
        raise ValueError(f"{said!r} is no score from 0 to {_HIGHEST}")
    return said


def _rank(severity: Severity) -> int:
    return STRICTEST.index(severity)
