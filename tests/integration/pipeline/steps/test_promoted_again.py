"""A promotion that died between its puts and their record does not put anything twice."""

from collections import Counter
from dataclasses import replace

import pytest

from custody.errors import StoreError
from pipeline.settings import Settings
from pipeline.steps.promote import PromoteStep
from pipeline.wiring import open_runtime
from storage.memory import MemoryStore
from tests.corpus.homes import a_source, recover


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


def _dies(*_):
    raise StoreError("the machine is gone", next_step="start it again")
