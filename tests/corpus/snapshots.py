"""Four snapshots of one server: damaged by a power cut, clean, partly and wholly encrypted."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cli.hospital.damage import zeroed
from custody.source import Source
from tests.corpus.damaging import ENCRYPTIONS
from tests.corpus.homes import a_source
from tests.corpus.rule_matter import NOTES

THURSDAY = datetime(2022, 5, 12, 20, tzinfo=UTC)
FRIDAY = datetime(2022, 5, 13, 20, tzinfo=UTC)
SATURDAY = datetime(2022, 5, 14, 20, tzinfo=UTC)
SUNDAY = datetime(2022, 5, 15, 20, tzinfo=UTC)
INTRUSION = datetime(2022, 5, 14, 2, tzinfo=UTC)
HOST = "srv1"
encrypted = ENCRYPTIONS["full"]


def report(number: int, day: str) -> bytes:
    """A text of one day, long enough for every kind of damage to show."""
    line = f"report {number} as it was on {day}: the patient is well and goes home.\n"
    return line.encode() * 400


def four_snapshots(folder: Path) -> dict[str, Source]:
    """Write the four images of the server's disk, and return them as sources."""
    trees: dict[str, dict[str, bytes]] = {
        # The power went off: two files of ward a were never written whole.
        "thursday": {
            "a/one.txt": zeroed(report(1, "thursday")),
            "a/two.txt": report(2, "thursday"),
            "b/three.txt": report(3, "thursday"),
            "b/only-thursday.txt": zeroed(report(9, "thursday")),
        },
        "friday": {
            "a/one.txt": report(1, "friday"),
            "a/two.txt": report(2, "friday"),
            "b/three.txt": report(3, "friday"),
            "c/four.txt": report(4, "friday"),
        },
        # The attacker is at work: ward a is encrypted in place; c is not reached yet.
        "saturday": {
            "a/one.txt": encrypted(report(1, "friday")),
            "a/two.txt": encrypted(report(2, "friday")),
            "b/three.txt": report(3, "friday"),
            "c/four.txt": report(4, "saturday"),
            "c/five.txt": report(5, "saturday"),
            "d/never-clean.txt": encrypted(report(6, "saturday")),
        },
        # Everything is encrypted, most of it under a longer name, with a note.
        "sunday": {
            "a/one.txt": encrypted(report(1, "friday")),
            "a/two.txt": encrypted(report(2, "friday")),
            "b/three.txt.locked": encrypted(report(3, "friday")),
            "c/four.txt.locked": encrypted(report(4, "saturday")),
            "c/five.txt.locked": encrypted(report(5, "saturday")),
            "d/never-clean.txt": encrypted(report(6, "saturday")),
            "README.txt": NOTES["french"].encode(),
        },
    }
    days = {"thursday": THURSDAY, "friday": FRIDAY, "saturday": SATURDAY, "sunday": SUNDAY}
    return {day: _snapshot(folder / day, tree, day, days[day]) for day, tree in trees.items()}


def _snapshot(root: Path, tree: dict[str, bytes], day: str, at: datetime) -> Source:
    for path, content in tree.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        # An attacker sets the times of files: all of them say Thursday.
        os.utime(place, (THURSDAY.timestamp(), THURSDAY.timestamp()))
    return replace(a_source(root, HOST, "wards"), source_id=f"{HOST}-{day}", snapshot_time=at)
