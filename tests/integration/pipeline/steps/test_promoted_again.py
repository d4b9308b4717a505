"""A promotion that died between its puts and their record does not put anything twice."""

from collections import Counter
from dataclasses import replace

import pytest

from catalogue import promotions
from cleanzone.promotion import Gate, key_of
from custody.digest import digest_of
from custody.errors import StoreError
from pipeline.settings import Settings
from pipeline.steps.promote import PromoteStep
from pipeline.wiring import open_runtime
from storage.memory import MemoryStore
from tests.corpus.homes import a_source, recover
from tests.corpus.spooled import read, spooled


def test_what_an_earlier_attempt_put_is_proven_and_taken(tmp_path, monkeypatch):
    """In a store where each put is a version, there is one of each content in the end."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for n in range(3):
        (disk / f"{n}.txt").write_text(f"letter {n}\n")
    source = a_source(disk)
    with open_runtime(Settings(home=tmp_path / "home")) as opened:
        runtime = replace(opened, clean=MemoryStore())
        with monkeypatch.context() as patched:
            patched.setattr(PromoteStep, "_finish", _dies)
            with pytest.raises(StoreError, match="gone"):
                recover(runtime, source)
        put = [version.key for version in runtime.clean.versions("")]
        ended = recover(runtime, source)

        assert 3 == len(put)
        assert {"clean": 3} == ended.verdicts
        assert Counter(put) == Counter(v.key for v in runtime.clean.versions(""))


def test_what_stands_there_and_is_another_is_passed_over(tmp_path, monkeypatch):
    """Of the same size, or under a key that begins alike: the artefact itself is put beside it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "0.txt").write_text("letter 0\n")
    digest = digest_of(b"letter 0\n")
    key = key_of(digest)
    with open_runtime(Settings(home=tmp_path / "home")) as opened:
        runtime = replace(opened, clean=MemoryStore())
        with monkeypatch.context() as patched:
            patched.setattr(Gate, "promote", _dies)
            with pytest.raises(StoreError, match="gone"):
                recover(runtime, a_source(disk))
        runtime.clean.put(key, spooled(b"LETTER 0\n"))
        runtime.clean.put(f"{key}-x", spooled(b"letter 0\n"))

        ended = recover(runtime, a_source(disk))

        with runtime.catalogue.read() as connection:
            there = promotions.known(connection, [digest])[digest]
        assert {"clean": 1} == ended.verdicts
        assert key == there.key
        assert b"letter 0\n" == read(runtime.clean, there.key, there.version)


def _dies(*_):
    raise StoreError("the machine is gone", next_step="start it again")
