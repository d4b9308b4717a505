"""What lies in a container, part by part, as a person reads it."""

from dataclasses import dataclass
from itertools import islice

from catalogue import entries, views
from custody.digest import Digest
from custody.names import escape
from pipeline.inside import InsideReader
from pipeline.reading import NameReader
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its place ("2/1" is the first part of the second one), and what stands against it.

    `name` is escaped; it is empty where there is none, or where it was erased.
    """

    place: str
    name: str
    digest: Digest | None
    size: int | None
    media_type: str
    against: tuple[str, ...]

    @property
    def depth(self) -> int:
        """How many containers it lies in below the first."""
        return self.place.count("/")


def tree(runtime: Runtime, digest: Digest, most: int) -> list[Part]:
    """Return the first parts of a content, as the newest run that has it took it apart."""
    with runtime.catalogue.read() as connection:
        latest = {i.inventory_id: i for i in views.latest_inventories(connection)}
        found = entries.by_digest(connection, digest, inventories=list(latest), most=1)
        if not found:
            return []
        profile = latest[found[0].inventory_id].profile
        walk = InsideReader(connection, NameReader(runtime), profile).parts(digest)
        return [
            Part(
                place=inside.place,
                name=escape(inside.untrusted_name or b""),
                digest=inside.part.derived,
                size=inside.size,
                media_type=inside.inspection.media_type if inside.inspection else "",
                against=(
                    *(f"{f.scanner}: {f.rule}" for f, _ in inside.details),
                    *(f"{o.scanner}: {o.reason}" for o in inside.not_scanned),
                ),
            )
            for inside in islice(walk, most)
        ]
