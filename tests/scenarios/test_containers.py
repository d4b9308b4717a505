"""Archives and mails through power cuts: nothing in them is lost, opened twice, or told apart."""

import pytest

from tests.corpus.containers import EICAR_ARCHIVE, NOTE, TAR, archive, mail, nested
from tests.scenarios.conftest import same_entries
from tests.scenarios.disturbed import disturb

ARCHIVES = 24
KILLS = 3
# On servers the split ones are enough: they do all that the whole ones do.
PARTS = [
    pytest.param(
        0,
        id="shards that stay whole",
        marks=pytest.mark.own_places("the same with shards that are split runs there"),
    ),
    pytest.param(8, id="shards that are split"),
]


def a_source(folder, count):
    """A disk of archives and mails, each with contents of its own; every tenth has a virus."""
    folder.mkdir()
    for n in range(count):
        own = NOTE + b"%d\n" % n
        (folder / f"{n:03}.zip").write_bytes(archive({"n.txt": own, "in.zip": nested(own, 2)}))
        (folder / f"{n:03}.eml").write_bytes(mail((f"{n}.csv", own), ("a.tar", TAR)))
        if n % 10 == 0:
            (folder / f"{n:03}-bad.zip").write_bytes(archive({f"{n}.zip": EICAR_ARCHIVE}))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("parts", PARTS)
def test_archives_survive_kills_and_a_rebuild(tmp_path, asked, parts):
    """After kill -9 at random moments, and after a rebuild, everything is as in a calm run.

    So it is when the containers of a shard hold more than one shard works on.
    """
    count = ARCHIVES // 2 if asked.anything else ARCHIVES
    source = a_source(tmp_path / "disk", count)
    both = disturb(tmp_path, source, kills=2 if asked.prefect else KILLS, shard=10, parts=parts)
    calm, killed, undisturbed, ended = both.calm, both.killed, both.undisturbed, both.ended

    assert (3, 3) == (undisturbed.code, ended.code)
    assert (2 * count, (count + 9) // 10) == (ended.json["promoted"], ended.json["held"])
    assert undisturbed.json["derived"] == ended.json["derived"]
    assert same_entries(shown(calm), shown(killed))
    both.check()
    assert 0 == killed("catalogue", "rebuild").code
    assert same_entries(shown(calm), shown(killed))


def shown(autoclave):
    """Entries and what was taken out of them."""
    return autoclave("list", "--derived", "--json").lines
