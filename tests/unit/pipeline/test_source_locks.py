"""A source is recovered by one process at a time, and is free when that one ends."""

import subprocess
import sys

import pytest

from custody.errors import ExitCode, StoreError, UnavailableError
from pipeline.home import Home
from pipeline.source_locks import recovering
from tests.corpus.catalogue_rows import source

PACS, RECORDS = source("pacs"), source("records/../../x")
HOLD = """
import sys, time
from pathlib import Path
from pipeline.home import Home
from pipeline.source_locks import recovering
from tests.corpus.catalogue_rows import source
with recovering(Home(root=Path(sys.argv[1])), [source("pacs")]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path):
    """A home, made."""
    made = Home(root=tmp_path / "home")
    made.make()
    return made


def test_a_second_recovery_of_a_source_is_turned_away(home):
    """It neither waits nor goes on; the source is named and the exit code says: later."""
    with (
        recovering(home, [PACS]),
        pytest.raises(UnavailableError, match="works on source pacs") as caught,
        recovering(home, [RECORDS, PACS]),
    ):
        pass

    assert ExitCode.UNAVAILABLE is caught.value.exit_code
    assert "same command again" in caught.value.next_step


def test_other_sources_are_recovered_beside_it(home):
    """Two disks of one home are pulled at once."""
    with recovering(home, [PACS]), recovering(home, [RECORDS]):
        assert 2 == len(list(home.locks.iterdir()))


def test_a_source_is_free_again_afterwards(home):
    """Also when the recovery failed, and when another of its sources could not be held."""
    with pytest.raises(KeyError), recovering(home, [PACS]):
        raise KeyError
    with (
        recovering(home, [PACS]),
        pytest.raises(UnavailableError),
        recovering(home, [RECORDS, PACS]),
    ):
        pass

    with recovering(home, [PACS, RECORDS]):
        pass


def test_a_killed_process_holds_nothing(home):
    """After kill -9 the same command goes on at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert "held\n" == process.stdout.readline()
        with pytest.raises(UnavailableError), recovering(home, [PACS]):
            pass
        process.kill()

    with recovering(home, [PACS]):
        pass


def test_an_id_is_never_a_path(home):
    """Whatever a source is called, its lock lies in the folder of locks."""
    with recovering(home, [RECORDS]):
        (file,) = home.locks.iterdir()

    assert home.locks == file.parent


def test_a_home_that_cannot_be_written_is_a_store_error(tmp_path):
    """Without the folder nothing is held."""
    with pytest.raises(StoreError), recovering(Home(root=tmp_path / "nowhere"), [PACS]):
        pass
