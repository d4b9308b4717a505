"""Measures record validation beside its peers: `python -m benchmarks.records --help`.

Peers that are not installed are named and left out. All run in one process, one after the other, on
the same invented records; seconds are of the processor, because other work may run on the machine.
"""

import argparse
import importlib.util
import mmap
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from schemas.dicom.schema import Dicom
from schemas.fhir.schema import Fhir
from schemas.hl7v2.schema import Hl7v2
from schemas.interface import Extract, RecordFate, RecordSchema, Run
from schemas.registry import built_in_contracts
from schemas.tabular.schema import Tabular

TODAY = date(2026, 3, 13)
ANALYSES = (("718-7", "g/dL", 12), ("2345-7", "mg/dL", 90), ("2823-3", "mmol/L", 4))
SPOILED = {3: "718-8", 4: "=cmd|x!A0", 9: "2026-02-30T00:00:00", 11: "01234567896", 5: "12x"}
WINDOW = 65_536


def main() -> None:
    """Print a table for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=0, help="also a table of so many MiB")
    parser.add_argument("--corpus", type=Path, default=None)
    chosen = parser.parse_args()
    lines = list(rows(chosen.rows))
    show("tables", tables(lines))
    show("damage", damage(lines))
    if chosen.corpus is not None:
        show("hl7v2", messages(chosen.corpus / "hl7v2"))
        show("fhir", resources(chosen.corpus / "fhir-bulk"))
    show("dicom", images())
    if chosen.large:
        show("memory", memory(chosen.large))


def show(title: str, measured: Iterator[tuple[str, str]]) -> None:
    """Print what was measured."""
    print(f"\n{title}")
    for name, text in measured:
        print(f"  {name:44} {text}")


def rows(count: int) -> Iterator[list[str]]:
    """Yield laboratory results, one in fifty spoiled in one of five ways."""
    chance = random.Random(1)
    for number in range(count):
        code, unit, base = ANALYSES[number % len(ANALYSES)]
        day = f"2026-0{number % 2 + 1}-1{number % 9}"
        clock = f"{number % 24:02d}:{number % 60:02d}:{number % 59:02d}"
        fields = [f"R{number:08d}", f"P{number % 50_000:06d}", f"V{number % 80_000:06d}", code]
        fields += ["Analyse", f"{base},{number % 10}", unit, "", "F", f"{day}T{clock}"]
        fields += [f"{day}T23:59:59", "01234567897"]
        if chance.random() < 0.02:
            place = chance.choice(list(SPOILED))
            fields[place] = SPOILED[place]
        yield fields


def written(lines: list[list[str]]) -> bytes:
    """Return rows as a table of our contract."""
    contract = lab_contract().contract
    text = "\n".join(";".join(fields) for fields in [list(contract.heading), *lines])
    return f"{text}\n".encode()


def lab_contract() -> Tabular:
    """Return the schema of laboratory results."""
    return Tabular(contract=next(c for c in built_in_contracts() if c.name == "lab-results"))


def judge(schema: RecordSchema, content: bytes, media_type: str = "") -> tuple[int, int, float]:
    """Return how many records were read and refused, and the seconds that it took."""
    begun = time.process_time()
    read = refused = 0
    extract = Extract(content=memoryview(content), media_type=media_type, today=TODAY)
    for item in schema.validate(extract):
        if isinstance(item, Run):
            read += item.count
        elif hasattr(item, "fate"):
            read += 1
            refused += item.fate is RecordFate.REFUSED
    return read, refused, time.process_time() - begun


def rate(count: int, seconds: float, more: str = "") -> str:
    """Return a rate as text."""
    return f"{count / max(seconds, 1e-9):>12,.0f} a second {more}"


def tables(lines: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Measure tables, beside dataframely and pandera over the same rows."""
    content = written(lines)
    read, refused, seconds = judge(lab_contract(), content)
    yield f"autoclave, {read:,} rows", rate(read, seconds, f"{refused:,} refused")
    for name, measure in (("dataframely", dataframely_rows), ("pandera", pandera_rows)):
        yield name, measured(name, lambda measure=measure: measure(content))


def large_table(folder: Path, mebibytes: int) -> Path:
    """Write a table of about that size, each row with a key of its own."""
    path = folder / "large.csv"
    block = written(list(rows(100_000))).split(b"\n", 1)[1].replace(b"R00", b"R@@@")
    with path.open("wb") as file:
        file.write(written([]))
        number = 0
        while file.tell() < mebibytes << 20:
            file.write(block.replace(b"R@@@", b"R%03d" % number))
            number += 1
    return path


def memory(mebibytes: int) -> Iterator[tuple[str, str]]:
    """Measure what a large table costs in memory of our own; pages of its file are not counted."""
    with tempfile.TemporaryDirectory() as folder:
        with large_table(Path(folder), mebibytes).open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        extract = Extract(content=memoryview(content), media_type="text/csv", today=TODAY)
        before, peak, read = anonymous_mebibytes(), 0, 0
        for place, item in enumerate(lab_contract().validate(extract)):
            read += item.count if isinstance(item, Run) else 1
            if place % 1000 == 0:
                peak = max(peak, anonymous_mebibytes())
        told = f"{peak:,} MiB at most, {before} before"
        yield f"{len(content) >> 20:,} MiB, {read:,} rows", told


def anonymous_mebibytes() -> int:
    """Return the memory of this process that no file stands behind (Linux)."""
    (line,) = (
        each for each in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in each
    )
    return int(line.split()[1]) >> 10


def measured(module: str, measure: Callable[[], str]) -> str:
    """Return a peer's figure, or that it is not here."""
    return measure() if importlib.util.find_spec(module) else "not installed"


def frame_of(content: bytes) -> Any:
    """Return the table as a polars frame of text."""
    import polars as pl

    return pl.read_csv(content, separator=";", infer_schema=False)


def dataframely_rows(content: bytes) -> str:
    """Split by dataframely: patterns and lists only, for it parses no dates from text."""
    import dataframely
    import polars as pl

    class Results(dataframely.Schema):
        result_id = dataframely.String(primary_key=True, regex=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")
        ipp = dataframely.String(regex=r"^[A-Za-z0-9-]{1,20}$")
        loinc = dataframely.String(regex=r"^\d{1,7}-\d$")
        label = dataframely.String(nullable=True, regex=r"^[^=+@-]")
        value = dataframely.String(nullable=True, regex=r"^-?\d+(,\d+)?$")
        status = dataframely.String(regex=r"^[FPCXIRSDW]$")
        rpps = dataframely.String(nullable=True, regex=r"^\d{11}$")

        @dataframely.rule()
        def dated(cls) -> Any:  # noqa: N805  dataframely calls it with the class
            return pl.col("collected_at").str.to_datetime(strict=False).is_not_null()

        collected_at = dataframely.String()

    begun = time.process_time()
    good, failed = Results.filter(frame_of(content))
    return rate(len(good) + len(failed), time.process_time() - begun, f"{len(failed):,} refused")


def pandera_rows(content: bytes) -> str:
    """Validate by pandera's polars backend: patterns, lists, uniqueness."""
    import pandera.polars as pandera

    schema = pandera.DataFrameSchema(
        {
            "result_id": pandera.Column(str, unique=True),
            "loinc": pandera.Column(str, pandera.Check.str_matches(r"^\d{1,7}-\d$")),
            "label": pandera.Column(str, pandera.Check.str_matches(r"^[^=+@-]"), nullable=True),
            "value": pandera.Column(str, pandera.Check.str_matches(r"^-?\d+(,\d+)?$")),
            "rpps": pandera.Column(str, pandera.Check.str_matches(r"^\d{11}$")),
        }
    )
    begun = time.process_time()
    frame, failed = frame_of(content), 0
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failed = errors.failure_cases["index"].n_unique()
    return rate(len(frame), time.process_time() - begun, f"{failed:,} refused")


def damage(lines: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Spoil one percent of a sound table in five ways; count altered and recovered rows."""
    sound = [fields for fields in lines if not any(fields[p] == v for p, v in SPOILED.items())]
    content = written(sound)
    good = set(content.split(b"\n")[1:-1])
    for name, spoil in DAMAGES.items():
        spoiled = spoil(bytearray(content), random.Random(2))
        accepted = accepted_lines(spoiled)
        intact = good & set(spoiled.split(b"\n"))
        altered = len(accepted - good)
        share = len(accepted & good) / max(len(intact), 1)
        yield name, f"{altered} altered rows accepted, {share:.2%} of the intact rows recovered"


def accepted_lines(content: bytes) -> set[bytes]:
    """Return the lines that are accepted."""
    extract = Extract(content=memoryview(content), media_type="", today=TODAY)
    return {
        line
        for item in lab_contract().validate(extract)
        if isinstance(item, Run) or getattr(item, "fate", None) is RecordFate.FLAGGED
        for line in content[item.offset : item.offset + item.size].split(b"\n")
        if line
    }


def garbled(content: bytearray, chance: random.Random) -> bytes:
    """Overwrite 64 KiB windows with random bytes, one percent of the content at least."""
    for _ in range(max(1, len(content) // 100 // WINDOW)):
        start = chance.randrange(1000, len(content) - WINDOW)
        content[start : start + WINDOW] = chance.randbytes(WINDOW)
    return bytes(content)


def cut(content: bytearray, chance: random.Random) -> bytes:
    """Drop the last percent, in the middle of a row."""
    return bytes(content[: len(content) - len(content) // 100 - chance.randrange(1, 60)])


def flipped(content: bytearray, chance: random.Random) -> bytes:
    """Flip single bits in one row of a hundred."""
    for _ in range(content.count(b"\n") // 100):
        content[chance.randrange(1000, len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def doubled(content: bytearray, chance: random.Random) -> bytes:
    """Repeat a block of one percent, beginning and ending anywhere."""
    size, start = len(content) // 100, chance.randrange(1000, len(content) // 2)
    return bytes(content[: start + size] + content[start:])


def shuffled(content: bytearray, chance: random.Random) -> bytes:
    """Shuffle the columns of one percent of the rows, in one range."""
    lines = bytes(content).split(b"\n")
    count = len(lines) // 100
    start = chance.randrange(1, len(lines) - count - 1)
    for place in range(start, start + count):
        fields = lines[place].split(b";")
        chance.shuffle(fields)
        lines[place] = b";".join(fields)
    return b"\n".join(lines)


DAMAGES: dict[str, Callable[[bytearray, random.Random], bytes]] = {
    "garbled 64 KiB windows": garbled,
    "cut": cut,
    "single bits flipped": flipped,
    "block repeated": doubled,
    "columns shuffled": shuffled,
}


def messages(folder: Path) -> Iterator[tuple[str, str]]:
    """Measure HL7 v2 messages beside python-hl7, which only parses."""
    contents = [path.read_bytes().lstrip(b"\xef\xbb\xbf") for path in sorted(folder.glob("*.hl7"))]
    judged = [judge(Hl7v2(), content) for content in contents * 10]
    read, refused, seconds = (sum(column) for column in zip(*judged, strict=True))
    yield f"autoclave, {read:,} messages", rate(read, seconds, f"{refused:,} refused")
    yield "python-hl7, parsing alone", measured("hl7", lambda: python_hl7(contents))


def python_hl7(contents: list[bytes]) -> str:
    """Parse each message, with the line ends that python-hl7 wants, and look at one field."""
    import hl7

    texts = [c.decode("utf-8", "replace").replace("\n", "\r") for c in contents]
    begun = time.process_time()
    for text in texts:
        str(hl7.parse(text)[0][9])
    return rate(len(texts), time.process_time() - begun)


def resources(folder: Path) -> Iterator[tuple[str, str]]:
    """Measure FHIR resources of a bulk export."""
    content = b"".join(path.read_bytes() for path in sorted(folder.glob("[A-Z]*.ndjson")))
    read, refused, seconds = judge(Fhir(), content, "application/fhir+ndjson")
    yield f"autoclave, {read:,} resources", rate(read, seconds, f"{refused:,} refused")


def images() -> Iterator[tuple[str, str]]:
    """Measure pydicom's test files beside pydicom itself, which reads heads."""
    import pydicom
    import pydicom.data

    folder = Path(pydicom.data.__file__).parent / "test_files"
    files = [path for path in sorted(folder.glob("*.dcm")) if path.stat().st_size < 2_000_000]
    contents = [path.read_bytes() for path in files]
    seconds = sum(judge(Dicom(), content)[2] for content in contents)
    yield f"autoclave, {len(files)} files, every element", rate(len(files), seconds)
    begun = time.process_time()
    for path in files:
        pydicom.dcmread(path, stop_before_pixels=True, force=True)
    yield "pydicom, heads", rate(len(files), time.process_time() - begun)


if __name__ == "__main__":
    main()
