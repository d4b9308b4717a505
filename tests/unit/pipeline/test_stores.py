"""Folders are the stores of an embedded home, and cost nothing that only S3 needs."""

import subprocess
import sys
from dataclasses import replace

import pytest

from custody.errors import SettingsError
from pipeline.home import Home
from pipeline.settings import Settings, StoresSettings
from pipeline.wiring import open_stores
from storage.interface import Local, Removable
from tests.corpus.spooled import read, spooled


def test_each_store_has_its_own_folder(tmp_path):
    """What is put into one store lies below its folder of the home, and in no other."""
    home = Home(root=tmp_path)
    stores = open_stores(Settings(home=tmp_path), home)

    for name, folder in (
        ("quarantine", home.vault),
        ("clean", home.clean),
        ("audit", home.audit),
        ("names", home.names),
    ):
        getattr(stores, name).put(name, spooled(b"1"))
        (found,) = tmp_path.rglob(f"{name}@*")
        assert folder in found.parents


def test_the_promoter_and_the_auditor_see_the_same_folder(tmp_path):
    """On one machine quarantine has one store, whose files go to the sandbox without a copy."""
    stores = open_stores(Settings(home=tmp_path), Home(root=tmp_path))
    stores.quarantine.put("a", spooled(b"1"))

    assert b"1" == read(stores.outgoing, "a") == read(stores.audited(), "a")
    assert isinstance(stores.quarantine, Local)
    assert all(isinstance(s, Removable) for s in (stores.audit, stores.names))


def test_an_unknown_kind_is_refused_with_those_that_exist(tmp_path):
    """A mistyped kind does not become folders."""
    settings = replace(Settings(home=tmp_path), stores=StoresSettings(kind="S3"))

    with pytest.raises(SettingsError, match=r"stores\.kind is 'S3' -> give one of: filesystem, s3"):
        open_stores(settings, Home(root=tmp_path))


def test_folders_do_not_load_the_sdk(tmp_path):
    """The import of the SDK takes a third of a second: only S3 pays for it."""
    program = (
        "import sys; from pathlib import Path; import cli.commands.recover;"
        "from pipeline.wiring import open_runtime; from pipeline.settings import Settings\n"
        f"with open_runtime(Settings(home=Path({str(tmp_path / 'home')!r}))): pass\n"
        "print([m for m in ('boto3', 'botocore') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert "[]" == done.stdout.strip()
