"""A source is recovered by one process at a time, and is free when that one ends."""

import subprocess
import sys

import pytest

from catalogue.engine import Catalogue
from custody.errors import ExitCode, StoreError, UnavailableError
from pipeline.home import Home
from pipeline.source_locks import recovering
from tests.corpus.catalogue_rows import source

PACS, RECORDS = source("pacs"), source("records/../../x")
HOLD = """
import sys, time
from pathlib import Path
from catalogue.engine import Catalogue
from pipeline.home import Home
from pipeline.source_locks import recovering
from tests.corpus.catalogue_rows import source
home = Home(root=Path(sys.argv[1]))
with recovering(home, Catalogue.open(home.catalogue), [source("pacs")]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path):
    """A home, made."""
    made = Home(root=tmp_path / "home")
    made.make()
    return made


@pytest.fixture
def catalogue(home):
    """Its catalogue."""
    with Catalogue.open(home.catalogue) as opened:
        yield opened


def test_a_second_recovery_of_a_source_is_turned_away(home, catalogue):
    """It neither waits nor goes on; the source is named and the exit code says: later."""
    with (
        recovering(home, catalogue, [PACS]),
        pytest.raises(UnavailableError, match="works on source pacs") as caught,
        recovering(home, catalogue, [RECORDS, PACS]),
    ):
        pass

    assert ExitCode.UNAVAILABLE is caught.value.exit_code
    assert "same command again" in caught.value.next_step


def test_other_sources_are_recovered_beside_it(home, catalogue):
    """Two disks of one home are pulled at once."""
    with recovering(home, catalogue, [PACS]), recovering(home, catalogue, [RECORDS]):
        assert 2 == len(list(home.locks.iterdir()))


def test_a_source_is_free_again_afterwards(home, catalogue):
    """Also when the recovery failed, and when another of its sources could not be held."""
    with pytest.raises(KeyError), recovering(home, catalogue, [PACS]):
        raise KeyError
    with (
        recovering(home, catalogue, [PACS]),
        pytest.raises(UnavailableError),
        recovering(home, catalogue, [RECORDS, PACS]),
    ):
        pass

    with recovering(home, catalogue, [PACS, RECORDS]):
        pass


def test_a_killed_process_holds_nothing(home, catalogue):
    """After kill -9 the same command goes on at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert "held\n" == process.stdout.readline()
        with pytest.raises(UnavailableError), recovering(home, catalogue, [PACS]):
            pass
        process.kill()

    with recovering(home, catalogue, [PACS]):
        pass


def test_an_id_is_never_a_path(home, catalogue):
    """Whatever a source is called, its lock lies in the folder of locks."""
    with recovering(home, catalogue, [RECORDS]):
        (file,) = home.locks.iterdir()

    assert home.locks == file.parent


def test_a_home_that_cannot_be_written_is_a_store_error(tmp_path, catalogue):
    """Without the folder nothing is held."""
    nowhere = Home(root=tmp_path / "nowhere")
    with pytest.raises(StoreError), recovering(nowhere, catalogue, [PACS]):
        pass
