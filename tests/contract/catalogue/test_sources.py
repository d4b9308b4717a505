from dataclasses import replace
from datetime import timedelta

import pytest

from catalogue import cases, sources
from custody.source import FilesystemIdentity, ServiceGlob
from tests.corpus.catalogue_rows import MINUTE, NOON, listed, source

FULL = replace(
    source(),
    snapshot_time=NOON - timedelta(days=3),
    service_globs=(ServiceGlob(pattern="bio/*", service="biology"),),
)


def test_a_source_comes_back_as_it_was_registered(writing):
    """Every fact of a source, bytes of its place included, survives."""
    sources.register(writing, FULL, NOON)

    assert FULL == sources.get(writing, "pacs")
    assert sources.get(writing, "nothing") is None


def test_a_source_is_found_by_where_it_lies(writing):
    """Place, case and host together name a source."""
    sources.register(writing, FULL, NOON)
    place = {"location": FULL.location, "case": FULL.case, "host": FULL.host}

    assert FULL == sources.find(writing, **place)
    for other in ({"location": b"/else"}, {"case": "dax"}, {"host": "pacs-02"}):
        assert sources.find(writing, **(place | other)) is None


def test_sources_are_listed_in_the_order_of_registration(writing):
    """A list of sources does not jump about."""
    sources.register(writing, source("b"), NOON)
    sources.register(writing, source("a"), NOON + MINUTE)

    assert ["b", "a"] == [s.source_id for s in sources.all_sources(writing)]


def test_the_sources_of_a_run_are_known_by_their_inventories(writing):
    """Each inventory leads to its own source; those of another run are not among them."""
    first, second = listed(writing, source_id="pacs"), listed(writing, source_id="dpi")
    listed(writing, run_id="run-2", source_id="pacs")

    found = sources.of_run(writing, "run-1")

    assert {first: source("pacs"), second: source("dpi")} == found
    assert [first, second] == list(found)
    assert {} == sources.of_run(writing, "run-3")


def test_registering_again_changes_nothing(writing):
    """The same source with the same image is one source with one snapshot."""
    first = sources.register(writing, FULL, NOON)

    assert first == sources.register(writing, FULL, NOON + MINUTE)
    assert [FULL] == sources.all_sources(writing)
    assert NOON == sources.latest(writing, "pacs").seen_at


def test_a_source_without_a_time_is_one_snapshot_too(writing):
    """An unknown snapshot time equals itself."""
    assert sources.register(writing, source(), NOON) == sources.register(writing, source(), NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": FilesystemIdentity(filesystem="ext4:2", root=2)},
        {"snapshot_time": NOON},
    ],
)
def test_another_image_or_time_is_a_new_snapshot(writing, changed):
    """What stands at the place now is told apart from what stood there before."""
    first = sources.register(writing, FULL, NOON)
    other = replace(FULL, **changed)

    second = sources.register(writing, other, NOON + MINUTE)

    latest = sources.latest(writing, "pacs")
    assert first != second
    assert second == latest.snapshot_id
    assert (other.identity, other.snapshot_time) == (latest.identity, latest.taken_at)
    assert first == sources.register(writing, FULL, NOON)


def test_registering_makes_its_places_known(writing):
    """Site, host and every service of a source are known from then on."""
    sources.register(writing, FULL, NOON)
    cases.place(writing, FULL.site, FULL.host, "biology")

    services = writing.exec_driver_sql("SELECT service FROM services ORDER BY 1").scalars().all()
    hosts = writing.exec_driver_sql("SELECT site, host FROM hosts").all()
    assert ["biology", "radiology"] == services
    assert [("arlon", "pacs-01")] == hosts


def test_a_source_that_was_never_seen_has_no_snapshot(writing):
    """Nothing is made up for an unknown source."""
    assert sources.latest(writing, "pacs") is None


def test_a_case_is_opened_once(writing):
    """Opening it again keeps its first kind and moment."""
    cases.open_case(writing, "vivalia", "attack", NOON)
    cases.open_case(writing, "vivalia", "power-failure", NOON + MINUTE)

    assert cases.Case(case_id="vivalia", kind="attack", opened_at=NOON) == cases.get(
        writing, "vivalia"
    )
    assert cases.get(writing, "dax") is None
