"""Builds the demonstration hospital: four shares of three servers at two sites."""

from pathlib import Path

from cli.hospital.disk import close_folder, put
from cli.hospital.laboratory import laboratory
from cli.hospital.management import management
from cli.hospital.planted import LAST_GOOD, SNAPSHOT, DemoSource, Share
from cli.hospital.radiology import radiology
from cli.hospital.records import records
from custody.errors import UsageError


def shares() -> tuple[Share, ...]:
    """Return everything that the hospital holds, the same each time."""
    return (radiology(), laboratory(), records(), management())


def build(root: Path) -> tuple[DemoSource, ...]:
    """Write the hospital into a new or empty folder and return its sources.

    Raises:
        UsageError: the folder holds something already; nothing is ever mixed or overwritten.
        OSError: the disk refuses a name, a pipe or a link.
    """
    root.mkdir(parents=True, exist_ok=True)
    if next(root.iterdir(), None) is not None:
        raise UsageError(
            "the folder for the demonstration is not empty", next_step="name a new folder"
        )
    return tuple(_build_share(root, share) for share in shares())


def _build_share(root: Path, share: Share) -> DemoSource:
    host = root / share.host
    host.mkdir(exist_ok=True)
    folder = host / share.service
    put(folder, share.planted, LAST_GOOD)
    close_folder(host, LAST_GOOD)
    return DemoSource(
        host=share.host,
        site=share.site,
        service=share.service,
        folder=folder,
        snapshot_time=SNAPSHOT,
    )
