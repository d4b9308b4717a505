"""A source that is not there stops a run before it begins, by its name."""

import shutil

import pytest

from catalogue import runs, sources
from custody.errors import SourceEmptyError, SourceError
from pipeline.delivering import deliver
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
