"""References: which paths a backup catalogue says a host had, so that what is missing can be named.

The paths lie encrypted beside the names of the host, and go when a name of that host is erased.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO

import sqlalchemy as sa

from catalogue import references
from custody.digest import Digest, parse_digest
from custody.errors import ObjectDamagedError, ObjectMissingError, RefusedError, UsageError
from custody.names import from_base64, to_base64
from pipeline.names import sealed_of
from pipeline.wiring import Runtime

COLUMNS = ("path", "sha256", "size")
MOST_PATHS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a reference says of a path; what it leaves out fits everything."""

    digest: Digest | None = None
    size: int | None = None

    def fits(self, digest: Digest | None, size: int) -> bool:
        """Whether a version is what the reference had."""
        if self.digest is not None:
            return digest == self.digest
        return self.size in {None, size}

    def keeps(self, other: "Known") -> bool:
        """Whether another word on the same path lets through nothing that this one does not."""
        if self.digest is not None:
            return other.digest == self.digest
        return self.size in {None, other.size}


@dataclass(slots=True)
class Reference:
    """The paths of a reference, crossed off as they are found."""

    known: Mapping[bytes, Known]
    found: set[bytes] = field(default_factory=set)

    def take(self, path: bytes) -> Known | None:
        """Return what is known of a path, and cross it off."""
        if path in self.known:
            self.found.add(path)
        return self.known.get(path)

    def left(self) -> Iterator[bytes]:
        """Yield the paths that were never found, in order."""
        yield from sorted(self.known.keys() - self.found)


def read_reference(content: bytes, name: str) -> dict[bytes, Known]:
    """Return the paths of a CSV file with the columns path and, if known, sha256 and size.

    Raises:
        UsageError: it is no such file, is empty, or names a path twice.
    """
    try:
        text = content.decode("utf-8-sig", "surrogateescape")
        rows = csv.DictReader(StringIO(text, newline=""), strict=True)
        heads = list(rows.fieldnames or ())
        if "path" not in heads or set(heads) - set(COLUMNS):
            raise _refused(name, "does not have the columns path, sha256, size")
        known: dict[bytes, Known] = {}
        for row in rows:
            if None in row:
                raise _refused(
                    name, f"has more than its heads at line {rows.line_num}: quote paths"
                )
            path = (row["path"] or "").encode("utf-8", "surrogateescape")
            if not path or path in known or len(known) >= MOST_PATHS:
                raise _refused(
                    name, f"has no path, or one that is there already, at line {rows.line_num}"
                )
            known[path] = _known(row, name, rows.line_num)
    except csv.Error as error:
        raise _refused(name, f"is no CSV file: {error}") from error
    if not known:
        raise _refused(name, "names no path")
    return known


def _known(row: Mapping[str, str | None], name: str, line: int) -> Known:
    try:
        digest = parse_digest(told.lower()) if (told := row.get("sha256")) else None
        size = int(told) if (told := row.get("size")) else None
    except ValueError as error:
        raise _refused(name, f"has a digest or size at line {line} that cannot be read") from error
    return Known(digest=digest, size=size)


def _refused(name: str, fault: str) -> UsageError:
    return UsageError(
        f"{name} {fault}", next_step="give a CSV file with the columns path, sha256 and size"
    )


def lines_of(known: Mapping[bytes, Known]) -> list[str]:
    """Return a reference as it is kept: a line a path, in their order."""
    return [json.dumps([to_base64(p), k.digest, k.size]) for p, k in sorted(known.items())]


def keeps(before: Mapping[bytes, Known], after: Mapping[bytes, Known]) -> bool:
    """Whether a reference says all that another one said; it may say more."""
    return all(path in after and known.keeps(after[path]) for path, known in before.items())


def reference_of(
    runtime: Runtime, connection: sa.Connection, case: str, host: str, volume: str
) -> Reference | None:
    """Return the newest reference of a volume; None if there is none, or its names were erased."""
    stored = references.newest(connection, case, host, volume)
    if stored is None:
        return None
    with suppress(ObjectMissingError, ObjectDamagedError, RefusedError):
        lines = runtime.names.read_details(sealed_of(stored.sealed))
        told = (json.loads(line) for line in lines)
        known = {
            from_base64(path): Known(digest=None if d is None else Digest(d), size=size)
            for path, d, size in told
        }
        return Reference(known=known)
    return None
