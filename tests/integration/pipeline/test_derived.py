"""Members of archives through the main job: kept, judged once, counted apart, made again."""

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from custody.lifecycle import Stage
from pipeline.deciding import decisions
from pipeline.erase import erase
from pipeline.listing import entries
from pipeline.proving.verify import verify
from pipeline.rebuilding.rebuild import rebuild
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.containers import NOTE, PLAIN, archive, mail, many_times_many, nested
from tests.corpus.homes import EICAR, a_person, a_source, recover

HOSTILE = "Dupont\u202egpj.txt"


@pytest.fixture
def recovered(tmp_path):
    """A home that recovered a disk with archives on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "clean.zip").write_bytes(PLAIN)
    (disk / "twice.zip").write_bytes(archive({"clean.zip": PLAIN, "large.txt": NOTE * 2000}))
    (disk / "virus.zip").write_bytes(nested(archive({"v.txt": EICAR}), 2))
    (disk / "turned.zip").write_bytes(archive({HOSTILE: NOTE}))
    (disk / "deep.zip").write_bytes(nested(NOTE, 7))
    (disk / "mail.eml").write_bytes(mail(("t.csv", b"a;b\n1;2\n")))
    settings = Settings(home=tmp_path / "home")
    source = a_source(disk)
    with open_runtime(settings) as runtime:
        result = recover(runtime, source)
    return settings, source, result


def contents_of(settings):
    """Every stored content, of vault and clean zone."""
    folders = (settings.home / "quarantine", settings.home / "cleanzone")
    return {p for folder in folders for p in folder.rglob("*") if p.is_file()}


def listed(settings, *, derived=False):
    """The entries by path."""
    with open_runtime(settings) as runtime:
        return {e["path"]: e for e in entries(runtime, derived=derived)}


def test_an_archive_stands_where_its_worst_member_puts_it(recovered):
    """Clean ones are promoted; a virus two archives deep, a hostile name, a limit hold theirs."""
    settings, _, result = recovered
    found = {path: (e["stage"], e["verdict"]) for path, e in listed(settings).items()}

    promoted = (Stage.PROMOTED.value, "clean")
    assert {
        "clean.zip": promoted,
        "twice.zip": promoted,
        "mail.eml": promoted,
        "virus.zip": ("held", "malicious"),
        "turned.zip": ("held", "indeterminate"),
        "deep.zip": ("held", "indeterminate"),
    } == found
    assert 0 == result.equation.unexplained
    assert 6 == result.equation.listed
    assert 16 == result.derived["members"]


def test_members_are_listed_below_their_archive_with_their_names(recovered):
    """Names come from the encrypted names, and say what each was made from."""
    settings, _, _ = recovered
    found = listed(settings, derived=True)

    inside = found["twice.zip!/note.txt"]
    assert found["clean.zip"]["digest"] == inside["derived_from"]
    assert (None, "text/plain") == (inside["stage"], inside["media_type"])
    assert "turned.zip!/Dupont\\u202egpj.txt" in found
    assert "text-direction" in found["turned.zip!/Dupont\\u202egpj.txt"]["reason"]


def test_no_name_of_a_member_lies_open(recovered):
    """A member's name may hold a patient's: nothing at rest shows it but encrypted names."""
    settings, _, _ = recovered
    contents = {"quarantine", "cleanzone"}
    for path in settings.home.rglob("*"):
        if path.is_file() and not contents & set(path.parts):
            assert b"Dupont" not in path.read_bytes(), path


def test_the_catalogue_is_made_again_with_its_members(recovered):
    """Live and rebuilt are the same, before and after, down to every stored byte."""
    settings, _, _ = recovered
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
    before = listed(settings, derived=True)

    rebuild(settings)

    assert before == listed(settings, derived=True)
    with open_runtime(settings) as runtime:
        found = verify(runtime, deep=True)
    assert ((), ()) == (found.faults, found.uncommitted)


def test_a_second_run_opens_no_archive_again(recovered):
    """What the profile has judged is known: nothing is stored, nothing is promoted twice."""
    settings, source, first = recovered
    (Path(os.fsdecode(source.location)) / "deep.zip").unlink()
    stored = contents_of(settings)

    with open_runtime(settings) as runtime:
        second = recover(runtime, source)

    assert first.derived["members"] - 6 == second.derived["members"]
    assert stored == contents_of(settings)


def test_erasing_an_archives_name_takes_those_of_its_members(recovered):
    """Whoever asks to be forgotten may stand inside an archive."""
    settings, source, _ = recovered
    with open_runtime(settings) as runtime:
        erase(
            runtime,
            case=source.case,
            host=source.host,
            actor="dpo",
            reason="asked for",
            path=b"turned.zip",
        )
        shown = list(entries(runtime, derived=True))

    held = [e for e in shown if any("Dupont" in str(value) for value in e.values())]
    assert [] == held
    assert any(e["path"].endswith("!/note.txt") for e in shown)
    rebuild(settings)
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults


@pytest.mark.parametrize("name", ["deep.zip", "bomb.gz", "bomb.zip"])
def test_an_archive_can_be_released_with_what_is_in_it(tmp_path, name):
    """Two people who accept every reason, those of parts and bounds included, let it pass."""
    contents = {
        "deep.zip": nested(NOTE, 7),
        "bomb.gz": gzip.compress(bytes(16 << 20)),
        "bomb.zip": many_times_many(),
    }
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / name).write_bytes(contents[name])
    settings = Settings(home=tmp_path / "home")
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        (held,) = entries(runtime)
        assert "indeterminate" == held["verdict"]
        until = runtime.clock() + timedelta(days=1)
        first, second = (a_person(runtime, tmp_path, person) for person in ("anne", "marc"))
        assert not decisions.release(runtime, held["digest"], first, until).effective
        assert decisions.release(runtime, held["digest"], second, until).effective

    assert Stage.PROMOTED.value == listed(settings)[name]["stage"]
