"""Sets of known-good SHA-256 digests: millions, sorted in one file that is mapped, never loaded."""

import hashlib
import heapq
import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from custody.digest import Digest, digest_of
from custody.errors import RulesError, UsageError

WIDTH = 32
RUN = 1_000_000
EMPTY = digest_of(b"")
MOST_LINE = 64 * 1024
_DIGEST = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")


class KnownDigests:
    """Digests in a sorted file of 32 bytes each; whether one is there is exact."""

    def __init__(self, path: Path) -> None:
        """Map a file.

        Raises:
            RulesError: it is missing or no such file.
        """
        try:
            with path.open("rb") as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise damaged(path) from error
        if len(self._map) % WIDTH:
            raise damaged(path)

    def __len__(self) -> int:
        """Return how many digests there are."""
        return len(self._map) // WIDTH

    def __contains__(self, digest: Digest) -> bool:
        """Whether a digest is in the set."""
        wanted = bytes.fromhex(digest)
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            found = self._map[middle * WIDTH : (middle + 1) * WIDTH]
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return False


def damaged(path: Path) -> RulesError:
    """Return the error about a set that is not what was added."""
    return RulesError(
        f"the set {path.name[:12]} is not what was added",
        next_step="add the same file again: `autoclave goodware add` or `autoclave ioc add`",
    )


def file_digest(path: Path) -> Digest | None:
    """Return the digest of a file's bytes; None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return Digest(hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError:
        return None


def write_digests(source: BinaryIO, target: Path) -> int:
    """Write the digests of a list sorted into a file, each once; return how many.

    One a line, wherever in the line it stands: the output of sha256sum, a CSV, a plain list. The
    digest of the empty file is left out: nothing vouches for nothing.

    Raises:
        UsageError: a line that is no heading and no comment has not exactly one, or there is none.
    """
    with ExitStack() as opened:
        runs: list[Path] = []
        digests = _digests(source)
        while run := sorted(islice(digests, RUN)):
            path = target.with_name(f"{target.name}-{len(runs)}")
            path.write_bytes(b"".join(run))
            opened.callback(path.unlink)
            runs.append(path)
        return _merge([_read(opened.enter_context(path.open("rb"))) for path in runs], target)


def _merge(runs: list[Iterator[bytes]], target: Path) -> int:
    count, last = 0, bytes.fromhex(EMPTY)
    with target.open("wb") as out:
        for digest in heapq.merge(*runs):
            if digest not in {last, bytes.fromhex(EMPTY)}:
                out.write(digest)
                count += 1
            last = digest
    if not count:
        raise UsageError(
            "there is no SHA-256 digest in the file", next_step="give one digest a line"
        )
    return count


def _read(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(WIDTH), b"")


def _digests(lines: BinaryIO) -> Iterator[bytes]:
    for number, line in enumerate(_lines(lines), 1):
        found = _DIGEST.findall(line)
        if len(found) == 1:
            yield bytes.fromhex(found[0].decode())
        elif found or (number > 1 and line.strip() and not line.lstrip().startswith(b"#")):
            raise UsageError(
                f"line {number} has {len(found)} SHA-256 digests and not one",
                next_step="give one digest a line; comments begin with #",
            )


def _lines(stream: BinaryIO) -> Iterable[bytes]:
    """Yield lines of bounded length; the rest of a longer one is a line of its own."""
    return iter(lambda: stream.readline(MOST_LINE), b"")
