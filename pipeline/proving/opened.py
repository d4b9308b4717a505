"""Opened restore sets: in the clean zone lies what was opened, all of it, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from audit.event import EventType
from catalogue import decisions, evidence, promotions, proposals, recalls, restore_sets, views
from catalogue.restore_sets import StoredSet
from cleanzone.restore_set import (
    opened_folder,
    opened_key,
    tombstone_key,
)
from custody.box import Json
from custody.digest import Digest
from pipeline.proving.faults import Fault
from pipeline.proving.rehash import is_true
from pipeline.wiring import Runtime

OPENED = "opened/"


def opened_faults(
    runtime: Runtime,
    live: sa.Connection,
    events: Iterable[Mapping[str, Json]],
    shelved: Sequence[str],
) -> Iterator[Fault]:
    """Yield what is wrong where opened sets are read.

    `shelved` are the objects below `opened/`, each as key@version.
    """
    allowed = _allowed(live) | _certificates(events)
    recalled = _recalled(live)
    for name in shelved:
        key, _, version = name.rpartition("@")
        digest = allowed.get(key)
        if key not in allowed:
            yield Fault(where=f"clean zone {name}", what="no opened restore set holds it")
        elif digest in recalled and key == opened_key(_set_in(key), digest):
            yield Fault(where=f"clean zone {name}", what="it was recalled, and can still be read")
        elif digest is not None and not is_true(runtime.clean, key, version, digest):
            yield Fault(where=f"clean zone {name}", what="its bytes are not those of its name")
    yield from _not_there(live, {name.rpartition("@")[0] for name in shelved})


def _allowed(live: sa.Connection) -> dict[str, Digest | None]:
    """Return every key that may be below `opened/`, with the digest of what must lie there."""
    allowed: dict[str, Digest | None] = {}
    for stored in _opened(live):
        members = restore_sets.members(live, stored.set_id)
        allowed.update((opened_key(stored.set_id, digest), digest) for digest in members)
        allowed.update((tombstone_key(stored.set_id, digest), None) for digest in members)
        allowed[f"{opened_folder(stored.set_id)}set.json"] = stored.document
    return allowed


def _recalled(live: sa.Connection) -> frozenset[Digest]:
    """Return what opened sets hold that was recalled, and that no open recall is about to remove.

    Who copies it back, or opens a set beside a recall, would have the ward read it.
    """
    members = {d for s in _opened(live) for d in restore_sets.members(live, s.set_id)}
    leaving = {
        digest
        for act in recalls.unfinished(live)
        for digest in recalls.contents_of(live, act.recall_id)
    }
    return frozenset(members - leaving - promotions.known(live, members).keys())


def _set_in(key: str) -> str:
    return key.removeprefix(OPENED).partition("/")[0]


def _certificates(events: Iterable[Mapping[str, Json]]) -> dict[str, Digest | None]:
    """Return where the certificate of each opening lies for consumers, with its pages."""
    found: dict[str, Digest | None] = {}
    for event in events:
        if event["type"] == EventType.RESTORE_OPENED.value:
            said = event["body"]
            stem = f"{opened_folder(event['subject']['set'])}certificate-{said['certificate'][:16]}"
            found[f"{stem}.json"] = Digest(said["certificate"])
            for ending, digests in (("html", said["pages"]), ("pdf", said.get("prints", {}))):
                found.update((f"{stem}.{lang}.{ending}", Digest(d)) for lang, d in digests.items())
    return found


def _opened(live: sa.Connection) -> list[StoredSet]:
    return [s for s in restore_sets.all_sets(live) if s.opened_at is not None]


def _not_there(live: sa.Connection, found: set[str]) -> Iterator[Fault]:
    """Name what an opened set holds, and consumers cannot read: run `restore open` again."""
    latest = [inventory.inventory_id for inventory in views.latest_inventories(live)]
    for stored in _opened(live):
        members = restore_sets.members(live, stored.set_id)
        # What spoke against a content when the set opened was never put there.
        against = decisions.rejected(live, members) | proposals.among(live, members)
        against |= evidence.condemned(live, members, latest)
        for digest in promotions.known(live, [d for d in members if d not in against]):
            key = opened_key(stored.set_id, digest)
            if key not in found and tombstone_key(stored.set_id, digest) not in found:
                what = "an opened restore set holds it, and it is not there"
                yield Fault(where=f"clean zone {key}", what=what)
