"""Looks for a name everywhere under a folder, in every form that it could have leaked in."""

import base64
import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

GZIP = b"\x1f\x8b\x08"
SQLITE = b"SQLite format 3\0"


def forms(name: str) -> dict[str, bytes]:
    """Return how a name looks in clear, in other encodings, in hex and inside base64.

    What stands before a name in base64 shifts it by 0, 1 or 2 bytes; the letters in the middle
    are the same whatever surrounds them.
    """
    clear = name.encode()
    found = {
        "clear": clear,
        "utf-16": name.encode("utf-16-le"),
        "hex": clear.hex().encode(),
        "escaped": "".join(f"\\x{byte:02x}" for byte in clear).encode(),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + clear).rstrip(b"=")
        found[f"base64+{shift}"] = encoded[(0, 2, 3)[shift] : -1]
    return found


def leaks(folder: Path, wanted: dict[str, bytes]) -> list[str]:
    """Return each file in which one of some byte strings is found, and which one."""
    return [
        f"{label} in {path.relative_to(folder)}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for content in contents(path)
        for label, form in wanted.items()
        if form.lower() in content.lower()
    ]


def contents(path: Path) -> Iterator[bytes]:
    """Yield a file as it lies there, without its compression, and its rows if it is a database."""
    yield str(path).encode()
    content = path.read_bytes()
    yield content
    if content.startswith(GZIP):
        yield gzip.decompress(content)
    if content.startswith(SQLITE):
        yield from rows(path)


def rows(path: Path) -> Iterator[bytes]:
    """Yield every row of every table: on disk a long value is scattered over pages."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                parts = (v if isinstance(v, bytes) else str(v).encode() for v in row)
                yield b"\0".join(parts)
