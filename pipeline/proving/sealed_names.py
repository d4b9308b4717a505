"""The encrypted objects: what was stored is there unchanged, what was erased is gone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from audit.event import EventType
from catalogue import tables
from catalogue.names import SealedObject
from custody.digest import Digest, digest_of
from custody.errors import ObjectMissingError, StoreError
from pipeline.keys import naming_key_id
from pipeline.names import sealed_of
from pipeline.proving.faults import Fault
from pipeline.rebuilding.published import Published
from pipeline.selecting import FOLDER, words_of
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An encrypted object as it was recorded, and whether it was erased since."""

    sealed: SealedObject
    kind: str
    erased: bool


def names_faults(runtime: Runtime, live: sa.Connection, published: Published) -> Iterator[Fault]:
    """Open every names object, the words of every run's globs, and the paths of references."""
    for kept in (*_of_shards(live), *_of_globs(published)):
        sealed = kept.sealed
        where = f"names {sealed.key}@{sealed.version}"
        try:
            with runtime.names.store.open(sealed.key, sealed.version) as stream:
                content = stream.read()
        except ObjectMissingError:
            if not kept.erased:
                yield Fault(where=where, what="the object is missing, and was not erased")
            continue
        except (StoreError, ValueError) as error:
            yield Fault(where=where, what=str(error))
            continue
        if kept.erased and kept.kind == FOLDER:
            yield Fault(where=where, what="the names were erased, and the object is there")
        elif not kept.erased and digest_of(content) != sealed.digest:
            yield Fault(where=where, what=f"the {kept.kind} are not the ones that were stored")


def _of_shards(live: sa.Connection) -> Iterator[_Kept]:
    for row in live.execute(sa.select(tables.names).order_by(tables.names.c.key)).all():
        sealed = SealedObject(
            key=row.key, version=row.version, digest=Digest(row.digest), key_id=row.key_id
        )
        yield _Kept(sealed=sealed, kind=row.kind, erased=row.erased_at is not None)


def _of_globs(published: Published) -> list[_Kept]:
    """Return the words that the ledger tells of; an erasure of a host ends all before it."""
    found: list[_Kept] = []
    for event in published.events():
        if event["type"] == EventType.RUN_STARTED.value:
            words = words_of(event["body"]["options"])
            found += [_Kept(sealed=sealed, kind=FOLDER, erased=False) for sealed in words]
        elif event["type"] == EventType.EXPECTED_ADDED.value:
            sealed = sealed_of(event["body"]["sealed"])
            found.append(_Kept(sealed=sealed, kind=FOLDER, erased=False))
        elif event["type"] == EventType.NAMES_ERASED.value:
            key_id = naming_key_id(event["case"], event["subject"]["host"])
            found = [replace(k, erased=k.erased or k.sealed.key_id == key_id) for k in found]
    return found
