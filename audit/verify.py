"""Verifies an exported chain of custody offline, with Python 3.8 or later and `cryptography`.

    python3 verify.py EXPORT --key FINGERPRINT [--witness KEY]... [--anchor FILE]... [--json]

The fingerprint is the one on paper, written down when the key was made. The steps, in order; the
first one that finds a fault ends the work, because the next ones would rest on it:

1. the key in the export has the fingerprint given from outside the export, or leads to or from
   one that has it, each key's follower signed by both
2. every file is the one in the signed list, and no file is missing or added
3. every checkpoint is signed by the key of its time and names the log that it lies in
4. entries: numbered without gap, received in order of time, each event once
5. the root of every checkpoint follows from the entries (so all checkpoints are consistent), and
   every tile holds the hashes that follow from the entries
6. every manifest that an event names is there, whole and with that root, and there is no other
7. every promoted digest was assessed as clean before, and every assessed one inspected before
8. every restore set is the one that was sealed, its signatures are by registered keys and roles
   over exactly that, of two people when it opens (of one for urgent care), and its certificates
   are those that the ledger names
9. every anchor, in the export or kept elsewhere (--anchor), is over a checkpoint of this ledger

A delivered bag is verified too (see `audit.papers`): its note, its files, and its proof.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from audit.anchors import Anchored, Outside, anchor_text, check_anchors, check_kept, parse_witness
from audit.evidence import (
    TILE_WIDTH,
    Edge,
    EvidenceError,
    Files,
    Folder,
    Frontier,
    Key,
    about,
    leaf_hash,
    open_bundle,
    open_note,
    parse_checkpoint,
    signer_of,
    tile_path,
)
from audit.papers import OF_SETS, Sets, verify_bag
from audit.rotation import (
    ROTATED,
    Rotations,
    chain_of,
    check_rotations,
    open_rotation,
    rotations_in,
)

KEY_FILE = "keys/ledger.vkey"
LIST_FILE = "files.note"
LIST_TITLE = "autoclave export v1"
SHORTEST_FINGERPRINT = 32
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
BAG = "bagit.txt"
SUCCEEDED = "autoclave.ledger.succeeded"


class Report:
    """What was verified, and what is wrong."""

    def __init__(self) -> None:
        self.faults: list[EvidenceError] = []
        self.logs: dict[str, dict[str, Any]] = {}
        self.anchors: list[Anchored] = []
        self.key = ""
        self.counts = {"entries": 0, "checkpoints": 0, "manifests": 0, "lines": 0}


def fingerprint(vkey: str) -> str:
    """Return what is written on paper: 128 bits of the key's digest in groups of four."""
    digits = hashlib.sha256(vkey.encode()).hexdigest()[:SHORTEST_FINGERPRINT]
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def trusted_key(files: Files, expected: str) -> Key:
    """Step 1: return the key of the export if it is the one that was written on paper.

    Or one that followed that one, or came before it, each by a statement that both keys signed.
    """
    with about(KEY_FILE):
        vkey = files.read(KEY_FILE).decode()[:-1]
        digits = "".join(c for c in expected.lower() if c in "0123456789abcdef")
        statements = rotations_in(files)
        chain = [open_rotation(each)[0] for each in statements] + [vkey]
        found = [hashlib.sha256(each.encode()).hexdigest() for each in chain]
        known = any(each.startswith(digits) for each in found)
        if len(digits) < SHORTEST_FINGERPRINT or not known:
            raise ValueError("the key has another fingerprint: " + fingerprint(vkey))
        if files.read(KEY_FILE) != vkey.encode() + b"\n":
            raise ValueError("more than one line")
        return chain_of(vkey, statements)


def check_list(files: Files, key: Key) -> list[EvidenceError]:
    """Step 2: return a fault for each file that is not as the signed list says."""
    with about(LIST_FILE):
        title, *lines = open_note(files.read(LIST_FILE), key._replace(older=()))[:-1].split("\n")
        if title != LIST_TITLE:
            raise ValueError("not a list of files")
        listed = {line[66:]: line[:64] for line in lines}
    found = {n: _digest_of(files, n) for n in files.names() if n != LIST_FILE}
    faults = {n: "missing" for n in listed if n not in found}
    faults.update({n: "not in the signed list" for n in found if n not in listed})
    faults.update({n: "changed" for n in found if n in listed and found[n] != listed[n]})
    return [EvidenceError(name, faults[name]) for name in sorted(faults)]


def _digest_of(files: Files, name: str) -> str:
    with about(name):
        if isinstance(files, Folder) and not files.is_plain(name):
            raise ValueError("no file, but a link, pipe or device")
        return hashlib.sha256(files.read(name)).hexdigest()


class Log:
    """One log: its checkpoints, and its entries and tiles as they follow from the bundles."""

    def __init__(self, files: Files, names: set[str], origin: str, key: Key) -> None:
        self.files, self.names, self.origin, self.key = files, names, origin, key
        self.base = "log/" + origin + "/"
        self.roots: dict[int, bytes] = {}
        self.notes: set[str] = set()
        self.rotations = Rotations(key)
        self.events: list[dict[str, Any]] = []
        self.opened = ""

    def check(self, report: Report) -> None:
        """Steps 3 to 5."""
        self._check_checkpoints()
        known: set[str] = set()
        frontier, edge, last = Frontier(), Edge(), ""
        for name, entries in self._bundles(max(self.roots)):
            with about(name):
                for entry in entries:
                    last = self._check_entry(entry, frontier.size, last, known)
                    leaf = leaf_hash(entry)
                    frontier.append(leaf)
                    for tile in edge.append(leaf):
                        self._check_tile(*tile)
                    if frontier.size in self.roots:
                        self._check_root(frontier)
        for tile in edge.partial():
            self._check_tile(*tile)
        report.logs[self.origin] = {"size": frontier.size, "root": frontier.root().hex()}
        report.counts["entries"] += frontier.size
        report.counts["checkpoints"] += len(self.roots)

    def _check_checkpoints(self) -> None:
        folder = self.base + "checkpoints/"
        for name in sorted(n for n in self.names if n.startswith(folder)):
            with about(name):
                note = self.files.read(name)
                origin, size, root = parse_checkpoint(open_note(note, self.key))
                self.rotations.signers[size] = signer_of(note, self.key)
                if origin != self.origin or name != folder + str(size).zfill(12):
                    raise ValueError("the checkpoint of another log or size")
                self.roots[size] = root
                self.notes.add(note.decode())
        newest = self.base + "checkpoint"
        with about(newest):
            last = folder + str(max(self.roots or [0])).zfill(12)
            if self.files.read(newest) != self.files.read(last):
                raise ValueError("not the newest of the checkpoints")

    def _check_root(self, frontier: Frontier) -> None:
        if self.roots[frontier.size] != frontier.root():
            raise ValueError("the entries do not lead to checkpoint " + str(frontier.size))

    def _bundles(self, size: int) -> Iterator[tuple[str, list[bytes]]]:
        for start in range(0, size, TILE_WIDTH):
            width = min(TILE_WIDTH, size - start)
            name = self.base + tile_path("entries", start // TILE_WIDTH, width)
            full = self.base + tile_path("entries", start // TILE_WIDTH)
            with about(name):
                entries = open_bundle(self.files.read(full if full in self.names else name))
                if len(entries) < width or (full not in self.names and len(entries) != width):
                    raise ValueError("holds " + str(len(entries)) + " entries")
            yield name, entries[:width]

    def _check_entry(self, entry: bytes, seq: int, last: str, known: set[str]) -> str:
        content = json.loads(entry.decode())
        received, event = content["received_at"], content["event"]
        # One spelling only: a field that is there twice would mean two things to two readers.
        if CANONICAL.encode(content).encode() != entry:
            raise ValueError("entry " + str(seq) + " is not canonical JSON")
        if content["seq"] != seq or set(content) != {"seq", "received_at", "event"}:
            raise ValueError("entry " + str(seq) + " has another number")
        if received < last:
            raise ValueError("entry " + str(seq) + " was received before the one before it")
        if event["id"] in known:
            raise ValueError("event " + event["id"] + " is there twice")
        known.add(event["id"])
        self.opened = self.opened or received
        kind = event["type"]
        if kind == ROTATED:
            self.rotations.follow(event, seq)
        if "manifest" in event["subject"] or kind == SUCCEEDED or kind in OF_SETS:
            self.events.append(event)
        return str(received)

    def _check_tile(self, level: int, index: int, content: bytes) -> None:
        width = len(content) // 32
        whole = self.base + tile_path(str(level), index)
        name = self.base + tile_path(str(level), index, width)
        with about(name):
            ahead = whole in self.names
            found = self.files.read(whole if ahead else name)
            if (found[: len(content)] if ahead else found) != content:
                raise ValueError("not the hashes that follow from the entries")


# What has to be recorded of an artefact before a step names it.
NEEDED = {
    "inspect": None,
    "assess": "inspected",
    "promote": "assessed",
    "propose": "inspected",
    "recall": "inspected",
    "rescan": None,
    "seal": "assessed",
    "deliver": "assessed",
}


class Chain:
    """Follows each digest from inspection over assessment to promotion, in the ledger's order."""

    def __init__(self) -> None:
        # A private database on disk: a hospital has more digests than a computer has memory.
        self.seen = sqlite3.connect("")
        self.seen.execute("create table seen (digest text, step text, primary key (digest, step))")

    def follow(self, step: str, line: dict[str, Any]) -> None:
        """Check one line of a manifest against the lines before it, and keep what it says."""
        digest = line["digest"]
        if digest is None:
            return
        needed = NEEDED[step]
        if needed and not self._has(digest, needed):
            raise ValueError("artefact " + digest + " was not " + needed + " before")
        if step in ("inspect", "rescan"):
            self._keep(digest, "inspected")
        if step == "assess" and line["verdict"] == "clean" and line["stage"] == "assessed":
            self._keep(digest, "assessed")

    def _has(self, digest: str, step: str) -> bool:
        question = "select 1 from seen where digest = ? and step = ?"
        return self.seen.execute(question, (digest, step)).fetchone() is not None

    def _keep(self, digest: str, step: str) -> None:
        self.seen.execute("insert or ignore into seen values (?, ?)", (digest, step))


def manifest_name(root: str) -> str:
    """Return where the manifest with a root lies."""
    return "manifests/" + root[:2] + "/" + root + ".jsonl.gz"


def check_manifest(files: Files, subject: dict[str, Any], chain: Chain) -> int:
    """Steps 6 and 7 for one manifest; return the number of its lines."""
    name = manifest_name(str(subject["manifest"]))
    with about(name):
        frontier = Frontier()
        for line in gzip.GzipFile(fileobj=io.BytesIO(files.read(name))):
            if not line.endswith(b"\n"):
                raise ValueError("the last line is cut")
            frontier.append(leaf_hash(line[:-1]))
            chain.follow(subject["step"], json.loads(line))
        if frontier.root().hex() != subject["manifest"]:
            raise ValueError("the lines do not lead to this root")
        if frontier.size != subject["lines"]:
            raise ValueError("the ledger names " + str(subject["lines"]) + " lines")
    return frontier.size


def check_evidence(files: Files, key: Key, report: Report, *, complete: bool = True) -> None:
    """Steps 3 to 8; a store in use is not `complete`: it may hold what is not recorded yet."""
    names = set(files.names())
    logs = [Log(files, names, n[4:-11], key) for n in names if is_newest_checkpoint(n)]
    if not logs:
        raise EvidenceError("log", "there is no checkpoint")
    for log in logs:
        log.check(report)
    logs.sort(key=lambda log: log.opened)
    check_rotations([(log.base, log.rotations) for log in logs])
    named: set[str] = set()
    chain, sets = Chain(), Sets(files)
    with closing(chain.seen):
        for log in logs:
            for event in log.events:
                with about("event " + event["id"]):
                    check_succession(event, logs, key)
                    sets.follow(event)
                    if "manifest" in event["subject"]:
                        report.counts["lines"] += check_manifest(files, event["subject"], chain)
                        named.add(manifest_name(event["subject"]["manifest"]))
    report.counts["manifests"] = len(named)
    for name in sorted(n for n in names if n.startswith("manifests/") and n not in named):
        if complete:
            raise EvidenceError(name, "no event names this manifest")


def is_newest_checkpoint(name: str) -> bool:
    """Tell whether a name is that of a log's newest checkpoint."""
    return name.startswith("log/") and name.endswith("/checkpoint")


def check_succession(event: dict[str, Any], logs: list[Log], key: Key) -> None:
    """A log that follows another one cites checkpoints that the other one really has."""
    if event["type"] != SUCCEEDED:
        return
    old = [log for log in logs if log.origin == event["subject"]["origin"]]
    for note in event["body"]["checkpoints"]:
        open_note(note.encode(), key)
        if not old or note not in old[0].notes:
            raise ValueError("the log before it does not have the checkpoint that is cited")


def verify(files: Files, expected: str, outside: Outside | None = None) -> Report:
    """Verify an export or a bag against the fingerprint of a key and report what is wrong."""
    report = Report()
    try:
        key = trusted_key(files, expected)
        report.key = fingerprint(files.read(KEY_FILE).decode()[:-1])
        if isinstance(files, Folder) and BAG in files.names():
            report.faults = verify_bag(files.root, key)
            return report
        report.faults = check_list(files, key)
        if not report.faults:
            check_evidence(files, key, report)
            report.anchors += check_anchors(files, outside.witnesses if outside else {})
            if outside:
                check_kept(files, outside)
    except EvidenceError as error:
        report.faults = [error]
    return report


def main(arguments: list[str]) -> int:
    """Verify the export named on the command line; return 0 when nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(description="Verify an exported chain of custody, offline.")
    parser.add_argument("export")
    parser.add_argument("--key", required=True, metavar="FINGERPRINT", help="from the paper")
    parser.add_argument("--witness", action="append", default=[], metavar="KEY")
    parser.add_argument("--anchor", action="append", default=[], metavar="FILE")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    witnesses = {key.name: key for key in map(parse_witness, given.witness)}
    outside = Outside(Folder("."), given.anchor, witnesses)
    report = verify(Folder(given.export), given.key, outside)
    result = {
        "verified": not report.faults,
        "faults": [{"where": f.where, "what": f.what} for f in report.faults],
        "logs": report.logs,
        "key": report.key,
        "anchors": [{"name": a.name, "size": a.size, **a.said._asdict()} for a in report.anchors],
        **report.counts,
    }
    lines = ["FAULT " + str(fault) for fault in report.faults]
    lines += [anchor_text(anchor) for anchor in report.anchors]
    lines += ["the key is now " + report.key] if report.key else []
    lines += [str(report.counts[name]) + " " + name for name in sorted(report.counts)]
    lines += ["NOT VERIFIED" if report.faults else "verified: nothing is missing or changed"]
    sys.stdout.write((json.dumps(result) if given.json else "\n".join(lines)) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
