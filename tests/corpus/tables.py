"""Builds tables of invented laboratory results, whole or spoiled in one place."""

from pipeline.parquet_table import parquet
from schemas.registry import built_in_contracts

CONTRACT = next(c for c in built_in_contracts() if c.name == "lab-results")
HEADING = ";".join(CONTRACT.heading)


def fields(number=1, **changed):
    """The fields of one result by their names."""
    row = {
        "result_id": f"R{number:06d}",
        "ipp": f"P{number % 500:06d}",
        "visit": f"V{number % 700:06d}",
        "loinc": "718-7",
        "label": "Hémoglobine",
        "value": f"{12 + number % 4},{number % 10}",
        "unit": "g/dL",
        "text": "",
        "status": "F",
        "collected_at": f"2026-02-{number % 27 + 1:02d}T07:30:00",
        "issued_at": f"2026-02-{number % 27 + 1:02d}T11:00:00",
        "rpps": "01234567897",
    }
    return row | changed


def line(number=1, **changed):
    """One result as a line, without its end."""
    return ";".join(fields(number, **changed).values())


def table(*lines, heading=HEADING, end="\n", encoding="utf-8"):
    """Lines as a table with its heading."""
    return "".join(text + end for text in (heading, *lines)).encode(encoding)


def as_columns(*lines):
    """Fields of some lines as the texts of a Parquet file."""
    return parquet({name: [fields[name] for fields in lines] for name in CONTRACT.heading})


def rows(count):
    """So many sound lines."""
    return [line(number) for number in range(1, count + 1)]
