"""The subject index on every database: codes, counts by fate, parts of archives, and removal."""

from dataclasses import replace

import pytest

from catalogue import entries, expansions, records, subjects
from catalogue.expansions import Expansion
from catalogue.subjects import Counted, IndexedExtract, Touch, Wanted
from custody.artefact import Derivation
from custody.digest import digest_of
from custody.lifecycle import Stage
from custody.records import Counts, ReasonCount, Validation
from custody.subjects import SubjectKey
from tests.corpus.catalogue_rows import PROFILE, change, shards_of

KEY = SubjectKey(secret=b"k" * 32)
TABLE, MESSAGE, INSIDE = map(digest_of, (b"table", b"message", b"inside"))
HERE = frozenset({1})


def indexed(shard_id, extract, digest, **changes):
    """An extract in the index."""
    found = IndexedExtract(
        shard_id=shard_id,
        extract=extract,
        digest=digest,
        profile=PROFILE,
        contract="",
        key_id=KEY.key_id,
    )
    return replace(found, **changes)


def row(line, extract, value, *, accepted=1, refused=0, system="ipp", shard_id=1):
    """An identifier in it."""
    return KEY.code(system, value), shard_id, line, extract, accepted, refused


@pytest.fixture
def placed(writing):
    """A table that was cut, and an archive that is held with a message in it."""
    shard_id = shards_of(writing, [2])[0]
    cut, held = entries.of_shard(writing, shard_id)
    updates = [change(cut, Stage.SUPERSEDED, digest=TABLE), change(held, Stage.HELD, digest=INSIDE)]
    entries.update(writing, updates)
    part = Expansion(ordinal=1, derived=MESSAGE, how=Derivation.MEMBER, outcome="")
    expansions.add(writing, PROFILE, [(INSIDE, part)])
    found = [indexed(1, 0, TABLE, nameless=4), indexed(1, 1, MESSAGE, unlisted=2)]
    subjects.add(writing, found)
    rows = [row(1, 0, "A"), row(2, 0, "B", refused=2), row(3, 0, "B", system="ins", refused=2)]
    subjects.add_rows(writing, [*rows, row(5, 1, "A")])
    return found


def counted(writing, touch=None, **asked):
    """How many patients there are."""
    return subjects.count(writing, Wanted(inventories=HERE, touch=touch, **asked))


def test_a_loss_touches_the_refused_of_what_was_cut_and_a_hold_all(writing, placed):
    """Patients are as many as one system names; parts of an archive stand where it stands."""
    lost, held, every = (counted(writing, touch) for touch in (Touch.LOST, Touch.HELD, None))

    assert Counted(patients=1, identifiers=2, nameless=4, unlisted=0) == lost
    assert Counted(patients=1, identifiers=1, nameless=0, unlisted=2) == held
    assert Counted(patients=2, identifiers=3, nameless=4, unlisted=2) == every
    assert 0 == counted(writing, service="another").identifiers
    assert 3 == counted(writing, digest=TABLE).identifiers


def test_the_same_content_in_a_later_shard_says_nothing_more(writing, placed):
    """The first shard that read it counts."""
    subjects.add(writing, [indexed(2, 0, TABLE, nameless=9)])
    subjects.add_rows(writing, [row(1, 0, "C", shard_id=2)])

    assert Counted(patients=2, identifiers=3, nameless=4, unlisted=2) == counted(writing)


def test_a_code_is_found_with_and_without_its_system(writing, placed):
    """The beginning of a code is that of the value under every system."""
    whole = list(subjects.found(writing, HERE, [KEY.code("ins", "B")]))
    every = list(subjects.found(writing, HERE, [KEY.of_value("B")]))

    assert [(2, 3)] == [(each.refused, each.line) for each in whole]
    assert {2, 3} == {each.line for each in every}
    assert [] == list(subjects.found(writing, HERE, [KEY.of_value("Z")]))
    assert {KEY.code("ipp", "A")} == {
        each.code for each in subjects.standing(writing, Wanted(inventories=HERE, touch=Touch.HELD))
    }


def test_extracts_are_left_out_alone_or_with_their_shard(writing, placed):
    """What is forgotten is found no more, and the rest stays."""
    assert ({KEY.key_id: 2}, [1]) == (subjects.key_ids(writing), subjects.shards(writing))
    assert {1: PROFILE} == subjects.profiles(writing, [1])

    subjects.forget(writing, subjects.of_digests(writing, [TABLE]))
    assert (1, [placed[1]]) == (
        counted(writing).identifiers,
        subjects.of_digests(writing, [TABLE, MESSAGE]),
    )
    subjects.forget_shards(writing, [1])
    assert (0, []) == (counted(writing).identifiers, subjects.shards(writing))


def test_what_is_validated_and_not_indexed_is_counted(writing, placed):
    """An extract from before the index, or read while it was off."""
    counts = Counts(read=3, accepted=2, refused=1, flagged=0)
    said = Validation(
        schema="hl7v2",
        counts=counts,
        reasons=(
            ReasonCount(code="GEN-008", refuses=True, records=1),
            ReasonCount(code="HL7-020", refuses=False, records=2),
        ),
    )
    records.add(writing, PROFILE, {(TABLE, ""): said, (INSIDE, ""): said})

    assert 1 == records.unindexed(writing, HERE)
    touching = list(records.touching(writing, HERE, "hl7v2", "GEN-008"))
    assert [(1, True), (1, True)] == [(each.records, each.alone) for each in touching]
    assert [] == list(records.touching(writing, HERE, "hl7v2", "HL7-020"))
