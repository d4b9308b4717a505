"""Packs real documents into archives and mails, and recovers those: what came back of them.

    .venv/bin/python -m benchmarks.disarm_containers [--each N] FOLDER...

The documents of the folders go, N at a time and in their order, into a ZIP archive, a packed tar
archive and a mail each. The main job then runs over all of them under the shipped policy.
"""

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

Members = Mapping[str, bytes]


@dataclass(slots=True)
class Row:
    """What became of the containers of one kind."""

    n: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)


def zipped(members: Members) -> bytes:
    """Return a ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as output:
        for name, content in members.items():
            output.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def tarred(members: Members) -> bytes:
    """Return a tar archive, packed with gzip."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as output:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            output.addfile(info, io.BytesIO(content))
    return gzip.compress(made.getvalue())


def mailed(members: Members) -> bytes:
    """Return a mail with all of them attached."""
    message = EmailMessage()
    message["From"], message["To"] = "labo@example.invalid", "service@example.invalid"
    message["Date"], message["Subject"] = "Fri, 13 Mar 2026 19:00:00 +0100", "Documents"
    message.set_content("Bonjour,\nvoici les documents.\n")
    for number, (name, content) in enumerate(members.items()):
        named = f"{number}{Path(name).suffix}"
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=named
        )
    return message.as_bytes()


KINDS: Mapping[str, Callable[[Members], bytes]] = {
    "zip": zipped,
    "tar.gz": tarred,
    "eml": mailed,
}


def fill(disk: Path, paths: Sequence[Path], each: int) -> None:
    """Write one container of every kind for each batch of documents, each in its own folder.

    What is encrypted in one raises an alarm over its folder.
    """
    for start in range(0, len(paths), each):
        batch = paths[start : start + each]
        members = {f"{n}-{path.name}": path.read_bytes() for n, path in enumerate(batch)}
        for kind, build in KINDS.items():
            own = disk / f"{start:05}-{kind}"
            own.mkdir()
            (own / f"documents.{kind}").write_bytes(build(members))


def autoclave(home: Path, *arguments: str) -> str:
    """Run the command, and return what it printed; 3 says that something is held."""
    environment = {**os.environ, "AUTOCLAVE_HOME": str(home)}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "autoclave"), *arguments],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return done.stdout


def rows_of(listed: str) -> dict[str, Row]:
    """Return what became of the containers, by kind."""
    rows: dict[str, Row] = defaultdict(Row)
    for line in listed.splitlines():
        entry = json.loads(line)
        row = rows[entry["path"].partition("documents.")[2]]
        row.n += 1
        row.stages[entry["stage"]] += 1
        if entry["stage"] not in {"superseded", "promoted"}:
            row.why[str(entry.get("reason") or entry["verdict"])] += 1
    return rows


def table(rows: Mapping[str, Row]) -> Iterator[str]:
    """Yield the table, in the form of the documentation."""
    yield "| container | n | as it was | written anew | held or set aside |"
    yield "|---|---|---|---|---|"
    for kind, row in sorted(rows.items()):
        back = row.stages["promoted"], row.stages["superseded"]
        yield f"| {kind} | {row.n} | {back[0]} | {back[1]} | {row.n - sum(back)} |"


def main() -> None:
    """Print the table, why some are held, and what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--each", type=int, default=10, help="documents in a container")
    given = parser.parse_args()
    paths = sorted(p for folder in given.folders for p in folder.rglob("*") if p.is_file())
    with tempfile.TemporaryDirectory() as folder:
        disk, home = Path(folder) / "disk", Path(folder) / "home"
        disk.mkdir()
        fill(disk, paths, given.each)
        begun = time.monotonic()
        told = json.loads(autoclave(home, "recover", str(disk), "--host", "trial", "--json"))
        seconds = time.monotonic() - begun
        rows = rows_of(autoclave(home, "list", "--json"))
    print(*table(rows), sep="\n")
    print(f"{len(paths)} documents, {told['derived']}, {seconds:.0f} s")
    for kind, row in sorted(rows.items()):
        for why, n in row.why.most_common():
            print(f"{kind}: {n} x {why}")


if __name__ == "__main__":
    main()
