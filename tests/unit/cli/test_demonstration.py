from pathlib import Path

import pytest

from cli.demonstration import PEOPLE, Place, Step, command_line, last_words, prepare
from custody.errors import UsageError

PLACE = Place(root=Path("/tmp/d"))


def test_a_step_prints_what_a_user_types():
    """Paths are relative to the demonstration's folder and words with blanks are quoted."""
    step = Step(
        title="t", words=("reject", "abc", "--key", "/tmp/d/people/claire", "--reason", "no use")
    )

    assert "autoclave --home home reject abc --key people/claire --reason 'no use'" == command_line(
        PLACE, step
    )


def test_a_path_outside_stays_as_it_is():
    """Only what lies in the folder is shortened."""
    step = Step(title="t", words=("recover", "/mnt/server"))

    assert "autoclave --home home recover /mnt/server" == command_line(PLACE, step)


def test_the_end_says_where_everything_is():
    """The last words name the folder, the hospital and what came back."""
    text = "\n".join(last_words(PLACE))

    assert all(str(p) in text for p in (PLACE.root, PLACE.hospital, PLACE.delivered, PLACE.home))


def test_everything_lies_in_the_one_folder(tmp_path):
    """The hospital, its table and the people's keys are written inside; keys are private."""
    place = Place(root=tmp_path / "demo")
    prepare(place)

    assert {"hospital", "hospital.csv", "people"} == {p.name for p in place.root.iterdir()}
    assert ["demo"] == [p.name for p in tmp_path.iterdir()]
    assert {0o600} == {place.key(person).stat().st_mode & 0o777 for person in PEOPLE}


def test_a_folder_in_use_is_left_alone(tmp_path):
    """Nothing is mixed into a folder that holds something."""
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(UsageError):
        prepare(Place(root=tmp_path))

    assert ["mine"] == [p.name for p in tmp_path.iterdir()]
