"""Changes files at random and has every reader read them, for as long as there is time.

    .venv/bin/python -m benchmarks.fuzzing --minutes 10 --seed 1 [FOLDER...]

A reader may raise an error that has a name, and nothing else, and it may not take long. What fails
is written to `--keep` with its seed, to become a case of the tests (`tests/corpus/fuzzed`). Without
folders the files of the tests are changed; equal seeds make equal changes.
"""

import argparse
import contextlib
import faulthandler
import os
import random
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from formats import (
    biff,
    dicom,
    er7,
    hidden,
    images,
    jpeg,
    lzw,
    ole2,
    ooxml,
    packages,
    pdf,
    pdf_cipher,
    properties,
    remains,
    signatures,
    sqlite,
    stripes,
    tar,
    text,
    textual,
    tiff,
    word,
    xml_prolog,
    zip,  # noqa: A004 - the reader of ZIP archives
)
from formats.faults import FormatError
from formats.markup import Events, read_xml
from sandbox.boundary import attempt
from sanitizers.deciphering import NativeCiphers
from sanitizers.inflating import checksum, inflate_raw
from sanitizers.limits import Limits
from sanitizers.names import names_findings
from sanitizers.registry import look_forked, look_resident
from sanitizers.sniffing import open_sample
from tests.corpus.disguises import TYPES
from tests.corpus.intact import INTACT

LIMITS = Limits(most_content_bytes=1 << 22, most_expanded_bytes=1 << 23, most_member_bytes=1 << 22)
LARGEST = 1 << 18
LONGEST = 10.0
ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
Reader = Callable[[bytes], object]


def _streams(content: bytes) -> object:
    compound = ole2.Compound(content)
    read = [compound.stream(entry) for entry in compound.entries if entry.is_stream]
    for stream in read:
        for records in (biff.excel_records, biff.slide_records):
            _until_fault(lambda records=records, stream=stream: list(records(stream)))
        for look in (properties.check_property_sets, biff.text_is_encrypted):
            _until_fault(lambda look=look, stream=stream: look(stream))
        _until_fault(lambda stream=stream: word.text_pieces(stream, stream))
        _until_fault(lambda stream=stream: word.formatting_pages(stream, stream))
    return len(read)


def _until_fault(look: Callable[[], object]) -> None:
    with contextlib.suppress(FormatError):
        look()


def _inside_pdf(content: bytes) -> object:
    scan = pdf.scan_pdf(content)
    inflate = inflate_raw
    pdf.check_outside(scan)
    return list(pdf.object_texts(content, scan, inflate, most=LIMITS.most_expanded_bytes))


def _members(content: bytes) -> object:
    directory = zip.read_directory(content)
    for member in directory.members:
        _until_fault(
            lambda member=member: zip.member_bytes(
                content, member, inflate_raw, most=LIMITS.most_member_bytes
            )
        )
    return packages.kind_of_directory(content, directory)


def _pages(content: bytes) -> object:
    return list(sqlite.walk_pages(content, sqlite.read_database(content)))


def _look(content: bytes) -> object:
    opened = open_sample(content, LIMITS)
    names_findings(b"folder/report.pdf.exe", opened.report)
    look_resident(opened)
    return look_forked(content, LIMITS)


READERS: dict[str, Reader] = {
    "signatures": signatures.candidates,
    "hidden": hidden.first_hidden,
    "text": text.read_text,
    "textual": textual.kind_of_text,
    "remains": lambda content: (
        remains.look_at_remains(content),
        remains.overwritten_type(content),
    ),
    "stripes": lambda content: stripes.find_stripes(content, 0, len(content)),
    "jpeg": lambda content: (jpeg.packed_part(content), images.end_of_jpeg(content)),
    "png": lambda content: images.end_of_png(content, checksum),
    "gif": lambda content: (images.gif_blocks_are_uneven(content), images.end_of_gif(content)),
    "bmp": images.end_of_bmp,
    "tiff": tiff.read_tiff,
    "lzw": lambda content: lzw.first_impossible_code(content[:4096]),
    "dicom": lambda content: dicom.read_dicom(content, inflate_raw, most=1 << 22),
    "er7": lambda content: list(er7.read_units(memoryview(content))),
    "xml": lambda content: read_xml(content, Events(on_type=lambda _, __: None)),
    "prolog": xml_prolog.read_prolog,
    "content types": ooxml.read_content_types,
    "relationships": ooxml.read_relationships,
    "zip": _members,
    "tar": lambda content: list(tar.read_members(content, most_members=1000)),
    "ole2": lambda content: (ole2.guiding_sectors(content), _streams(content)),
    "pdf": lambda content: (pdf.open_stream(content), pdf.check_end(content), _inside_pdf(content)),
    "pdf cipher": lambda content: pdf_cipher.open_without_password(content, NativeCiphers()),
    "sqlite": _pages,
    "all scanners": _look,
}


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
    """Change and read until the time is up; leave with 1 when a reader failed."""
    asked = _arguments()
    faulthandler.enable()
    seeds = list(_seeds(asked.folders))
    readers = {name: READERS[name] for name in asked.readers or READERS}
    until = time.monotonic() + 60 * asked.minutes
    read: Counter[str] = Counter()
    failed = number = 0
    while time.monotonic() < until:
        chance = random.Random(f"{asked.seed}:{number}")
        content = changed(chance.choice(seeds), seeds, chance)
        for name, reader in readers.items():
            faulthandler.dump_traceback_later(6 * LONGEST, exit=True)
            fault = _fault(reader, content)
            read[name] += 1
            if fault:
                failed += 1
                _keep(asked.keep, f"{name}-{asked.seed}-{number}", content, fault)
        faulthandler.cancel_dump_traceback_later()
        number += 1
    print(f"seed {asked.seed}: {number} contents, {read.total()} readings, {failed} failed")
    sys.exit(1 if failed else 0)


def _fault(reader: Reader, content: bytes) -> str:
    """Return what a reader did that it may not do; empty if nothing."""
    started = time.process_time()
    raised = attempt(lambda: reader(content))
    if isinstance(raised, KeyboardInterrupt):
        raise raised
    if isinstance(raised, BaseException) and not isinstance(raised, FormatError):
        return "".join(traceback.format_exception(raised))
    spent = time.process_time() - started
    return f"{spent:.1f} seconds" if spent > LONGEST else ""


def _keep(folder: Path, name: str, content: bytes, fault: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name.replace(" ", "-")).write_bytes(content)
    print(f"{name}: {fault}")


def _seeds(folders: Sequence[Path]) -> Iterator[bytes]:
    if not folders:
        yield from INTACT.values()
        yield from (case.content for case in TYPES.values())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= LARGEST:
                yield path.read_bytes()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", default=str(os.getpid()))
    parser.add_argument("--readers", nargs="*", choices=sorted(READERS), default=[])
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
