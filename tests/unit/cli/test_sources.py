from hypothesis import given
from hypothesis import strategies as st

from cli.sources import ID_LENGTH, absolute, source_id


def test_a_source_s_id_is_stable():
    """The same place of the same server and case is the same source, on every machine."""
    assert "21275707ba49" == source_id("default", "unknown", b"/mnt/a")


@given(st.tuples(st.text(), st.text(), st.binary()), st.tuples(st.text(), st.text(), st.binary()))
def test_other_places_have_other_ids(one, other):
    """Case, server and place all count."""
    assert (one == other) == (source_id(*one) == source_id(*other))


def test_an_id_tells_nothing():
    """A place's name could be a patient's, so the id is a code."""
    made = source_id("default", "srv", b"/mnt/Dupont")

    assert ID_LENGTH == len(made)
    assert set(made) <= set("0123456789abcdef")


def test_links_in_a_path_are_followed(tmp_path):
    """A folder named twice in two ways is one place."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert absolute(str(tmp_path / "real")) == absolute(str(tmp_path / "link" / ".." / "real"))


def test_a_name_that_is_no_text_keeps_its_bytes(tmp_path):
    """A mount point may have any bytes in its name."""
    place = absolute(f"{tmp_path}/caf\udce9")

    assert place.endswith(b"/caf\xe9")
