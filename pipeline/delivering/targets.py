"""Where a set is delivered to: a folder, or a prefix of a bucket that is not ours."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit.papers import BAG_NOTE
from cleanzone.bag import Bag, Filling
from cleanzone.delivery import check_empty
from custody.errors import UsageError
from pipeline.places import check_apart
from pipeline.wiring import Runtime

BEGUN = b"delivery.json"
BUCKETS = "s3://"


class Target(Protocol):
    """Where a bag goes."""

    def is_absent(self) -> bool:
        """Whether nothing is there that could be an unfinished bag."""
        ...

    def check_new(self) -> None:
        """Refuse what holds something already.

        Raises:
            UsageError: it does.
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

    def check_new(self) -> None:
        """Refuse a folder that holds something."""
        check_empty(self.folder)

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
        # Who delivers into folders does not pay for the SDK.
        from pipeline.delivering.bucket_target import bucket_target  # noqa: PLC0415

        return bucket_target(runtime, place)
    folder = Path(place).expanduser().absolute()
    check_apart(runtime, folder, "a delivery")
    return FolderTarget(folder)


def begin_words(delivery_id: str, set_id: str, service: str) -> bytes:
    """Return what a bag says from its beginning on: which delivery it is."""
    told = {"delivery": delivery_id, "set": set_id, "service": service}
    return json.dumps(told, sort_keys=True).encode() + b"\n"


def begun(target: Target, set_id: str, service: str) -> str | None:
    """Return the delivery that an unfinished bag belongs to; None where nothing was begun.

    Raises:
        UsageError: it is finished, or of another set or service.
    """
    if target.is_absent():
        return None
    with target.filling() as bag:
        content = bag.read(BEGUN)
        if content is None:
            return None
        told = json.loads(content)
        finished = bag.read(BAG_NOTE.encode()) is not None
    if finished or (told["set"], told["service"]) != (set_id, service):
        raise UsageError(
            "a finished bag, or one of another set, lies there", next_step="name another place"
        )
    return str(told["delivery"])
