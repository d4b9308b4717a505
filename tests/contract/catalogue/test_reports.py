from dataclasses import replace

from catalogue import deliveries, groups, names
from catalogue.deliveries import Delivery
from catalogue.groups import Alarm
from catalogue.names import NamesKind, NamesObject, SealedObject
from custody.digest import digest_of
from tests.corpus.catalogue_rows import MINUTE, NOON

CONTENT = digest_of(b"content")
SEALED = SealedObject(
    key="names/1", version="v1", digest=digest_of(b"sealed"), key_id="vivalia:pacs-01"
)
PATHS = NamesObject(shard_id=1, kind=NamesKind.PATHS, sealed=SEALED)


def test_the_names_of_a_shard_are_found_and_replaced(writing):
    """Erasure rewrites the object, and the catalogue says when."""
    names.put(writing, PATHS)
    erased = replace(PATHS, sealed=replace(SEALED, version="v2", digest=CONTENT), erased_at=NOON)

    assert PATHS == names.get(writing, 1, NamesKind.PATHS)
    names.put(writing, erased)

    assert erased == names.get(writing, 1, NamesKind.PATHS)
    assert names.get(writing, 1, NamesKind.DETAILS) is None
    assert names.get(writing, 2, NamesKind.PATHS) is None


def test_all_that_a_key_opens_is_found(writing):
    """Erasing a case needs every object of its keys, and none of another's."""
    details = replace(PATHS, kind=NamesKind.DETAILS)
    for stored in (
        PATHS,
        details,
        replace(PATHS, shard_id=2, sealed=replace(SEALED, key_id="dax:mail")),
    ):
        names.put(writing, stored)

    assert [details, PATHS] == names.of_key(writing, "vivalia:pacs-01")


def test_the_alarms_of_an_inventory_are_replaced_by_a_new_assessment(writing):
    """Assessing again leaves no alarm of the time before, and none of others is touched."""
    alarm = Alarm(kind="directory", key=b"d" * 16, alarm="encrypted", evidence={"share": 0.9})
    note = Alarm(kind="run", key=b"r" * 16, alarm="ransom-note", evidence={})
    groups.replace(writing, 1, [alarm, note])
    groups.replace(writing, 2, [alarm])
    assert [alarm, note] == groups.of_inventory(writing, 1)

    groups.replace(writing, 1, [note])

    assert [note] == groups.of_inventory(writing, 1)
    assert [alarm] == groups.of_inventory(writing, 2)


def test_deliveries_are_listed_oldest_first(writing):
    """Every hand-over is on record."""
    first = Delivery(delivery_id="b", manifest=CONTENT, files=3, at=NOON)
    second = replace(first, delivery_id="a", at=NOON + MINUTE, set_id="set-1")
    deliveries.add(writing, second)
    deliveries.add(writing, first)

    assert [first, second] == deliveries.all_deliveries(writing)
