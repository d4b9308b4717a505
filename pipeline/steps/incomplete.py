"""What the images of a source say about each other: how many belong to a series, which are missing.

Pure. Whether an image was lost or never sent nobody can say from the images alone, so that it is
told, and holds nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalogue.groups import Alarm
from custody.box import Json
from schemas.dicom.series import FEWER, GAP, NAMED

KIND = "studies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An instance by hashes of its identifiers, with what it says of its series and study."""

    service: str
    study: str
    series: str
    instance: str
    number: int | None = None
    in_series: int | None = None
    in_study: int | None = None
    series_in_study: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The instances that a DICOMDIR names, by their hashes."""

    service: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """How many series, studies or media of a service lack how many images, for one reason."""

    service: str
    code: str
    groups: int
    missing: int

    @property
    def told(self) -> dict[str, Json]:
        """What an event and the catalogue say of it."""
        return {
            "service": self.service,
            "code": self.code,
            "groups": self.groups,
            "missing": self.missing,
        }

    def stored(self) -> Alarm:
        """Return it as the catalogue keeps it, by the service."""
        key = self.service.encode("utf-8", "surrogateescape")
        return Alarm(kind=KIND, key=key, alarm=self.code, evidence=self.told)


def incomplete_of(told: Mapping[str, Json]) -> Incomplete:
    """Return what an event told."""
    return Incomplete(**told)


def judge(images: Iterable[Image], directories: Iterable[Directory] = ()) -> list[Incomplete]:
    """Return what is missing, by service and reason."""
    every = list(images)
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for service, own in _by_service(every).items():
        for code, missing in _of_service(own):
            found[service, code].append(missing)
    present = {image.instance for image in every}
    for directory in directories:
        if lacking := len(directory.names - present):
            found[directory.service, NAMED].append(lacking)
    return [
        Incomplete(service=service, code=code, groups=len(counts), missing=sum(counts))
        for (service, code), counts in sorted(found.items())
    ]


def _by_service(images: Iterable[Image]) -> Mapping[str, list[Image]]:
    made: defaultdict[str, list[Image]] = defaultdict(list)
    for image in images:
        made[image.service].append(image)
    return made


def _of_service(images: list[Image]) -> Iterator[tuple[str, int]]:
    series: defaultdict[tuple[str, str], list[Image]] = defaultdict(list)
    studies: defaultdict[str, list[Image]] = defaultdict(list)
    for image in images:
        series[image.study, image.series].append(image)
        studies[image.study].append(image)
    short: set[str] = set()
    for (study, _), own in series.items():
        instances = len({image.instance for image in own})
        if lacking := _fewer(instances, (image.in_series for image in own)):
            short.add(study)
            yield FEWER, lacking
        elif gap := _gap(own, instances):
            yield GAP, gap
    for study, own in studies.items():
        if study in short:
            continue  # its images are counted with their series
        lacking = _fewer(len({i.instance for i in own}), (i.in_study for i in own))
        lacking = lacking or _fewer(len({i.series for i in own}), (i.series_in_study for i in own))
        if lacking:
            yield FEWER, lacking


def _fewer(there: int, told: Iterable[int | None]) -> int:
    """How many are missing by the highest number that any of them tells."""
    return max(0, max((number for number in told if number is not None), default=0) - there)


def _gap(images: list[Image], instances: int) -> int:
    """How many numbers between the first and the last are nobody's.

    Only where each instance has a number of its own: many devices number by echo or by phase.
    """
    numbers = {image.number for image in images if image.number is not None}
    if len(numbers) != instances or instances < 2:
        return 0
    return max(numbers) - min(numbers) + 1 - len(numbers)
