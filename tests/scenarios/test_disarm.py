"""Active documents through power cuts: each copy is made, kept and promoted exactly once."""

import time
from collections import Counter

import pytest

from custody.digest import digest_of
from tests.corpus.active_pdfs import page_pdf
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.homes import stores_of
from tests.scenarios.conftest import Autoclave, same_entries
from tests.scenarios.disturbed import disturb
from tests.scenarios.model import check_history, events

SETS = 12
KILLS = 3
INSPECTED = "autoclave.shard.inspected"
PROMOTED = "autoclave.promotion.done"
SECONDS = 60


def a_source(folder, count):
    """A disk of calendars that start programs, and of letters."""
    folder.mkdir()
    for n in range(count):
        alarm = starting(f"file:///c:/tools/{n}.exe")
        event = calendar(alarm, sound()).replace(b"UID:1@", f"UID:{n}@".encode())
        (folder / f"{n:03}.ics").write_bytes(event)
        (folder / f"{n:03}.txt").write_text(f"Dear colleague,\nvisit {n} went well.\n")
    return folder


def copy_of(n):
    """The copy of one of the calendars."""
    return calendar(sound()).replace(b"UID:1@", f"UID:{n}@".encode())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_copies_survive_kills_and_a_rebuild(tmp_path, asked):
    """After kill -9 at random moments, and after a rebuild, all copies are as in a calm run."""
    count = asked.fewer(2 * SETS) if asked.anything else SETS
    source = a_source(tmp_path / "disk", count)
    both = disturb(tmp_path, source, kills=2 if asked.prefect else KILLS, shard=6)
    calm, killed, undisturbed, ended = both.calm, both.killed, both.undisturbed, both.ended

    assert (0, 0) == (undisturbed.code, ended.code)
    assert (count, count) == (ended.json["promoted"], ended.json["fates"]["superseded"])
    assert count == ended.json["derived"]["disarmed"] == undisturbed.json["derived"]["disarmed"]
    assert same_entries(calm.listed(), killed.listed())
    both.check()
    assert expected(count) == in_clean_zone(killed.home)
    assert 0 == killed("catalogue", "rebuild").code
    assert same_entries(calm.listed(), killed.listed())


@pytest.mark.slow
def test_killed_between_copy_and_promotion_nothing_is_made_or_put_twice(tmp_path):
    """The copies are in the vault and nothing is promoted: the same command promotes these."""
    source = a_source(tmp_path / "disk", SETS)
    home = Autoclave(home=tmp_path / "home", settings=(("AUTOCLAVE_RUN_SHARD_ENTRIES", "4"),))
    arguments = ("recover", source, "--host", "srv1", "--json")
    process = home.start(*arguments)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        if INSPECTED in kinds(home.home):
            break
        time.sleep(0.02)
    home.kill(process)
    before = kinds(home.home)

    ended = home(*arguments)

    assert INSPECTED in before
    assert PROMOTED not in before
    assert (0, SETS) == (ended.code, ended.json["derived"]["disarmed"])
    assert expected(SETS) == in_clean_zone(home.home)
    assert [] == check_history(home.home).faults
    assert 0 == home("audit", "verify", "--deep").code


def kinds(home):
    """The types of the events that a home published so far."""
    try:
        return {event["type"] for event in events(home)}
    except OSError:
        return set()


def in_clean_zone(home):
    """How often each content stands in the clean zone, by its digest."""
    return Counter(v.key.rpartition("/")[2] for v in stores_of(home).clean.versions(""))


def expected(count):
    """What has to stand there: each copy and each letter once, and no original."""
    letters = (f"Dear colleague,\nvisit {n} went well.\n".encode() for n in range(count))
    return Counter(digest_of(content) for content in (*map(copy_of, range(count)), *letters))


@pytest.mark.slow
def test_an_engineer_sees_what_is_gone_and_gets_the_copy(tmp_path):
    """From the command line: recover, show in words, deliver under the old name."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "visit.ics").write_bytes(calendar(starting(), sound()))
    (disk / "form.pdf").write_bytes(
        page_pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")
    )
    home = Autoclave(home=tmp_path / "home")

    ended = home("recover", disk, "--host", "srv1", "--json")
    shown = home("show", "visit.ics")
    told = home("show", "form.pdf", "--json").json["disarmed"][0]
    handed = home("restore", "deliver", tmp_path / "out")

    assert (0, 2) == (ended.code, ended.json["derived"]["disarmed"])
    assert "1 start of a program (calendar.program)" in shown.out
    assert any(code.startswith("pdf.") for code in told["removed"])
    assert 0 == handed.code
    assert calendar(sound()) == next((tmp_path / "out").rglob("visit.ics")).read_bytes()
