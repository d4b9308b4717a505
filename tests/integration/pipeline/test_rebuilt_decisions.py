"""What policies and people decide of archives with bad parts, and what waits for another run."""

import tarfile
from dataclasses import replace

from custody.digest import digest_of
from custody.outcome import NotScanned
from pipeline import listing
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.steps import parts as parts_stage
from pipeline.wiring import open_runtime
from tests.corpus.containers import tar_member, tarred
from tests.corpus.homes import EICAR, a_source, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.packages import archive
from tests.corpus.rebuilt import (
    ACTIVE,
    COPY,
    LEAVE_OUT,
    LETTER,
    MIXED,
    NOTE,
    VIRUS,
    a_disk,
    approve,
    members,
    stands,
)
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs


def test_a_policy_has_malicious_parts_left_out(tmp_path):
    """The archive comes back without its virus; one that holds nothing else stays held."""
    only = archive({"v.com": EICAR, "w.com": EICAR + b" "}, stored=True)
    stored = archive({"note.txt": NOTE, "v.com": EICAR}, stored=True)
    disk = a_disk(tmp_path, {"virus.zip": VIRUS, "only.zip": only, "stored.zip": stored})
    settings = Settings(home=tmp_path / "home")
    with open_runtime(settings) as runtime:
        approve(runtime, tmp_path, LEAVE_OUT)
        recover(runtime, a_source(disk))
        listed = {e["path"]: e for e in listing.entries(runtime)}
        copy = listed["virus.zip"]["superseded_by"]
        deliver(runtime, tmp_path / "out")
        found = {p.name: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}

        assert ("superseded", "malicious") == (
            listed["virus.zip"]["stage"],
            listed["virus.zip"]["verdict"],
        )
        assert {"letter.txt": LETTER, "visit.ics": COPY} == members(found["virus.zip"], tmp_path)
        assert {"note.txt": NOTE} == members(found["stored.zip"], tmp_path)
        assert (True, True) == stands(runtime, copy)
        assert "held" == listed["only.zip"]["stage"]
        assert "no part of it can be promoted" in listed["only.zip"]["reason"]
        assert () == verify(runtime, deep=True).faults
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_another_policy_has_an_archive_written_anew_in_another_way(tmp_path):
    """What one policy held another lets be left out, without a new profile."""
    disk = a_disk(tmp_path, {"virus.zip": VIRUS})
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        recover(runtime, a_source(disk))
        before = {e["path"]: e["stage"] for e in listing.entries(runtime)}
        approve(runtime, tmp_path, LEAVE_OUT)
        recover(runtime, a_source(disk))
        after = {e["path"]: e["stage"] for e in listing.entries(runtime)}

    assert ({"virus.zip": "held"}, {"virus.zip": "superseded"}) == (before, after)


def test_a_part_that_the_machine_failed_to_look_at_is_tried_again(tmp_path, monkeypatch):
    """Nothing is made now and nothing is remembered; the next run makes it."""
    disk = a_disk(tmp_path, {"mixed.zip": MIXED})
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        whole = parts_stage.Expander._inspect

        def troubled(expander, unpacked):
            said = whole(expander, unpacked)
            for digest, each in list(expander.taken.inspections.items()):
                silent = NotScanned(scanner="yara_rules", reason="the box failed", transient=True)
                expander.taken.inspections[digest] = replace(
                    each, outcomes=(*each.outcomes, silent)
                )
            return said

        monkeypatch.setattr(parts_stage.Expander, "_inspect", troubled)
        recover(runtime, a_source(disk))
        (entry,) = listing.entries(runtime)
        assert "held" == entry["stage"]
        assert [] == listing.show(runtime, digest_of(MIXED))["disarmed"]
        monkeypatch.undo()
        recover(runtime, a_source(disk))
        (entry,) = listing.entries(runtime)
        assert "superseded" == entry["stage"]
        assert () == verify(runtime, deep=True).faults


def test_a_tar_with_a_link_stays_held(tmp_path):
    """What is no plain file has no content that could be looked at."""
    link = tar_member("link", tarfile.SYMTYPE, link="/etc/passwd")
    disk = a_disk(tmp_path, {"a.tar": tarred(tar_member("visit.ics"), link, content=ACTIVE)})
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        recover(runtime, a_source(disk))
        (entry,) = listing.entries(runtime)

    assert ("held", None) == (entry["stage"], entry["superseded_by"])
