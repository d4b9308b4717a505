"""Measures what inspection makes of simulated damage: one table of types by patterns.

    .venv/bin/python -m benchmarks.damage --count 20 FOLDER...

Files are taken from the folders by their extensions, and only those in which inspection sees no
damage while they are intact. A cell is the share with the right verdict, and behind it, if there is
one, the share that nothing would have held: whole texts that lost their end, for example.
"""

import argparse
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from custody.digest import Digest, digest_of
from custody.outcome import Inspection, Outcome
from custody.verdict import Required, Verdict, judge
from formats.faults import FormatError
from sanitizers.containers.judging import Contents, Expanded, Part
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import ARCHIVES, has_parts
from sanitizers.containers.unpacking import READERS
from sanitizers.examining import SecondOpinion
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.names import names_findings, names_outcome
from sanitizers.registry import BUILT_IN, look_forked
from sanitizers.sniffing import open_sample
from tests.corpus.damaging import CUTS, ENCRYPTIONS, FLIPS, SPARING, ZEROS, Damage

REQUIRED = Required(scanners=frozenset({ARCHIVES, *(scanner.name for scanner in BUILT_IN)}))
LEAST, MOST = 1024, 4 << 20
TYPES: dict[str, tuple[str, ...]] = {
    "pdf": ("pdf",),
    "ooxml": ("docx", "xlsx", "pptx"),
    "odf": ("odt", "ods", "odp"),
    "ole2": ("doc", "xls", "ppt", "msg"),
    "zip": ("zip", "whl"),
    "jpg": ("jpg", "jpeg"),
    "png": ("png",),
    "gif": ("gif",),
    "bmp": ("bmp",),
    "tif": ("tif", "tiff"),
    "dcm": ("dcm",),
    "sqlite": ("sqlite", "db"),
    "gz": ("gz",),
    "bz2": ("bz2",),
    "xz": ("xz",),
    "txt": ("txt",),
    "csv": ("csv",),
    "xml": ("xml", "ccda"),
    "json": ("json",),
    "ndjson": ("ndjson",),
    "hl7": ("hl7",),
    "html": ("html",),
    "rtf": ("rtf",),
    "mp3": ("mp3",),
    "film": ("mp4", "mov", "m4a"),
    "heif": ("heic", "heif", "hif", "avif"),
    "signals": ("edf", "bdf"),
    "nifti": ("nii",),
    "icon": ("ico", "cur"),
    "anymap": ("pgm", "ppm"),
    "pub": ("pub",),
    "dbf": ("dbf",),
    "metafile": ("emf", "wmf"),
    "mail": ("eml",),
}
GROUPS: tuple[tuple[str, dict[str, Damage], Verdict], ...] = (
    ("encrypted", ENCRYPTIONS, Verdict.ENCRYPTED),
    ("encrypted, head spared", SPARING, Verdict.ENCRYPTED),
    ("cut", CUTS, Verdict.DAMAGED),
    ("zeros", ZEROS, Verdict.DAMAGED),
    ("flipped", FLIPS, Verdict.DAMAGED),
)
DAMAGES = frozenset({Verdict.ENCRYPTED, Verdict.DAMAGED})


def main() -> None:
    """Measure and print Markdown tables."""
    asked = _arguments()
    files = {
        kind: list(_intact(found, asked.count))
        for kind, found in sorted(_files(asked.folders, asked.seed).items())
        if not asked.types or kind in asked.types
    }
    for title, damages, expected in GROUPS:
        print(f"\n### {title}\n")
        _table(files, damages, expected, show=asked.misses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, the type, and all that was said: of the content, of its name, of its parts."""

    verdict: Verdict
    media_type: str
    outcomes: tuple[Outcome, ...]


def verdict(content: bytes, name: str) -> tuple[Verdict, Inspection]:
    """Return the verdict of one content under one name, as the main job would give it."""
    inspection = look_forked(content)
    return _judged(content, name, inspection).verdict, inspection


def judged(content: bytes, name: str) -> Judged:
    """Return the verdict with its reasons, libmagic's opinion heard as in the box."""
    return _judged(content, name, look_forked(content, opinion=_opinion()))


@cache
def _opinion() -> SecondOpinion:
    return SecondOpinion()


def _judged(content: bytes, name: str, inspection: Inspection) -> Judged:
    names = names_outcome(names_findings(os.fsencode(name), open_sample(content).report))
    inside = _Opened().outcomes(content, inspection)
    outcomes = (*inspection.outcomes, names, *inside)
    given = judge(outcomes, REQUIRED).verdict
    return Judged(verdict=given, media_type=inspection.media_type, outcomes=outcomes)


class _Opened:
    """What lies in a container, each distinct content looked at once."""

    def __init__(self) -> None:
        self._expanded: dict[Digest, Expanded] = {}
        self._inspections: dict[Digest, Inspection] = {}

    def outcomes(self, content: bytes, said: Inspection) -> tuple[Outcome, ...]:
        """Take a container apart, and return what its parts say of it."""
        self._expand(content, said, depth=1)
        known = Contents(expanded=self._expanded, inspections=self._inspections)
        return known.outcomes(digest_of(content), said, _judge_part)

    def _expand(self, content: bytes, said: Inspection, depth: int) -> None:
        digest = digest_of(content)
        if digest in self._expanded or not has_parts(said) or depth > DEFAULT_LIMITS.most_depth:
            return
        parts: list[Part] = []
        fault = ""
        try:
            for number, part in enumerate(READERS[said.media_type](content, Means())):
                inside = digest_of(part.content)
                parts.append(Part(ordinal=number, digest=inside, refusal=part.refusal))
                if inside not in self._inspections:
                    self._inspections[inside] = look_forked(part.content)
                    self._expand(part.content, self._inspections[inside], depth + 1)
        except FormatError as error:
            fault = f"{error.code}: {error.reason}"
        self._expanded[digest] = Expanded(parts=tuple(parts), fault=fault)


def _judge_part(said: Inspection, inside: tuple[Outcome, ...]) -> Verdict:
    return judge((*said.outcomes, *inside), REQUIRED).verdict


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--types", nargs="*", default=[])
    parser.add_argument("--misses", action="store_true")
    return parser.parse_args()


def _files(folders: Sequence[Path], seed: int) -> dict[str, list[Path]]:
    kinds = {extension: kind for kind, names in TYPES.items() for extension in names}
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            kind = kinds.get(path.suffix[1:].lower())
            is_file = path.is_file() and not path.is_symlink()
            if kind and is_file and LEAST <= path.stat().st_size <= MOST:
                found[kind].append(path)
    for paths in found.values():
        random.Random(seed).shuffle(paths)
    return found


def _intact(paths: Sequence[Path], count: int) -> Iterator[tuple[str, bytes]]:
    seen: set[bytes] = set()
    for path in paths:
        content = path.read_bytes()
        if content in seen or verdict(content, path.name)[0] in DAMAGES:
            continue
        seen.add(content)
        yield path.name, content
        if len(seen) == count:
            return


def _table(
    files: dict[str, list[tuple[str, bytes]]],
    damages: dict[str, Damage],
    expected: Verdict,
    *,
    show: bool,
) -> None:
    total: Counter[bool] = Counter()
    print(f"| type (files) | {' | '.join(damages)} |\n|---|{'---|' * len(damages)}")
    for kind, intact in files.items():
        cells = []
        for title, damage in damages.items():
            verdicts: Counter[Verdict] = Counter()
            for name, content in intact:
                changed = damage(content)
                if changed == content:
                    continue
                given, inspection = verdict(changed, name)
                verdicts[given] += 1
                total[given is expected] += 1
                if show and given is not expected:
                    print("   ", kind, title, name, given.value, _reasons(inspection))
            cells.append(_cell(verdicts, expected))
        print(f"| {kind} ({len(intact)}) | {' | '.join(cells)} |")
    if total:
        print(f"\n{100 * total[True] / total.total():.1f} % of {total.total()} {expected.value}.")


def _cell(verdicts: Counter[Verdict], expected: Verdict) -> str:
    if not verdicts:
        return ""
    right = f"{100 * verdicts[expected] / verdicts.total():.0f}"
    clean = verdicts[Verdict.CLEAN]
    return f"{right} ({100 * clean / verdicts.total():.0f})" if clean else right


def _reasons(inspection: Inspection) -> str:
    return "; ".join(
        f"{finding.scanner}:{finding.rule}@{finding.where}"
        for outcome in inspection.outcomes
        for finding in getattr(outcome, "findings", ())
    )


if __name__ == "__main__":
    main()
