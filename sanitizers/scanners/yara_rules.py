"""The scanner of YARA rules: content once, names one by one, large content through windows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from custody.finding import Finding, Severity
from custody.names import escape, extension, parent
from custody.outcome import Coverage, NotScanned, Outcome, Scanned
from sanitizers.engines.interface import NO_EXTERNALS, Incomplete, Match, Meta, Rules
from sanitizers.rules.gating import MZ
from sanitizers.rules.grading import STANDARD
from sanitizers.rules.loading import Loaded
from sanitizers.rules.severity import kind_of, severity_of
from sanitizers.rules.splitting import Part

NAME = "yara_rules"
VERSION = "1"
WINDOW = 64 << 20
OVERLAP = 1 << 20
MOST_FINDINGS = 200
MOST_NAME_FINDINGS = 16
LONGEST_DETAIL = 500
CONTENT_PARTS = (Part.CONTENT, Part.CONTENT_OF_PROGRAMS)
NAME_PARTS = (Part.NAMES, Part.NAMES_OF_PROGRAMS)
BACKSLASH_PARTS = (Part.BACKSLASHES, Part.BACKSLASHES_OF_PROGRAMS)
PROGRAM_PARTS = frozenset(
    {Part.CONTENT_OF_PROGRAMS, Part.NAMES_OF_PROGRAMS, Part.BACKSLASHES_OF_PROGRAMS}
)
ORDER = (Severity.MALICIOUS, Severity.SUSPICIOUS, Severity.INFO)
# The words that rule authors use for the external `filetype`.
FILE_TYPES = {
    "application/vnd.microsoft.portable-executable": "EXE",
    "application/x-executable": "ELF",
    "application/x-sharedlib": "ELF",
    "application/x-mach-binary": "MACH-O",
    "application/rtf": "RTF",
    "text/rtf": "RTF",
    "application/pdf": "PDF",
    "application/zip": "ZIP",
    "text/x-php": "PHP",
    "text/x-python": "Python",
    "text/vbscript": "VBS",
    "text/x-msdos-batch": "BATCH",
    "text/x-powershell": "PowerShell",
}


class YaraRules:
    """Scans with compiled rules; made before the lock, used in the process that made it."""

    name = NAME

    def __init__(self, loaded: Loaded) -> None:
        self.version = f"{VERSION} {loaded.engine} {loaded.engine_version}"
        self._compiled = loaded.compiled
        self._overrides = loaded.overrides
        self._grades = loaded.grades

    def scan(self, content: bytes | memoryview) -> Outcome:
        """Return what the rules that need no name say of the content."""
        found = self._run(CONTENT_PARTS, content, NO_EXTERNALS)
        if isinstance(found, Incomplete):
            return NotScanned(scanner=NAME, reason=found.reason)
        return Scanned(
            scanner=NAME,
            version=self.version,
            coverage=Coverage.WHOLE if len(content) <= WINDOW else Coverage.WINDOWED,
            findings=self._findings(found),
        )

    def scan_name(
        self, content: bytes | memoryview, name: bytes, media_type: str
    ) -> tuple[Finding, ...] | Incomplete:
        """Return what the rules that ask for a name say of the content under this name.

        Many public rules were written for Windows paths: they see the path spelled so as well.
        """
        matches: dict[tuple[str, str], Match] = {}
        externals = externals_of(name, media_type)
        slashed = {**externals, "filepath": externals["filepath"].replace("/", "\\")}
        for parts, spelled in ((NAME_PARTS, externals), (BACKSLASH_PARTS, slashed)):
            found = self._run(parts, content, spelled)
            if isinstance(found, Incomplete):
                return found
            matches |= {
                (m.namespace, m.rule): m
                for m in found
                if (m.namespace, m.rule) in self._compiled.name_rules
            }
        return self._findings(matches.values())[:MOST_NAME_FINDINGS]

    def _run(
        self, parts: Sequence[Part], content: bytes | memoryview, externals: Mapping[str, str]
    ) -> tuple[Match, ...] | Incomplete:
        """Run some parts over every window; rules for programs only where a program begins."""
        matches: dict[tuple[str, str], Match] = {}
        for start, window in windows(content):
            for rules in self._rules(parts, window):
                found = rules.scan(window, externals)
                if isinstance(found, Incomplete):
                    return found
                for match in found:
                    offset = None if match.offset is None else match.offset + start
                    matches.setdefault((match.namespace, match.rule), replace(match, offset=offset))
        return tuple(matches.values())

    def _rules(self, parts: Sequence[Part], window: bytes) -> Iterator[Rules]:
        is_program = window.startswith(MZ)
        for part in parts:
            if part in self._compiled.parts and (is_program or part not in PROGRAM_PARTS):
                yield self._compiled.parts[part]

    def _findings(self, matches: Iterable[Match]) -> tuple[Finding, ...]:
        """Return findings, worst first; of very many matches the worst are kept."""
        findings = [finding for match in matches if (finding := self._finding(match)) is not None]
        findings.sort(key=lambda finding: (ORDER.index(finding.severity), finding.rule))
        return tuple(findings[:MOST_FINDINGS])

    def _finding(self, match: Match) -> Finding | None:
        pack = match.namespace.partition("/")[0]
        grades = self._grades.get(pack, STANDARD)
        severity = severity_of(match.rule, match.meta, self._overrides.get(pack, {}), grades)
        if severity is None:
            return None
        return Finding(
            scanner=NAME,
            rule=f"{match.namespace}:{match.rule}",
            kind=kind_of(match.meta),
            severity=severity,
            where="" if match.offset is None else f"offset {match.offset}",
            detail=detail_of(match.meta),
        )


def windows(
    content: bytes | memoryview, size: int = WINDOW, overlap: int = OVERLAP
) -> Iterator[tuple[int, bytes]]:
    """Yield the content whole, or in windows that overlap, each with its offset."""
    if len(content) <= size:
        yield 0, bytes(content)
        return
    for start in range(0, len(content) - overlap, size - overlap):
        yield start, bytes(content[start : start + size])


def externals_of(name: bytes, media_type: str) -> dict[str, str]:
    """Return the externals that a name sets; what is no plain text in it stands escaped."""
    dotted = escape(extension(name).encode())
    return {
        "filename": escape(name.rpartition(b"/")[2]),
        "filepath": "/" + escape(parent(name)),
        "extension": f".{dotted}" if dotted else "",
        "filetype": FILE_TYPES.get(media_type, ""),
        "owner": "",
    }


def detail_of(meta: Meta) -> str:
    """Return what a rule says of itself; its author always, as the licences of rules ask for."""
    said = {key.lower(): _printable(str(value)) for key, value in meta}
    author = f"author: {said.get('author') or 'not named'}"
    others = [
        said.get("description", ""),
        *(f"{key}: {said[key]}" for key in ("reference", "license") if said.get(key)),
    ]
    return "; ".join((author[:200], *filter(None, others)))[:LONGEST_DETAIL]


def _printable(text: str) -> str:
    """Return one line that can be shown: rules come from outside, too."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
