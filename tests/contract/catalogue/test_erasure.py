import pytest

from catalogue import erasure, exceptions, groups, name_findings, tables
from catalogue.groups import Alarm
from catalogue.name_findings import RecordedNameFindings
from custody.digest import digest_of
from custody.exception import Granted, NameWaiver
from custody.finding import Finding, FindingKind, Severity
from tests.corpus.catalogue_rows import MINUTE, NOON, PROFILE, shards_of

DIGEST = digest_of(b"content")
NAME = (1).to_bytes(16, "big")
DIRECTORY = (0).to_bytes(16, "big")


@pytest.fixture
def listing(writing):
    """An inventory with six entries, two to a directory."""
    shards_of(writing, [6])
    return writing.execute(tables.inventories.select()).one().inventory_id


def codes(connection, column):
    """The codes in a column of the entries, in order."""
    statement = tables.entries.select().order_by(tables.entries.c.ordinal)
    return [bytes(getattr(row, column)) for row in connection.execute(statement)]


def test_an_erased_code_is_marked_and_never_the_same_twice():
    """Nobody can tell two erased names apart by anything but chance."""
    made = {erasure.erased_code() for _ in range(100)}

    assert 100 == len(made)
    assert {16} == {len(code) for code in made}
    assert all(map(erasure.is_erased, made))
    assert not erasure.is_erased(NAME)


def test_a_name_is_replaced_wherever_it_stands(writing, listing):
    """Entries, findings, marks and waivers keep pointing at one another, and at no name."""
    finding = Finding(scanner="names", rule="r", kind=FindingKind.NAME, severity=Severity.INFO)
    said = RecordedNameFindings(name_key=NAME, digest=DIGEST, findings=(finding,))
    name_findings.record(writing, PROFILE, 1, [said])
    granted = Granted(people=("a", "b"), reason="r", start=NOON, end=NOON + MINUTE)
    waiver = NameWaiver(name_key=NAME.hex(), rule="r", granted=granted)
    exceptions.add(writing, "exception", waiver)

    assert 1 == erasure.replace_names(writing, [NAME])

    new = codes(writing, "name_key")[1]
    assert erasure.is_erased(new)
    assert {(new, DIGEST): (finding,)} == name_findings.known(writing, [(new, DIGEST)], PROFILE)
    assert {} == name_findings.known(writing, [(NAME, DIGEST)], PROFILE)
    (stored,) = exceptions.all_exceptions(writing)
    assert NameWaiver(name_key=new.hex(), rule="r", granted=granted) == stored.exception


def test_other_names_stay(writing, listing):
    """What was not asked for is not touched."""
    before = codes(writing, "name_key")

    erasure.replace_names(writing, [NAME])

    after = codes(writing, "name_key")
    assert [0, 2, 3, 4, 5] == [n for n in range(6) if before[n] == after[n]]


def test_a_directory_is_replaced_with_its_alarm(writing, listing):
    """Entries of one directory share the new code, and so does the alarm over it."""
    alarm = Alarm(kind="directory", key=DIRECTORY, alarm="note", evidence={})
    groups.replace(writing, listing, [alarm])

    erasure.replace_directories(writing, [DIRECTORY])

    found = codes(writing, "directory_key")
    assert found[0] == found[1]
    assert erasure.is_erased(found[0])
    assert [found[0]] == [a.key for a in groups.of_inventory(writing, listing)]


def test_a_directory_is_left_while_a_name_in_it_is(writing, listing):
    """The code of a directory goes with the last of its names."""
    erasure.replace_names(writing, [NAME])
    assert {DIRECTORY} == erasure.directories_left(writing, [DIRECTORY])

    erasure.replace_names(writing, [DIRECTORY])

    assert set() == erasure.directories_left(writing, [DIRECTORY])


def test_the_codes_of_a_host_are_its_own(writing, listing):
    """Names and directories of a host of a case, once each; not those of others, nor erased."""
    assert 6 == len(set(erasure.names_of(writing, case="vivalia", host="pacs-01")))
    assert 3 == len(list(erasure.directories_of(writing, case="vivalia", host="pacs-01")))
    assert [] == list(erasure.names_of(writing, case="vivalia", host="another"))
    assert [] == list(erasure.names_of(writing, case="another", host="pacs-01"))

    own = erasure.names_of(writing, case="vivalia", host="pacs-01")
    assert 6 == erasure.replace_names(writing, own)

    assert [] == list(erasure.names_of(writing, case="vivalia", host="pacs-01"))
