"""Disarms every file of some folders in the real box: what became of it, by type, in one table.

    .venv/bin/python -m benchmarks.disarm [--keep FOLDER] [--reasons] FOLDER...

Only files in which the scanner finds something active are disarmed. Text is compared by a program
that knows nothing of the disarmers: pdftotext for PDF, LibreOffice for what it opens. A copy is
counted when it is proven, of its type, and when no scanner finds anything; `--keep` writes them.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from custody.outcome import Inspection
from custody.verdict import Verdict, judge
from sandbox.pool import Pool
from sanitizers.disarming.eligibility import without_active
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.making import Made, NotMade, Original, disarmed
from sanitizers.disarming.names import EXTENSIONS
from sanitizers.disarming.office import confined
from sanitizers.disarming.office.confined import Filter
from sanitizers.disarming.registry import has_disarmer, is_rebuilt
from sanitizers.disarming.rulings import PLAIN
from sanitizers.inspection import Inspector, SampleToInspect
from sanitizers.policy_file import read_policy
from sanitizers.rules.built_in import built_in_pack

# How LibreOffice writes what it opens as pages, by what the type of a copy says.
EXPORTS = {
    "wordprocessing": "writer_pdf_Export",
    "spreadsheet": "calc_pdf_Export",
    "presentation": "impress_pdf_Export",
    "opendocument.text": "writer_pdf_Export",
    "opendocument.graphics": "draw_pdf_Export",
}
SECONDS = 120


@dataclass(slots=True)
class Row:
    """What became of the files of one type."""

    n: int = 0
    active: int = 0
    copies: int = 0
    held: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    equal: int = 0
    ratios: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


class Bench:
    """One box, and the rows of its table."""

    def __init__(self, inspector: Inspector, pool: Pool, keep: Path | None) -> None:
        self._inspector = inspector
        self._pool = pool
        self._keep = keep
        self.rows: dict[str, Row] = defaultdict(Row)
        self.reasons: list[tuple[str, str]] = []

    def run(self, paths: Sequence[Path]) -> None:
        """Inspect some files, and disarm those that have something active."""
        for path in paths:
            content = path.read_bytes()
            said = self._look(content)
            row = self.rows[said.media_type or "(no type)"]
            row.n += 1
            if without_active(said.outcomes) is None:
                continue
            row.active += 1
            held = self._disarm(path, content, said, row)
            if held:
                row.held[held.partition(": ")[0]] += 1
                self.reasons.append((path.name, held))

    def _look(self, content: bytes) -> Inspection:
        sample = SampleToInspect(content=content, size=len(content))
        (answer,) = self._inspector.inspect(self._pool, [sample])
        return answer.inspection

    def _disarm(self, path: Path, content: bytes, said: Inspection, row: Row) -> str:
        """Return why a file is held; empty when a copy stands for it."""
        if not has_disarmer(said.media_type) or is_rebuilt(said.media_type):
            return "no disarmer"
        begun = time.monotonic()
        original = Original(content=content, size=len(content), media_type=said.media_type)
        made = disarmed(self._pool, original, PLAIN, self._inspector.limits)
        row.milliseconds.append((time.monotonic() - begun) * 1000)
        if isinstance(made, NotMade):
            return made.reason
        again = self._look(made.content)
        if again.media_type != made.media_type:
            return f"type: {again.media_type}"
        judged = judge(again.outcomes, self._inspector.required)
        against = [r for r in judged.reasons if not r.startswith(("records", "archives"))]
        if judged.verdict is not Verdict.CLEAN and against:
            return f"not clean: {against[0]}"
        self._count(path, content, made, row)
        return ""

    def _count(self, path: Path, content: bytes, made: Made, row: Row) -> None:
        row.copies += 1
        row.ratios.append(len(made.content) / len(content))
        suffix = "." + EXTENSIONS.get(made.media_type, path.suffix.lstrip("."))
        before = text_of(content, path.suffix, made.media_type)
        after = text_of(made.content, suffix, made.media_type)
        if before is not None:
            row.texts += 1
            row.equal += before == after
            if before != after:
                self.reasons.append((path.name, "text differs, as others read it"))
        if self._keep is not None:
            (self._keep / f"{path.name}{suffix}").write_bytes(made.content)


def text_of(content: bytes, suffix: str, media_type: str) -> bytes | None:
    """Return the words of a document as another program reads them; None if none does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"document{suffix}"
        path.write_bytes(content)
        if media_type == "application/pdf" and shutil.which("pdftotext"):
            return _output(["pdftotext", str(path), "-"])
        export = next((name for kind, name in EXPORTS.items() if kind in media_type), "")
        if export and not confined.missing():
            chosen = Filter(read=suffix.lstrip("."), written="pdf", name=export)
            try:
                path.write_bytes(confined.convert(content, chosen, seconds=SECONDS))
            except CannotDisarmError:
                return None
            return _output(["pdftotext", str(path), "-"])
    return None


def _output(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    return b" ".join(done.stdout.split())


def table(rows: dict[str, Row]) -> Iterator[str]:
    """Yield the table, in the form of the documentation."""
    yield "| type | n | active | disarmed | held, and why | text equal | size | median ms |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, row in sorted(rows.items()):
        if row.active:
            why = ", ".join(f"{n} {reason}" for reason, n in row.held.most_common()) or "0"
            ratio = f"{statistics.median(row.ratios):.2f}" if row.ratios else ""
            median = f"{statistics.median(row.milliseconds):.0f}" if row.milliseconds else ""
            equal = f"{row.equal}/{row.texts}" if row.texts else ""
            cells = (name, row.n, row.active, row.copies, why, equal, ratio, median)
            yield "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, help="write the copies into this folder")
    parser.add_argument("--reasons", action="store_true", help="say of each held file why")
    given = parser.parse_args()
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    paths = sorted(p for folder in given.folders for p in folder.rglob("*") if p.is_file())
    with tempfile.TemporaryDirectory() as cache:
        inspector = Inspector(
            policy=read_policy("strict"),
            packs=(built_in_pack(),),
            cache=Path(cache),
            sandboxed=True,
        )
        memory = inspector.limits.box_bytes
        with Pool(inspector.programs, workers=1, forked_memory=memory) as pool:
            bench = Bench(inspector, pool, given.keep)
            bench.run(paths)
    print(*table(bench.rows), sep="\n")
    for name, reason in bench.reasons if given.reasons else ():
        print(f"{name}: {reason}")


if __name__ == "__main__":
    main()
