"""Four snapshots of one server: the plan returns exactly the right version of every path."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from catalogue import sources, tables
from cli.hospital.damage import zeroed
from custody.case import CaseKind
from custody.digest import digest_of
from custody.errors import UsageError
from custody.names import from_base64
from custody.verdict import Verdict
from pipeline.deciding.declaring import Change, declare
from pipeline.restoring.asked import Asked
from pipeline.restoring.expected import Known, read_reference
from pipeline.restoring.expecting import Volume, add_reference
from pipeline.restoring.plan import plan_of
from pipeline.restoring.telling import Sums, tell
from tests.corpus.homes import CASE, a_source, recover
from tests.corpus.snapshots import FRIDAY, HOST, INTRUSION, SUNDAY, report


def planned(runtime, **asked):
    """Every line of a plan by its path, and the sums."""
    sums = Sums()
    with runtime.catalogue.read() as connection:
        lines = list(tell(runtime, connection, plan_of(connection, Asked(**asked)), sums))
    found = {from_base64(line["path_b64"]): line for line in lines}
    assert len(lines) == len(found)
    return found, sums.as_json()


RIGHT = {
    b"a/one.txt": ("friday", report(1, "friday")),
    b"a/two.txt": ("friday", report(2, "friday")),
    b"b/three.txt": ("saturday", report(3, "friday")),
    b"c/four.txt": ("saturday", report(4, "saturday")),
    b"c/five.txt": ("saturday", report(5, "saturday")),
}


def test_exactly_the_right_version_of_every_path_comes_back(runtime):
    """An encrypted or damaged newer copy hides no clean older one, and each choice is explained."""
    lines, _ = planned(runtime)

    found = {p: (line["source"], line["digest"]) for p, line in lines.items() if line["digest"]}
    expected = {p: (f"{HOST}-{day}", digest_of(c)) for p, (day, c) in RIGHT.items()}
    assert expected == found
    newer = lines[b"a/one.txt"]["newer"]
    assert [f"{HOST}-sunday", f"{HOST}-saturday"] == [v["source"] for v in newer]
    assert {"encrypted"} == {v["verdict"] for v in newer}


def test_the_loss_list_is_right(runtime):
    """Lost is what no snapshot has clean; a renamed encrypted copy of what returns is no loss."""
    lines, sums = planned(runtime)

    outcomes = {path: line["outcome"] for path, line in lines.items() if not line["digest"]}
    assert {
        b"b/only-thursday.txt": "lost",
        b"d/never-clean.txt": "lost",
        b"b/three.txt.locked": "encrypted-copy",
        b"c/four.txt.locked": "encrypted-copy",
        b"c/five.txt.locked": "encrypted-copy",
        b"README.txt": "kept-out",
    } == outcomes
    assert {"lost": 2, "kept-out": 1} == sums["not_restored"]
    assert 5 == sums["restore"]
    assert [HOST] == sums["no_reference"]
    assert sums["missing"] is None


def test_what_changed_since_the_intrusion_is_marked(runtime, people):
    """A content that no snapshot from before the intrusion holds is marked, whatever its time."""
    declare(runtime, CASE, Change(intrusion_at=INTRUSION), people["anna"])

    lines, _ = planned(runtime)

    marked = {p for p, line in lines.items() if "changed-after-intrusion" in line.get("marks", ())}
    assert {b"c/four.txt", b"c/five.txt"} == marked


def test_nothing_newer_than_the_cut_off_comes_back(runtime, people):
    """With a cut-off on Friday evening everything is Friday's or older."""
    declare(runtime, CASE, Change(cut_off_at=FRIDAY), people["anna"])

    lines, sums = planned(runtime, as_of=SUNDAY)

    found = {p: line["source"] for p, line in lines.items() if line["digest"]}
    assert {f"{HOST}-friday"} == set(found.values())
    assert {b"a/one.txt", b"a/two.txt", b"b/three.txt", b"c/four.txt"} == found.keys()
    assert 6 == sums["not_restored"]["after-the-cut-off"]


def test_a_reference_makes_missing_sayable(runtime):
    """What the reference has and no snapshot lists is missing; other paths are compared."""
    known = {
        b"a/one.txt": Known(digest=digest_of(report(1, "friday"))),
        b"a/two.txt": Known(size=3),
        b"archive/gone.txt": Known(),
    }
    add_reference(runtime, known, Volume(case=CASE, host=HOST), "engineer")

    lines, sums = planned(runtime)

    assert "missing" == lines[b"archive/gone.txt"]["outcome"]
    assert (1, []) == (sums["missing"], sums["no_reference"])
    differs = {p for p, line in lines.items() if "differs-from-reference" in line.get("marks", ())}
    assert {b"a/two.txt"} == differs
    assert 1 == planned(runtime, service="wards")[1]["missing"]
    assert {} == planned(runtime, service="laboratory")[0]


def test_a_server_that_was_never_recovered_is_missing_as_a_whole(runtime):
    """A reference names it and no source does: its paths are missing, and not passed over."""
    known = {b"images/1.dcm": Known(), b"images/2.dcm": Known()}
    add_reference(runtime, known, Volume(case=CASE, host="pacs"), "engineer")

    lines, sums = planned(runtime)

    assert {"missing"} == {lines[path]["outcome"] for path in known}
    assert 2 == sums["missing"]
    assert 2 == planned(runtime, service="radiology")[1]["missing"]
    assert None is planned(runtime, host=HOST)[1]["missing"]


def test_the_reference_of_a_server_is_that_of_its_only_source(runtime, tmp_path):
    """Who gives no time and no volume has one disk: what it lacks is missing, and no more."""
    (tmp_path / "pacs").mkdir()
    (tmp_path / "pacs" / "here.txt").write_bytes(report(1, "monday"))
    recover(runtime, a_source(tmp_path / "pacs", "pacs", "radiology"))
    known = {b"here.txt": Known(), b"gone.txt": Known()}
    add_reference(runtime, known, Volume(case=CASE, host="pacs"), "engineer")

    lines, sums = planned(runtime, host="pacs")

    assert {b"here.txt": "restore", b"gone.txt": "missing"} == {
        path: line["outcome"] for path, line in lines.items()
    }
    assert (1, []) == (sums["missing"], sums["no_reference"])


def test_a_lost_file_beside_one_of_a_shorter_name_is_no_copy_of_it(runtime, tmp_path):
    """Damage is never a copy, and what stands beside its original is a file of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "dump.txt").write_bytes(report(8, "friday"))
    (disk / "dump.txt.bak").write_bytes(zeroed(report(8, "friday")))
    recover(runtime, a_source(disk, "files", "wards"))
    found = [planned(runtime, host="files")]
    columns = tables.entries.c
    with runtime.catalogue.write() as connection:
        connection.execute(
            sa.update(tables.entries)
            .where(columns.digest == digest_of(zeroed(report(8, "friday"))))
            .values(verdict=Verdict.ENCRYPTED.value)
        )
    found.append(planned(runtime, host="files"))

    for lines, sums in found:
        assert {b"dump.txt": "restore", b"dump.txt.bak": "lost"} == {
            path: line["outcome"] for path, line in lines.items()
        }
        assert 0 == sums["encrypted_copies"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"path\nletters, old.txt\n", "more than its heads at line 2"),
        (b"path,size\na.txt,many\n", "cannot be read"),
        (b"path\na.txt\na.txt\n", "there already"),
        (b"name\na.txt\n", "does not have the columns"),
    ],
)
def test_a_reference_that_means_something_else_is_refused(content, fault):
    """A path that was cut at its comma would be missing for ever."""
    with pytest.raises(UsageError, match=fault):
        read_reference(content, "list.csv")


def test_a_decryptor_s_output_is_a_source_like_any_other(runtime, tmp_path):
    """What it made of Sunday's copies is newer than Friday's, comes back, and says what made it."""
    tree = tmp_path / "decrypted" / "a"
    tree.mkdir(parents=True)
    (tree / "one.txt").write_bytes(report(1, "saturday"))
    with runtime.catalogue.read() as connection:
        sunday = sources.get(connection, f"{HOST}-sunday")
    recover(
        runtime,
        replace(
            sunday,
            source_id=f"{HOST}-decrypted",
            location=str(tmp_path / "decrypted").encode(),
            identity=identity_of(tmp_path / "decrypted"),
            decryptor="key-of-the-police",
        ),
    )

    line = planned(runtime)[0][b"a/one.txt"]

    assert (f"{HOST}-decrypted", "key-of-the-police") == (line["source"], line["decryptor"])
    assert "decryptor-output" in line["marks"]


def test_two_images_of_one_moment_are_two_volumes(runtime, tmp_path):
    """Nothing is chosen between disks of a server that were registered as one."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_bytes(report(7, "sunday"))
    with runtime.catalogue.read() as connection:
        sunday = sources.get(connection, f"{HOST}-sunday")
    other = replace(
        sunday,
        source_id="other-disk",
        location=str(tmp_path / "other").encode(),
        identity=identity_of(tmp_path / "other"),
    )
    recover(runtime, other)
    with pytest.raises(UsageError, match="one moment"):
        planned(runtime)

    recover(runtime, replace(other, volume="d"))

    assert "d" == planned(runtime)[0][b"x.txt"]["volume"]


def test_an_attack_becomes_a_failure_only_by_two_people(runtime, people):
    """Less is asked afterwards, so the first signature waits."""
    change = Change(kind=CaseKind.FAILURE)
    assert not declare(runtime, CASE, change, people["anna"]).effective
    assert declare(runtime, CASE, change, people["bert"]).effective


def identity_of(folder):
    """The identity of a folder as a source."""
    return a_source(folder).identity
