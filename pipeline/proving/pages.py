"""Checks the signed pages of runs: each that the ledger names is there, and none was forged."""

from collections.abc import Iterable, Iterator, Mapping

from audit.event import EventType
from audit.evidence import BAD, Key, open_note
from custody.box import Json
from custody.digest import Digest, digest_of
from pipeline.proving.faults import Fault
from storage.interface import Readable, Version

FOLDER = "runs/"


def check_pages(store: Readable, key: Key, events: Iterable[Mapping[str, Json]]) -> Iterator[Fault]:
    """Yield a fault for each page that the key did not sign, and for each that is missing.

    A genuine page that no event names is what a crash left: its run ends again with another one.
    """
    found: set[Digest] = set()
    for version in list(store.versions(FOLDER)):
        try:
            found.add(digest_of(_text(store, version, key).encode()))
        except BAD as error:
            where = f"audit {version.key}@{version.version}"
            yield Fault(where=where, what=f"not a page that this ledger signed: {error}")
    for event in events:
        named = event["subject"].get("page")
        if event["type"] == EventType.RUN_FINISHED.value and named and named not in found:
            yield Fault(where=f"run {event['run']}", what=f"its signed page {named} is missing")


def _text(store: Readable, version: Version, key: Key) -> str:
    with store.open(version.key, version.version) as stream:
        return open_note(stream.read(), key)
