from datetime import UTC, datetime, timedelta

import pytest

from cleanzone.last_clean import EPOCH, Gap, Mark, Snapshot, Version, Volume, choose
from custody.digest import digest_of
from custody.lifecycle import Stage
from custody.verdict import Verdict

FIRST = datetime(2022, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = [Snapshot(source_id=f"s{n}", taken_at=FIRST + n * DAY, number=n) for n in range(4)]
VOLUME = Volume(snapshots=DAYS)


def clean(day, content=b"x", *, copy=None, snapshot=None, changed_at=FIRST):
    """A version that may come back: as it is, or as a copy of it."""
    digest = digest_of(content)
    return Version(
        snapshot=snapshot or DAYS[day],
        entry_id=day,
        stage=Stage.SUPERSEDED if copy else Stage.PROMOTED,
        verdict=Verdict.ACTIVE if copy else Verdict.CLEAN,
        digest=digest,
        enters=digest_of(copy) if copy else digest,
        mtime_ns=(changed_at - EPOCH) // timedelta(microseconds=1) * 1000,
    )


def bad(day, stage=Stage.SET_ASIDE, verdict=Verdict.ENCRYPTED, *, contentless=False):
    """A version that may not."""
    return Version(
        snapshot=DAYS[day],
        entry_id=day,
        stage=stage,
        verdict=verdict,
        digest=digest_of(b"bad%d" % day),
        enters=None,
        mtime_ns=0,
        contentless=contentless,
    )


def test_the_newest_clean_one_comes_back_however_its_versions_are_given():
    """The order of versions is that of their snapshots."""
    versions = [clean(0), clean(2), bad(3), clean(1)]

    for turned in (versions, versions[::-1]):
        choice = choose(VOLUME, turned)
        assert DAYS[2] == choice.chosen.snapshot
        assert (DAYS[3],) == tuple(v.snapshot for v in choice.passed)


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        (Stage.SET_ASIDE, Verdict.ENCRYPTED),
        (Stage.SET_ASIDE, Verdict.DAMAGED),
        (Stage.HELD, Verdict.SUSPICIOUS),
        (Stage.REFUSED, Verdict.PROHIBITED),
        (Stage.NOT_TAKEN, None),
        (Stage.RECALLED, Verdict.CLEAN),
        (Stage.PROMOTED, Verdict.CLEAN),
    ],
)
def test_no_newer_version_hides_an_older_clean_one(stage, verdict):
    """Whatever stands in the way of the newer one."""
    choice = choose(VOLUME, [clean(1), bad(2, stage, verdict), bad(3, stage, verdict)])

    assert DAYS[1] == choice.chosen.snapshot


@pytest.mark.parametrize(
    ("versions", "gap"),
    [
        ([bad(1)], Gap.LOST),
        ([bad(1), bad(2, Stage.HELD, Verdict.INDETERMINATE)], Gap.WAITING),
        ([bad(1), bad(2, Stage.HELD, Verdict.MALICIOUS)], Gap.LOST),
        ([bad(2, Stage.HELD, Verdict.MALICIOUS)], Gap.KEPT_OUT),
        ([bad(2, Stage.RECALLED, Verdict.CLEAN)], Gap.KEPT_OUT),
        ([bad(2, Stage.NOT_TAKEN, None)], Gap.UNREAD),
        ([bad(2, Stage.NOT_TAKEN, None, contentless=True)], Gap.NO_CONTENT),
        ([bad(2, Stage.EXCLUDED, None)], Gap.EXCLUDED),
    ],
)
def test_a_path_without_a_clean_version_says_why(versions, gap):
    """What a person may still mend comes before what is lost."""
    choice = choose(VOLUME, versions)

    assert (None, gap) == (choice.chosen, choice.gap)


def test_nothing_of_a_snapshot_after_the_cut_off_comes_back():
    """A version that is there later only is named as such."""
    volume = Volume(snapshots=DAYS, until=DAYS[1].taken_at)

    assert DAYS[1] == choose(volume, [clean(1), clean(2)]).chosen.snapshot
    assert Gap.LATER is choose(volume, [clean(2)]).gap


def test_a_change_since_the_intrusion_is_marked_though_the_file_denies_it():
    """An attacker sets the times of files, and not those of snapshots from before."""
    volume = Volume(snapshots=DAYS, intrusion=FIRST + DAY + DAY / 2)
    old, same, other = clean(0, b"x"), clean(2, b"x"), clean(2, b"y")
    late = clean(2, b"x", changed_at=FIRST + 2 * DAY)

    assert Mark.CHANGED not in choose(volume, [old, same]).marks
    assert Mark.CHANGED in choose(volume, [old, other]).marks
    assert Mark.CHANGED in choose(volume, [old, late]).marks
    assert Mark.CHANGED in choose(volume, [clean(3, b"new")]).marks
    assert Mark.CHANGED not in choose(volume, [old, bad(2)]).marks


def test_what_a_person_should_know_is_marked():
    """Older, gone, a stand-in, and a decryptor's output."""
    rescue = Snapshot(source_id="r", taken_at=DAYS[3].taken_at, number=9, decryptor="tool")
    volume = Volume(snapshots=[*DAYS, rescue])

    assert (Mark.OLDER,) == choose(volume, [clean(1), bad(3)]).marks
    assert (Mark.GONE,) == choose(volume, [clean(1)]).marks
    assert (Mark.STAND_IN,) == choose(volume, [clean(3, copy=b"copy")]).marks
    chosen = choose(volume, [clean(1), bad(3), clean(3, snapshot=rescue)])
    assert (Mark.OLDER, Mark.DECRYPTED) == chosen.marks
    assert DAYS[3] == choose(volume, [clean(3), clean(3, snapshot=rescue)]).chosen.snapshot


def test_a_path_without_any_version_is_a_defect():
    """Nothing is never lost in silence."""
    with pytest.raises(ValueError, match="a snapshot at least"):
        choose(VOLUME, [])
