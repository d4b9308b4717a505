"""Where a set is delivered to: a folder, or a prefix of a bucket that is not ours."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cleanzone.bag import Bag, Filling
from cleanzone.delivery import check_empty
from pipeline.delivering.deliver import check_room
from pipeline.places import check_apart
from pipeline.wiring import Runtime

BUCKETS = "s3://"


class Target(Protocol):
    """Where a bag goes."""

    def is_absent(self) -> bool:
        """Whether nothing is there that could be an unfinished bag."""
        ...

    def check_new(self, size: int) -> None:
        """Refuse what holds something already, or has no room for so many bytes.

        Raises:
            UsageError: it holds something.
            StoreError: it has no room.
        """
        ...

    @property
    def keeps_read_only(self) -> bool:
        """Whether files there can be kept from being written."""
        ...

    def filling(self, *, read_only: bool = False) -> AbstractContextManager[Filling]:
        """Return the bag there, to be filled."""
        ...


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder, which is made when it is missing."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    def is_absent(self) -> bool:
        """Whether there is no folder, or a link."""
        return not self.folder.is_dir() or self.folder.is_symlink()

    def check_new(self, size: int) -> None:
        """Refuse a folder that holds something, or whose disk is too full."""
        check_empty(self.folder)
        check_room(self.folder, size)

    @property
    def keeps_read_only(self) -> bool:
        """Yes, by the rights of the files."""
        return True

    def filling(self, *, read_only: bool = False) -> AbstractContextManager[Filling]:
        """Return the bag in the folder."""
        return Bag.open(self.folder, read_only=read_only)


def target_of(runtime: Runtime, place: str | Path) -> Target:
    """Return where a place on the command line is: s3://BUCKET/PREFIX, or a folder.

    Raises:
        UsageError: the folder lies in the home or in a source, or it is no place in a bucket.
        SettingsError: nobody said where the bucket's server is, or with which keys.
    """
    if isinstance(place, str) and place.startswith(BUCKETS):
        from pipeline.delivering.bucket_target import (  # noqa: PLC0415  only it pays for the SDK
            bucket_target,
        )

        return bucket_target(runtime, place)
    folder = Path(place).expanduser().absolute()
    check_apart(runtime, folder, "a delivery")
    return FolderTarget(folder)
