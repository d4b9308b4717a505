import os
import random
import signal
import time
from datetime import UTC, datetime

import pytest

from audit.evidence import parse_key
from audit.history import History, StoreFiles
from audit.note import open_checkpoint
from audit.tiles import newest_key, read
from audit.verification import verify
from catalogue import ledger as rows
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore
from tests.corpus.ledgers import ORIGIN, SIGNER, a_home, an_event, open_ledger, record

KEY = parse_key(SIGNER.vkey)
KILLS = 20


class PowerCut(BaseException):
    """The machine stops here."""


class DyingStore(MemoryStore):
    """A store in a machine that stops after a number of operations, also inside a put."""

    def __init__(self, left):
        super().__init__()
        self.left = left

    def put(self, key, spooled):
        """Keep one object, if the power still lasts for it."""
        if self.left == 0:
            raise PowerCut
        self.left -= 1
        return super().put(key, spooled)

    def delete(self, key, version):
        """Remove one version, if the power still lasts for it."""
        if self.left == 0:
            raise PowerCut
        self.left -= 1
        super().delete(key, version)


def on_disk(folder):
    """A home on disk, with the clock that all processes of a machine share."""
    return a_home(folder, FilesystemStore(folder / "audit"), clock=lambda: datetime.now(UTC))


def checkpoints(store):
    """Every published checkpoint, by key."""
    return {
        version.key: read(store, version.key)
        for version in store.versions(f"log/{ORIGIN}/checkpoints/")
    }


def work(folder, acknowledged, first):
    """Record and publish until killed; each published number is written to a pipe."""
    home = on_disk(folder)
    ledger = open_ledger(home)
    number = first
    while True:
        events = [an_event(n) for n in range(number, number + 1 + number % 7)]
        record(home, ledger, events)
        number += len(events)
        os.write(acknowledged, b"%d\n" % (number - 1))


def killed(folder, first, seconds):
    """Work in a process of its own, kill it after a while, and return what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(folder, writing, first)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return [int(line) for line in pipe.read().splitlines()]


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_no_gap(tmp_path):
    """After each of many kills the ledger is whole, holds what was acknowledged, and goes on.

    Checkpoints that were once published keep their bytes for ever.
    """
    chance = random.Random(7)
    folder = tmp_path / "home"
    first, published = 0, {}
    for _ in range(KILLS):
        acknowledged = killed(folder, first, chance.uniform(0.02, 0.2))
        home = on_disk(folder)
        store = home.store
        left_behind = checkpoints(store)
        with home.catalogue.read() as connection:
            signed = {c.size: c.note.encode() for c in rows.all_checkpoints(connection, ORIGIN)}
        ledger = open_ledger(home)
        numbers = [
            event["body"]["number"]
            for event in History(store, KEY).events()
            if "number" in event["body"]
        ]
        after = checkpoints(store)

        assert () == verify(home.catalogue, store, SIGNER.vkey).faults
        assert list(range(len(numbers))) == numbers
        assert not acknowledged or acknowledged[-1] < len(numbers)
        assert published.items() <= left_behind.items() <= after.items()
        # What was signed before the kill is what is published after it, byte for byte.
        assert sorted(signed.values()) == sorted(
            note for note in after.values() if open_checkpoint(note, KEY).size in signed
        )
        published, first = after, len(numbers)
        assert ledger.size == len(numbers) + 1
        home.catalogue.close()

    assert first > 0


def counted_objects(tmp_path):
    """How many store operations the work of `test_the_power...` takes."""
    store = DyingStore(10_000)
    home = a_home(tmp_path / "whole", store)
    run_all(home)
    home.catalogue.close()
    return 10_000 - store.left


def run_all(home):
    """Open a ledger and publish across the end of a tile."""
    ledger = open_ledger(home)
    for numbers in (range(254), range(254, 259)):
        record(home, ledger, [an_event(n) for n in numbers])


@pytest.mark.slow
def test_the_power_goes_at_every_store_operation(tmp_path):
    """Wherever publishing stops, opening again publishes the same bytes and the rest follows."""
    for left in range(counted_objects(tmp_path)):
        store = DyingStore(left)
        home = a_home(tmp_path / f"cut-{left}", store)
        with pytest.raises(PowerCut):
            run_all(home)
        before = checkpoints(store)
        store.left = 10_000
        run_all(home)
        after = checkpoints(store)

        assert before.items() <= after.items()
        assert () == verify(home.catalogue, store, SIGNER.vkey).faults
        assert 260 == open_checkpoint(read(store, newest_key(ORIGIN)), KEY).size
        assert 260 == len(list(History(store, KEY).entries(ORIGIN)))
        assert newest_key(ORIGIN) in StoreFiles(store).names()
        home.catalogue.close()


def test_two_processes_share_one_ledger(tmp_path):
    """Two processes that publish at the same time give one log without gap or double."""
    folder = tmp_path / "home"
    home = on_disk(folder)
    open_ledger(home)
    home.catalogue.close()
    children = []
    for part in range(2):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                own = on_disk(folder)
                ledger = open_ledger(own)
                for number in range(20):
                    record(own, ledger, [an_event(100 * part + number)])
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    home = on_disk(folder)
    open_ledger(home)
    store = home.store
    numbers = [e["body"].get("number") for e in History(store, KEY).events()]

    assert [0, 0] == ends
    assert () == verify(home.catalogue, store, SIGNER.vkey).faults
    assert [*range(20), *range(100, 120)] == sorted(n for n in numbers if n is not None)
    home.catalogue.close()
