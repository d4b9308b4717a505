"""What is held comes in pages and groups whose cost has a limit, on every database."""

import pytest
import sqlalchemy as sa

from catalogue import content_places, entries, held, inspections
from catalogue.held import HeldFilter
from catalogue.inspections import RecordedInspection
from custody.digest import digest_of
from custody.finding import Finding, FindingKind, Severity
from custody.lifecycle import Stage
from custody.outcome import Inspection, Scanned
from custody.verdict import Verdict
from tests.corpus.catalogue_rows import NOON, PROFILE, change, listed, new_entry, shard_of

RULES = ("odd", "even")
HELD = 12


@pytest.fixture
def inventory(writing):
    """Twelve held entries, each found by a rule, the last two of one content; and a clean one."""
    inventory_id = listed(writing)
    shard_id = shard_of(writing, inventory_id, [new_entry(n) for n in range(HELD + 1)])
    *bad, good = entries.of_shard(writing, shard_id)
    changes = [
        change(
            entry,
            Stage.HELD,
            digest=_content(n),
            verdict=Verdict.SUSPICIOUS if n % 3 else Verdict.MALICIOUS,
            reason=f"yara: {RULES[n % 2]}",
        )
        for n, entry in enumerate(bad)
    ]
    clean = change(good, Stage.PROMOTED, digest=digest_of(b"clean"), verdict=Verdict.CLEAN)
    entries.update(writing, [*changes, clean])
    said = [RecordedInspection(digest=_content(n), inspection=_said(n)) for n in range(HELD - 1)]
    inspections.record(writing, PROFILE, shard_id, NOON, said)
    return inventory_id


def _content(n):
    return digest_of(str(min(n, HELD - 2)).encode())


def _said(n):
    finding = Finding(
        scanner="yara",
        rule=RULES[n % 2],
        kind=FindingKind.RULE,
        severity=Severity.MALICIOUS,
        where="content",
    )
    outcome = Scanned(scanner="yara", version="1", findings=(finding,))
    return Inspection(media_type=f"type/{n % 4}", outcomes=(outcome,))


def walked(connection, inventory, wanted, most=4):
    """Every page behind the other: the ordinals in them, and how many pages there were."""
    found, pages, after = [], 0, 0
    while after is not None:
        page = held.page(connection, [inventory], wanted, after=after, most=most)
        found += [entry.ordinal for entry in page.entries]
        pages, after = pages + 1, page.after
    return found, pages


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HeldFilter(), list(range(HELD))),
        (HeldFilter(verdict=Verdict.MALICIOUS), [0, 3, 6, 9]),
        (HeldFilter(reason="yara: odd"), [0, 2, 4, 6, 8, 10]),
        (HeldFilter(service="radiology"), list(range(HELD))),
        (HeldFilter(service="none"), []),
        # The content of the last one is that of the one before it, which the other rule found.
        (HeldFilter(rule="odd"), [0, 2, 4, 6, 8, 10, 11]),
        (HeldFilter(rule="even", verdict=Verdict.MALICIOUS), [3, 9]),
        (HeldFilter(media_type="type/3"), [3, 7]),
        (HeldFilter(rule="odd", media_type="type/2"), [2, 6, 10, 11]),
        (HeldFilter(names=()), []),
    ],
)
@pytest.mark.parametrize("few", [held.FEW_FINDINGS, 0], ids=["from-findings", "one-by-one"])
def test_pages_and_groups_find_the_same_either_way(writing, inventory, wanted, expected, few):
    """From the findings of a rule or entry by entry: each entry that fits stands there once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "FEW_FINDINGS", few)
        found, _ = walked(writing, inventory, wanted)
        groups = held.groups(writing, [inventory], wanted, 50)

    assert expected == found
    assert (len(expected), True) == (groups.entries, groups.whole)
    assert len(expected) == sum(group.entries for group in groups.largest)


def test_a_page_ends_after_so_many_looked_at_and_goes_on_behind_them(writing, inventory):
    """What is rare among much costs no more than any page, and nothing is left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "MOST_WALKED", 3)
        first = held.page(writing, [inventory], HeldFilter(media_type="type/3"), most=4)
        found, pages = walked(writing, inventory, HeldFilter(media_type="type/3"))
        groups = held.groups(writing, [inventory], HeldFilter(media_type="type/3"), 50)

    assert ((), True) == (first.entries, first.after is not None)
    assert ([3, 7], HELD // 3 + 1) == (found, pages)
    assert (0, False) == (groups.entries, groups.whole)


def test_one_content_in_many_places_is_walked_too(writing, inventory):
    """A rule that found one content costs no more because half the disk has it."""
    asked, rule = HeldFilter(rule="odd"), HeldFilter(rule="even")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "MOST_WALKED", 3)
        patch.setattr(held, "FEW_PLACES", 6)
        (many, pages), (few, at_once) = (walked(writing, inventory, each) for each in (asked, rule))

    assert ([0, 2, 4, 6, 8, 10, 11], HELD // 3 + 1) == (many, pages)
    assert ([1, 3, 5, 7, 9], 2) == (few, at_once)


def test_a_count_ends_and_says_so(writing, inventory):
    """More than is counted reads as "at least"."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "MOST_COUNTED", HELD - 2)
        groups = held.groups(writing, [inventory], HeldFilter(), 50)

    assert (HELD - 2, False) == (groups.entries, groups.whole)


def test_another_inventory_has_nothing_to_do_with_it(writing, inventory):
    """Entries of older listings are never shown."""
    assert ((), None) == _tuple(held.page(writing, [inventory + 1], HeldFilter(), most=4))
    assert 0 == held.groups(writing, [inventory + 1], HeldFilter(), 50).entries


def test_a_content_s_entries_are_counted_by_how_they_stand(writing, inventory):
    """The first of each kind comes with their number."""
    same = _content(HELD - 1)
    places = content_places.places(writing, same)
    found = content_places.alike(writing, same, [inventory])

    assert [("held", "suspicious")] * 2 == [(p.stage, p.verdict) for p in places]
    assert [(10, 1), (11, 1)] == [(entry.ordinal, number) for entry, number in found]
    assert [] == content_places.alike(writing, same, [inventory + 1])


@pytest.mark.parametrize(
    "wanted",
    [
        HeldFilter(),
        HeldFilter(reason="yara: odd"),
        HeldFilter(names=((b"d" * 16, None),)),
        HeldFilter(verdict=Verdict.ACTIVE, service="radiology"),
    ],
    ids=["all", "reason", "folder", "verdict"],
)
def test_a_page_walks_an_index_of_what_is_held(writing, inventory, wanted):
    """No page reads every entry, or sorts what is held to show the first fifty."""
    server = writing.dialect.name == "postgresql"
    if server:
        # With a dozen rows any plan is as good; with these two off it has to show that it can.
        writing.exec_driver_sql("SET LOCAL enable_seqscan = off")
        writing.exec_driver_sql("SET LOCAL enable_sort = off")
    told = []
    sa.event.listen(writing, "before_cursor_execute", lambda *said: told.append(said[2:4]))
    held.page(writing, [inventory], wanted, most=4)
    statement, values = told[0]
    explain = "EXPLAIN " if server else "EXPLAIN QUERY PLAN "
    plan = "\n".join(map(str, writing.exec_driver_sql(explain + statement, values)))

    names = ("entry_id_inventory_id_verdict_service", "reason_entry_id", "directory_key_entry_id")
    assert any(f"ix_entries_{name}" in plan for name in names)
    assert [] == [word for word in ("Seq Scan", "Sort", "SCAN entries\n") if word in plan]


def _tuple(page):
    return page.entries, page.after
