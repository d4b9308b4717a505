"""The program that takes a container apart, inside the box, a batch of parts at a time.

Parts travel as produced streams; a stream's label says which part it is. One job sends no more
than a batch and one part beyond it, so that its caller never holds a whole archive.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from custody.box import Emit, Json, Sample
from custody.names import to_base64
from formats.families import XML_TYPES
from formats.faults import FormatError
from sanitizers.containers import (
    cabinets,
    copied,
    dumped_values,
    imaged,
    mailed,
    outlook,
    outlook_store,
    packed,
    rarred,
    recorded,
    sevenzipped,
    stored_values,
    tarred,
    zipped,
)
from sanitizers.containers.embedded import studies
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

BATCH_BYTES = 32 << 20
LONGEST_NAME = 2048

Unpack = Callable[[bytes, Means], Iterator[Unpacked]]


def _within(unpack: Callable[[bytes, Limits], Iterator[Unpacked]]) -> Unpack:
    """Return a reader that needs nothing but bounds as one that is given all means."""
    return lambda content, means: unpack(content, means.limits)


_BOUNDED: Mapping[str, Callable[[bytes, Limits], Iterator[Unpacked]]] = {
    "application/x-tar": tarred.unpack,
    "application/x-cpio": copied.unpack,
    "application/vnd.rar": rarred.unpack,
    "application/vnd.ms-cab-compressed": cabinets.unpack,
    "application/x-iso9660-image": imaged.unpack,
    "application/gzip": packed.unpack_gzip,
    "application/x-bzip2": packed.unpack_bzip2,
    "application/x-xz": packed.unpack_xz,
    "application/zstd": packed.unpack_zstd,
    "message/rfc822": mailed.unpack_message,
    "application/mbox": mailed.unpack_mbox,
    "application/vnd.ms-outlook": outlook.unpack,
    "application/vnd.ms-outlook-pst": outlook_store.unpack,
    "application/dicom": studies.unpack,
    "application/hl7-v2": recorded.unpack_messages,
    "application/hprim": recorded.unpack_messages,
    "application/json": recorded.unpack_resources,
    "application/x-ndjson": recorded.unpack_resources,
    "application/fhir+json": recorded.unpack_resources,
    "application/fhir+ndjson": recorded.unpack_resources,
    **dict.fromkeys(XML_TYPES, recorded.unpack_xml),
    "application/vnd.sqlite3": stored_values.unpack,
    "application/sql": dumped_values.unpack,
    "text/vcard": recorded.unpack_cards,
    "text/calendar": recorded.unpack_cards,
}
READERS: Mapping[str, Unpack] = {
    **dict.fromkeys(
        ("application/zip", "application/epub+zip", "application/vnd.ms-xpsdocument"),
        zipped.unpack,
    ),
    "application/x-7z-compressed": sevenzipped.unpack,
    **{media_type: _within(unpack) for media_type, unpack in _BOUNDED.items()},
}


class Unpacking:
    """The forked program; `first` is the number of the first part that is wanted."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._limits = means.limits

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Emit a batch of parts, and return which one comes next, or why there is none."""
        if sample.size > self._limits.most_content_bytes:
            return {"next": None, "fault": f"larger than {self._limits.most_content_bytes} bytes"}
        first = int(params["first"])
        parts = READERS[params["media_type"]](bytes(sample.view()), self._means)
        try:
            return {"next": _send(parts, first, emit, self._limits.batch_parts), "fault": ""}
        except FormatError as error:
            return {"next": None, "fault": f"{error.code}: {error.reason}"}


def _send(parts: Iterator[Unpacked], first: int, emit: Emit, most_parts: int) -> int | None:
    sent = 0
    for number, part in enumerate(islice(parts, first, None), first):
        if sent >= BATCH_BYTES or number - first >= most_parts:
            return number
        refusal = part.refusal
        if len(part.untrusted_name) > LONGEST_NAME:
            refusal = refusal or "name-too-long"
        name = to_base64(part.untrusted_name[:LONGEST_NAME])
        emit(json.dumps([name, refusal]), part.content)
        sent += len(part.content)
    return None


def unpacking(params: Mapping[str, Json]) -> Unpacking:
    """Make the program."""
    passwords = tuple(params["passwords"])
    return Unpacking(Means(limits=Limits(**params["limits"]), passwords=passwords))
