"""Disarms PDF files, and converts them to pixels beside it: time and size of both, as ratios.

    .venv/bin/python -m benchmarks.disarm_pixels [--dpi 150] [--quality 75] FOLDER...

Both read and write in this process, so trusted files only. Pixel conversion is what the peers do:
every page is rendered (pypdfium2, which has to be installed), packed as JPEG and put on a page of
its own. Beside it stands what the switch `pixels` of a policy makes: 150 dpi, without loss. Files
that cannot be disarmed or rendered are counted, and left out of the ratios.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.pdf.disarmer import DISARMER
from sanitizers.disarming.pdf.pixels import DISARMER as PIXELS

MOST_PAGES = 200
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What one file came to, in both ways."""

    pages: int
    size: int
    copy: int
    pixels: int
    disarmed: float
    proven: float
    rendered: float
    lossless: int
    drawn: float
    text_kept: bool
    text_of_pixels: int


def converted(content: bytes, dpi: int, quality: int) -> bytes:
    """Return a file of one picture a page."""
    import pypdfium2

    with pypdfium2.PdfDocument(content) as document:
        pages = [
            page.render(scale=dpi / 72).to_pil().convert("RGB")
            for page, _ in zip(document, range(MOST_PAGES), strict=False)
        ]
    target = BytesIO()
    pages[0].save(
        target, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=quality
    )
    return target.getvalue()


def proven(content: bytes, made: bytes) -> bool:
    """Do what the pipeline does with a copy, but for its scanners."""
    again = DISARMER.disarm(made, frozenset()).content
    return (
        again == made
        and not DISARMER.walk(made)
        and DISARMER.measure(content) == DISARMER.measure(made)
    )


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """Return what some work came to, and its seconds."""
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun


def words_of(content: bytes) -> bytes:
    """Return the words that another program reads."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        done = subprocess.run(["pdftotext", file.name, "-"], capture_output=True, check=False)
    return b" ".join(done.stdout.split())


def compare(content: bytes, dpi: int, quality: int) -> Both:
    """Disarm and convert one file."""
    made, disarmed = timed(lambda: DISARMER.disarm(content, frozenset()).content)
    good, proving = timed(lambda: proven(content, made))
    if not good:
        raise CannotDisarmError("not proven")
    pixels, rendered = timed(lambda: converted(content, dpi, quality))
    lossless, drawn = timed(lambda: PIXELS.disarm(content, frozenset({Switch.PIXELS})).content)
    before = words_of(content)
    return Both(
        pages=int(DISARMER.measure(content).values["pages"]),
        size=len(content),
        copy=len(made),
        pixels=len(pixels),
        disarmed=disarmed,
        proven=disarmed + proving,
        rendered=rendered,
        lossless=len(lossless),
        drawn=drawn,
        text_kept=words_of(made) == before,
        text_of_pixels=len(words_of(pixels)),
    )


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--dpi", type=int, default=150)
    parser.add_argument("--quality", type=int, default=75)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    found: list[Both] = []
    refused = unrendered = 0
    for path in sorted(p for folder in given.folders for p in folder.rglob("*.pdf")):
        try:
            found.append(compare(path.read_bytes(), given.dpi, given.quality))
        except (CannotDisarmError, FormatError):
            refused += 1
        except (RuntimeError, IndexError, OSError, ValueError):
            unrendered += 1
    told(found, refused, unrendered)


def told(found: list[Both], refused: int, unrendered: int) -> None:
    """Print the medians, and the whole."""
    pages = sum(both.pages for both in found)
    print(f"files {len(found)}, pages {pages}, not disarmed {refused}, not rendered {unrendered}")
    print(f"text equal after disarming {sum(b.text_kept for b in found)}/{len(found)}, ", end="")
    print(f"files with any text after conversion {sum(b.text_of_pixels > 0 for b in found)}")
    for name in ("disarmed", "proven", "rendered", "drawn"):
        each = [getattr(both, name) * 1000 for both in found]
        print(f"{name}: median {statistics.median(each):.1f} ms, whole {sum(each) / 1000:.1f} s")
    for name in ("copy", "pixels", "lossless"):
        each = [getattr(both, name) / both.size for both in found]
        print(f"{name}: size x{statistics.median(each):.2f} median, x{max(each):.1f} most")
    times = [both.rendered / both.proven for both in found]
    sizes = [both.pixels / both.copy for both in found]
    print(f"conversion to proven copy: time x{statistics.median(times):.1f} median, ", end="")
    print(f"size x{statistics.median(sizes):.1f} median")


if __name__ == "__main__":
    main()
