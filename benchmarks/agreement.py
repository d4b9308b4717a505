"""Judges generated rows by our tables and by dataframely, and compares them row by row.

Rules that both can say are said to both. What dataframely lets pass by its design is listed in
`FAIL_OPEN`, and counted apart: a rule that comes to nothing counts as kept there.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from schemas.interface import Extract, Record, RecordFate
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.schema import Tabular

TODAY = date(2026, 3, 13)
CONTRACT = """
name: agreement
dialect: {delimiter: ";"}
schema:
  primaryKey: [id]
  fields:
    - {name: id, type: string, constraints: {required: true, pattern: "[A-Z][0-9]{8}"}}
    - {name: patient, type: string, constraints: {required: true, pattern: "P[0-9]{6}"}}
    - {name: status, type: string, constraints: {required: true, enum: [F, P, C]}}
    - {name: amount, type: integer, constraints: {minimum: 0, maximum: 500}}
    - {name: taken, type: date, format: "%Y-%m-%d", constraints: {required: true}}
    - {name: issued, type: date, format: "%Y-%m-%d"}
    - {name: label, type: string, constraints: {maxLength: 20}}
x-rules:
  - {left: taken, is: "<=", right: issued}
x-requires:
  - {column: status, in: [F], requires: issued}
"""
HEADING = ("id", "patient", "status", "amount", "taken", "issued", "label")
# What a spoiled row holds, by its column; the last two are refused by us alone.
SPOILED = (
    (0, "x1"),
    (1, "P12"),
    (1, ""),
    (2, "Z"),
    (3, "501"),
    (3, "-1"),
    (3, "1x"),
    (4, "2026-02-30"),
    (4, ""),
    (5, "2025-01-01"),
    (5, ""),
    (5, "2026-13-01"),
    (6, "x" * 21),
    (6, "=cmd|x"),
    (6, "a\u202eb"),
)
FAIL_OPEN = {
    "formula": "dataframely has no rule about texts that a spreadsheet runs",
    "text": "dataframely has no rule about characters that reverse a text",
    "copy": "an equal row again is flagged by us and refused by dataframely as a doubled key",
}


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield rows, one in twenty spoiled, doubled with other content, or written twice."""
    chance = random.Random(3)
    before: tuple[str, ...] = ()
    for number in range(count):
        day = f"2026-01-{number % 27 + 1:02d}"
        row = [f"R{number:08d}", f"P{number % 50_000:06d}", "FPC"[number % 3], str(number % 500)]
        row += [day, f"2026-02-{number % 27 + 1:02d}", "Analyse"]
        drawn = chance.random()
        if drawn < 0.04:
            place, text = chance.choice(SPOILED)
            row[place] = text
        elif before and drawn < 0.045:
            row[0] = before[0]
        elif before and drawn < 0.05:
            row = list(before)
        before = tuple(row)
        yield before


def refused_by_us(lines: list[tuple[str, ...]]) -> set[int]:
    """Return the numbers of the rows that our contract refuses."""
    text = "\n".join(";".join(line) for line in (HEADING, *lines)) + "\n"
    contract = parse_contract(CONTRACT, "agreement")
    extract = Extract(content=memoryview(text.encode()), media_type="text/csv", today=TODAY)
    said = Tabular(contract=contract).validate(extract)
    return {
        item.number - 1
        for item in said
        if isinstance(item, Record) and item.fate is RecordFate.REFUSED
    }


def refused_by_dataframely(lines: list[tuple[str, ...]]) -> set[int]:
    """Return the numbers of the rows that dataframely refuses by the same rules."""
    import polars as pl

    columns = {name: [line[n] or None for line in lines] for n, name in enumerate(HEADING)}
    frame = pl.DataFrame({"row": range(len(lines)), **columns}, schema_overrides={"row": pl.Int64})
    _, failures = peer_schema().filter(frame)
    return set(failures.invalid()["row"].to_list())


def peer_schema() -> Any:
    """Return the same rules as a schema of dataframely, over text that it does not parse."""
    import dataframely as dy
    import polars as pl

    def day(name: str) -> pl.Expr:
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)

    class Rows(dy.Schema):
        row = dy.Int64()
        id = dy.String(primary_key=True, regex=r"^[A-Z][0-9]{8}$")
        patient = dy.String(nullable=False, regex=r"^P[0-9]{6}$")
        status = dy.String(nullable=False, regex=r"^[FPC]$")
        amount = dy.String(nullable=True, regex=r"^-?[0-9]+$")
        taken = dy.String(nullable=False)
        issued = dy.String(nullable=True)
        label = dy.String(nullable=True, max_length=20)

        @dy.rule()
        def amount_is_plausible(self) -> pl.Expr:
            return pl.col("amount").cast(pl.Int64, strict=False).is_between(0, 500)

        @dy.rule()
        def taken_exists(self) -> pl.Expr:
            return pl.col("taken").is_null() | day("taken").is_not_null()

        @dy.rule()
        def issued_exists(self) -> pl.Expr:
            return pl.col("issued").is_null() | day("issued").is_not_null()

        @dy.rule()
        def in_order(self) -> pl.Expr:
            return day("taken") <= day("issued")

        @dy.rule()
        def final_is_issued(self) -> pl.Expr:
            return (pl.col("status") != "F") | pl.col("issued").is_not_null()

    return Rows


def compare(count: int) -> tuple[int, Counter[str]]:
    """Return how many rows both refuse, and the rows on which they differ by the reason why."""
    lines = list(rows(count))
    ours, theirs = refused_by_us(lines), refused_by_dataframely(lines)
    counted = Counter(lines)
    differences: Counter[str] = Counter()
    for number in ours ^ theirs:
        differences[_why(lines[number], counted, is_ours=number in ours)] += 1
    return len(ours & theirs), differences


def _why(line: tuple[str, ...], counted: Counter[tuple[str, ...]], *, is_ours: bool) -> str:
    if is_ours and line[6].startswith("="):
        return "formula"
    if is_ours and "\u202e" in line[6]:
        return "text"
    if not is_ours and counted[line] > 1:
        return "copy"
    return "unexplained"


def main() -> None:
    """Print how far both agree; differences that nobody explained end in a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    both, differences = compare(chosen.rows)
    print(f"{chosen.rows:,} rows, {both:,} refused by both")
    for name, number in sorted(differences.items()):
        print(f"  {number:,} {name}: {FAIL_OPEN.get(name, 'a difference')}")
    if differences.keys() - FAIL_OPEN.keys():
        raise SystemExit(1)


if __name__ == "__main__":
    main()
