"""A source that is not there stops a run before it begins, by its name."""

import shutil

import pytest

from catalogue import runs, sources
from custody.errors import SourceEmptyError, SourceError
from pipeline.delivering import deliver
from pipeline.proving import verify
from tests.corpus.homes import a_source, recover


@pytest.fixture
def unmounted(tmp_path):
    """A source whose folder is there and holds nothing."""
    (tmp_path / "empty").mkdir()
    return a_source(tmp_path / "empty", "archive")


@pytest.fixture
def mounted(runtime):
    """A source that was recovered whole."""
    with runtime.catalogue.read() as connection:
        return sources.get(connection, "dpi-disk")


def test_an_empty_source_among_others_begins_no_run(runtime, tmp_path, mounted, unmounted):
    """It is named, nothing is half done, and what was recovered before can still be handed over."""
    before = runtime.ledger.size
    with pytest.raises(SourceEmptyError, match="source archive-disk of archive"):
        recover(runtime, mounted, unmounted)

    with runtime.catalogue.read() as connection:
        assert runs.unfinished(connection, ["dpi-disk", "archive-disk"]) is None
    runtime.ledger.publish()
    assert before + 1 == runtime.ledger.size
    assert 2 == deliver.deliver(runtime, tmp_path / "out", host="dpi").files


def test_a_place_that_is_gone_is_named(runtime, tmp_path, unmounted):
    """Of many sources the one whose folder is missing is told."""
    shutil.rmtree(tmp_path / "empty")

    with pytest.raises(SourceError, match="source archive-disk of archive"):
        recover(runtime, unmounted)


def test_the_same_share_at_two_sources_is_stored_once(runtime, tmp_path):
    """Small and large contents that the vault has under other names are not stored again."""
    contents = {"a.txt": b"a letter that two servers have\n" * 8, "b.txt": b"long lines\n" * 9000}
    disks = [tmp_path / name for name in ("first", "second")]
    for number, disk in enumerate(disks):
        disk.mkdir()
        for name, content in contents.items():
            (disk / f"{number}-{name}").write_bytes(content)
    recover(runtime, a_source(disks[0], "one"))
    before = sorted(version.key for version in runtime.vault.store.versions(""))

    ended = recover(runtime, a_source(disks[1], "two"))

    assert (2, 0) == (ended.as_json()["promoted"], ended.equation.unexplained)
    assert before == sorted(version.key for version in runtime.vault.store.versions(""))
    assert () == verify.verify(runtime, deep=True).uncommitted
