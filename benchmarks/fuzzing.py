"""Changes files at random and has every reader read them, for as long as there is time.

    .venv/bin/python -m benchmarks.fuzzing --seconds 600 --seed 1 [--readers NAME...] [FOLDER...]

Each reader has so many seconds of CPU time of its own, one after the other; what it did is a line
on stdout and in `--totals`. A reader may raise an error that has a name, and nothing else, and it
may not take long. What fails is written to `--keep` with its seed, to become a case of the tests.
Without folders the files of the tests are changed; equal seeds make equal changes.
"""

import argparse
import faulthandler
import json
import os
import random
import struct
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.pressed_disarmers import parts
from benchmarks.pressed_readers import MENDING, READERS, Reader
from formats.faults import FormatError
from sandbox.boundary import attempt
from tests.corpus.access import jet
from tests.corpus.archive_cases import ARCHIVE_CASES
from tests.corpus.containers import CASES
from tests.corpus.dbase import adts, dbase
from tests.corpus.disguises import TYPES
from tests.corpus.dumps import DUMPS
from tests.corpus.embedding import BUILDERS
from tests.corpus.faxes import group_3, group_4
from tests.corpus.films import film, photograph
from tests.corpus.flacs import flac
from tests.corpus.fonts import collection, font, woff
from tests.corpus.images import gif_of
from tests.corpus.intact import INTACT
from tests.corpus.mails import CASES as MAILS
from tests.corpus.metafiles import emf, wmf
from tests.corpus.outlook_messages import outlook, packed_rtf
from tests.corpus.publications import contents, publication, quill, shapes
from tests.corpus.rar_cases import RAR_CASES
from tests.corpus.recordings import anymap, dib, edf, icon, mp3, nifti, png, tag
from tests.corpus.thumbnails import THUMBNAILS, summary
from tests.corpus.webps import LOSSY, woff2

LARGEST = 1 << 18
LONGEST = 10.0
ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# How often what is changed is a file that the reader reads, and not any file.
OWN = 0.8


def changed(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return content after a few changes: numbers, lost and doubled parts, parts of other files."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(content) + 1)
        size = chance.choice((1, 2, 4, 16, 100, 600))
        number = struct.pack(chance.choice(("<I", ">I", "<H", ">H")), _odd(chance) & 0xFFFF)
        part = chance.choice(others)[: chance.choice((40, 400))]
        content = chance.choice(
            (
                content[:at] + number + content[at + len(number) :],
                content[:at] + chance.randbytes(size) + content[at + size :],
                content[:at] + content[at + size :],
                content[:at] + content[at : at + size] * chance.choice((2, 40)) + content[at:],
                content[:at] + part + content[at:],
                content[:at],
                content[:at] + bytes(size) + content[at + size :],
            )
        )[:LARGEST]
    return content


def _odd(chance: random.Random) -> int:
    return chance.choice((chance.choice(ODD_NUMBERS), chance.getrandbits(32)))


def main() -> None:
    """Change and read until every reader had its time; leave with 1 when one failed."""
    asked = _arguments()
    faulthandler.enable()
    seeds = list(_seeds(asked.folders))
    failed = 0
    for name in asked.readers or READERS:
        failed += _press(name, seeds, asked)
    sys.exit(1 if failed else 0)


def _press(name: str, seeds: Sequence[bytes], asked: argparse.Namespace) -> int:
    """Have one reader read changed files for its time, say what it did, and return the failures."""
    reader = READERS[name]
    mend = MENDING.get(name, bytes)
    own = [seed for seed in seeds if not _fault(reader, seed) and _reads(reader, seed)] or seeds
    started = time.process_time()
    number = named = failed = 0
    while time.process_time() - started < asked.seconds:
        chance = random.Random(f"{asked.seed}:{name}:{number}")
        given = chance.choice(own if chance.random() < OWN else seeds)
        content = mend(changed(given, seeds, chance))
        faulthandler.dump_traceback_later(6 * LONGEST, exit=True)
        fault = _fault(reader, content)
        faulthandler.cancel_dump_traceback_later()
        named += fault == NAMED
        if fault not in ("", NAMED):
            failed += 1
            _keep(asked.keep, f"{name}-{asked.seed}-{number}", content, fault)
        number += 1
    told = {"reader": name, "seed": asked.seed, "seconds": round(time.process_time() - started)}
    told |= {"seeds": len(own), "readings": number, "named_faults": named, "failed": failed}
    with asked.totals.open("a") as totals:
        print(json.dumps(told), file=totals)
    print(json.dumps(told), flush=True)
    return failed


NAMED = "a fault with a name"


def _reads(reader: Reader, content: bytes) -> bool:
    """Whether a reader finds something of its own in a file."""
    read = attempt(lambda: reader(content))
    return not isinstance(read, BaseException) and bool(read)


def _fault(reader: Reader, content: bytes) -> str:
    """Return what a reader did that it may not do; empty if nothing."""
    started = time.process_time()
    raised = attempt(lambda: reader(content))
    if isinstance(raised, KeyboardInterrupt):
        raise raised
    if isinstance(raised, BaseException) and not isinstance(raised, FormatError):
        return "".join(traceback.format_exception(raised))
    spent = time.process_time() - started
    if spent > LONGEST:
        return f"{spent:.1f} seconds"
    return NAMED if isinstance(raised, FormatError) else ""


def _keep(folder: Path, name: str, content: bytes, fault: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name.replace(" ", "-").replace("/", "-")).write_bytes(content)
    print(f"{name}: {fault}")


def _seeds(folders: Sequence[Path]) -> Iterator[bytes]:
    if not folders:
        yield from (seed for seed in _of_the_tests() if 0 < len(seed) <= LARGEST)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= LARGEST:
                yield path.read_bytes()


def _of_the_tests() -> Iterator[bytes]:
    yield from INTACT.values()
    yield from DUMPS.values()
    yield from (case.content for case in TYPES.values())
    yield from (case[2] for case in (*CASES, *ARCHIVE_CASES, *RAR_CASES, *MAILS))
    yield from (build(b"Bonjour docteur") for build in BUILDERS.values())
    yield from (outlook(), packed_rtf())
    yield from (mp3(tag=tag((b"TIT2", b"x"))), edf(), nifti(), icon(dib(), png()), anymap())
    yield from (film(), photograph(), font(), woff(), collection())
    yield from (group_3([[90, 7, 30]] * 40, 900), group_4([[90, 7, 30], [80, 20, 9]] * 20, 900))
    yield from (
        flac(4),
        jet(2),
        nifti(version=2),
        adts(9),
        dbase(9),
        publication(),
        contents(b"\x01\x20" + bytes(4)),
    )
    yield from (quill("text"), shapes(), emf(), wmf(), LOSSY, woff2(), gif_of(bytes(999), width=27))
    yield from (summary(drawn, picture) for drawn, picture in THUMBNAILS.items())
    yield from parts()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default=str(os.getpid()))
    parser.add_argument("--readers", nargs="*", choices=sorted(READERS), default=[])
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    parser.add_argument("--totals", type=Path, default=Path("fuzzed.jsonl"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
