"""Reads the images of a source once more, when all of them are inspected, for what is missing."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from catalogue import artefacts, records
from custody.artefact import Location
from custody.box import Answer, Box, Job, Json, Reply
from pipeline.steps.extracts import BYTES_A_SECOND, SECONDS, STUDIES_NAME
from pipeline.steps.incomplete import Directory, Image, Incomplete, judge
from pipeline.steps.instruments import Instruments
from pipeline.wiring import Runtime
from schemas.studies import HASH_BYTES

SCHEMA = "dicom"
MOST_BYTES = 16 * 1024 * 1024
_UIDS = ("study", "series", "instance")


@dataclass(slots=True)
class _Found:
    images: list[Image] = field(default_factory=list)
    directories: list[Directory] = field(default_factory=list)


class Studies:
    """Finds the series and studies of an inventory that lack images."""

    def __init__(self, runtime: Runtime, instruments: Instruments) -> None:
        self._runtime = runtime
        self._with = instruments

    def find(self, inventory_id: int, pause: Callable[[], None]) -> tuple[Incomplete, ...]:
        """Return what is missing, by service and reason.

        Raises:
            StoreError: the vault cannot be read.
        """
        with self._runtime.catalogue.read() as connection:
            placed = records.placed(connection, inventory_id, self._with.profile, SCHEMA)
            located = artefacts.known(connection, {digest for digest, _ in placed})
        if not placed:
            return ()
        found, secret = _Found(), os.urandom(16).hex()
        with self._with.box.session() as box:
            for digest, service in placed:
                pause()
                _take(self._ask(box, located[digest], secret), service, found)
        return tuple(judge(found.images, found.directories))

    def _ask(self, box: Box, at: Location, secret: str) -> Reply:
        with self._runtime.vault.open_for_inspection(at) as opened:
            job = Job(
                program=STUDIES_NAME,
                content=opened.content,
                params={"secret": secret},
                seconds=SECONDS + at.size / BYTES_A_SECOND,
                produce_limit=MOST_BYTES,
            )
            return next(iter(box.run([job])))


def _take(reply: Reply, service: str, found: _Found) -> None:
    """Take one answer; what could not be read was told when it was inspected."""
    said = reply.untrusted_value if isinstance(reply, Answer) else None
    if not isinstance(said, dict) or not isinstance(reply, Answer):
        return
    study, series, instance = (_uid(said.get(name)) for name in _UIDS)
    if study and series and instance:
        image = Image(
            service=service,
            study=study,
            series=series,
            instance=instance,
            number=_number(said.get("number")),
            in_series=_number(said.get("in_series")),
            in_study=_number(said.get("in_study")),
            series_in_study=_number(said.get("series_in_study")),
        )
        found.images.append(image)
    names = frozenset(_hashes(reply))
    if names:
        found.directories.append(Directory(service=service, names=names))


def _uid(value: Json) -> str:
    """Return a hash as the box tells it; empty for anything else."""
    return value if isinstance(value, str) and len(value) == 2 * HASH_BYTES else ""


def _number(value: Json) -> int | None:
    return value if type(value) is int and 0 <= value < 10**12 else None


def _hashes(reply: Answer) -> Iterator[str]:
    for made in reply.produced:
        content = made.content
        for at in range(0, len(content) - HASH_BYTES + 1, HASH_BYTES):
            yield content[at : at + HASH_BYTES].hex()
