"""What is made of clamd's words: findings, or the reason why it could not judge.

Beyond its own bounds clamd calls a file OK unless it is told to alert (AlertExceedsMax): the
canaries try both, so that a clamd which is blind or silent is refused before anything is judged.
"""

import io
import zipfile
from dataclasses import dataclass, replace

from custody.box import Content
from custody.errors import PolicyError, RulesError
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Inspection, NotScanned, Outcome, Scanned
from sanitizers.antivirus.clamd import Clamd, ClamdError, Database
from sanitizers.canaries import EICAR

SCANNER = "clamav"
VERSION = "1"
LIMITS = "Heuristics.Limits.Exceeded"
# Kinds of signatures that describe what may be unwanted, and what only looks like something.
DOUBTFUL = ("PUA.", "Heuristics.")
TOO_LONG = "size limit exceeded"
CANARY_DEPTH = 120
MOST_UNANSWERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Antivirus:
    """A clamd whose canaries were found, as it was when this was opened."""

    clamd: Clamd
    database: Database

    @property
    def version(self) -> str:
        """Changes with clamd's engine and with its database."""
        return f"{VERSION} {self.database}"

    def check_unchanged(self) -> None:
        """Refuse to judge one run with two databases.

        Raises:
            PolicyError: clamd has loaded another database meanwhile.
            RulesError: it no longer answers.
        """
        if self.clamd.database() != self.database:
            raise PolicyError(
                "clamd has loaded another database since the run began",
                next_step="run the same command again: it begins with the new one",
            )

    def said_of(self, content: Content, inspection: Inspection) -> Inspection:
        """Return an inspection with what clamd says of the content."""
        return replace(inspection, outcomes=(*inspection.outcomes, self._outcome(content)))

    def _outcome(self, content: Content) -> Outcome:
        try:
            words = self.clamd.scan(content)
        except ClamdError as error:
            return NotScanned(scanner=SCANNER, reason=f"clamd: {error}", transient=True)
        return outcome_of(words, self.version)


@dataclass(slots=True)
class Questions:
    """The questions of one shard: a clamd that is silent three times running is asked no more.

    One that takes contents and never answers would cost each of them its full time.
    """

    antivirus: Antivirus
    unanswered: int = 0

    def said_of(self, content: Content, inspection: Inspection) -> Inspection:
        """Return an inspection with what clamd says of the content, or that it says nothing."""
        if self.unanswered >= MOST_UNANSWERED:
            silence = NotScanned(scanner=SCANNER, reason="clamd: no more answers", transient=True)
            return replace(inspection, outcomes=(*inspection.outcomes, silence))
        said = self.antivirus.said_of(content, inspection)
        last = said.outcomes[-1]
        silent = isinstance(last, NotScanned) and last.transient
        self.unanswered = self.unanswered + 1 if silent else 0
        return said


def outcome_of(words: str, version: str) -> Outcome:
    """Return what clamd's words about one content amount to."""
    what, _, kind = words.rpartition(" ")
    if words == "OK":
        return Scanned(scanner=SCANNER, version=version)
    if kind == "FOUND" and what.startswith(LIMITS):
        return NotScanned(scanner=SCANNER, reason=f"clamd stopped at its own bounds: {what}")
    if kind == "FOUND" and what:
        return Scanned(scanner=SCANNER, version=version, findings=(_finding(what),))
    lasting = TOO_LONG in what
    return NotScanned(scanner=SCANNER, reason=f"clamd: {words}"[:200], transient=not lasting)


def _finding(name: str) -> Finding:
    doubtful = name.startswith(DOUBTFUL)
    return Finding(
        scanner=SCANNER,
        rule=name,
        kind=FindingKind.RULE,
        severity=Severity.SUSPICIOUS if doubtful else Severity.MALICIOUS,
    )


def open_antivirus(place: str) -> Antivirus | None:
    """Return the clamd at a place, after its canaries; None when no place is set.

    Raises:
        SettingsError: the place is none.
        RulesError: clamd does not answer, does not know EICAR, or is silent beyond its bounds.
    """
    if not place:
        return None
    clamd = Clamd(place)
    opened = Antivirus(clamd=clamd, database=clamd.database())
    if not _finds(opened.said_of(EICAR, _NOTHING)):
        raise RulesError(
            f"clamd at {place} does not find the EICAR test file",
            next_step="give it a database (freshclam, or files of the CERT) and let it reload",
        )
    if not _admits(opened.said_of(_nested(), _NOTHING)):
        raise RulesError(
            f"clamd at {place} calls what is beyond its bounds clean",
            next_step="set `AlertExceedsMax yes` in clamd.conf and start clamd again",
        )
    return opened


_NOTHING = Inspection(media_type="", outcomes=())


def _finds(inspection: Inspection) -> bool:
    return any(f.severity is Severity.MALICIOUS for f in inspection.findings)


def _admits(inspection: Inspection) -> bool:
    return any(isinstance(o, NotScanned) for o in inspection.outcomes)


def _nested() -> bytes:
    """Return a ZIP in a ZIP, deeper than any clamd.conf lets clamd go (MaxRecursion <= 100)."""
    content = b"a canary of Autoclave"
    for _ in range(CANARY_DEPTH):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr(zipfile.ZipInfo("canary"), content)
        content = out.getvalue()
    return content
