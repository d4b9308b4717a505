import json
import re
import shutil
import subprocess
import sys

import pytest

from audit.export import export
from audit.ledger import Ledger
from audit.recipe import README
from audit.verify import LIST_FILE, fingerprint, verify
from custody.errors import LedgerError, StoreError, UsageError
from storage.filesystem import FilesystemStore
from tests.corpus.ledgers import (
    ORIGIN,
    SIGNER,
    STRANGER,
    a_chain,
    a_home,
    an_event,
    open_ledger,
    record,
)
from tests.corpus.named_bytes import NamedBytes

ON_PAPER = fingerprint(SIGNER.vkey)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A small export on disk."""
    folder = tmp_path_factory.mktemp("export")
    home = a_home(folder / "home")
    a_chain(home, open_ledger(home), [1, 2])
    export(home.store, SIGNER, folder / "export")
    home.catalogue.close()
    return folder / "export"


@pytest.fixture(scope="module")
def files(exported):
    """The same export in memory."""
    return NamedBytes.of(exported)


def first_fault(damaged):
    """Where the first fault of a damaged export is, if one is found."""
    faults = verify(damaged, ON_PAPER).faults
    return faults[0].where if faults else None


def run(exported, *arguments):
    """Run the export's own verifier, away from our code."""
    return subprocess.run(
        [sys.executable, "-I", str(exported / "verify.py"), str(exported), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_an_export_verifies_itself(exported):
    """The verifier in the export runs without Autoclave and accepts the export."""
    done = run(exported, "--key", ON_PAPER)

    assert ("", 0) == (done.stderr, done.returncode)
    assert "verified: nothing is missing or changed" in done.stdout


def test_the_verifier_speaks_json(exported):
    """With --json the result is one object."""
    result = json.loads(run(exported, "--key", ON_PAPER, "--json").stdout)

    assert (True, []) == (result["verified"], result["faults"])
    assert (4, 4, 3, 6) == (
        result["entries"],
        result["checkpoints"],
        result["manifests"],
        result["lines"],
    )
    assert 4 == result["logs"][ORIGIN]["size"]


def test_another_fingerprint_is_refused(exported):
    """An export with a key that is not the one on paper proves nothing."""
    done = run(exported, "--key", fingerprint(STRANGER.vkey))

    assert 1 == done.returncode
    assert "FAULT keys/ledger.vkey" in done.stdout


def test_every_changed_byte_is_found_and_named(files):
    """There is no byte in any file of an export that can be changed unnoticed."""
    missed = []
    for name, content in files.contents.items():
        changed = bytearray(content)
        for position in range(len(content)):
            changed[position] ^= 1
            if first_fault(files.changed(name, bytes(changed))) != name:
                missed.append((name, position))
            changed[position] ^= 1

    assert [] == missed


def test_every_changed_bit_of_key_and_signature_is_found(files):
    """Nothing in base64, names or line ends can be spelled in another way."""
    missed = []
    for name in (LIST_FILE, "keys/ledger.vkey"):
        content = files.read(name)
        signed = content.rfind(b"\n\n")
        for bit in range(8 * max(signed, 0), 8 * len(content)):
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            if first_fault(files.changed(name, bytes(changed))) != name:
                missed.append((name, bit))

    assert [] == missed


def test_every_truncation_is_found_and_named(files):
    """No file of an export can be cut unnoticed, wherever the cut is."""
    # Any cut of the two long texts changes their digest; every 16th length is plenty there.
    missed = [
        (name, length)
        for name, content in files.contents.items()
        for length in range(0, len(content), 16 if name in {"verify.py", "README.txt"} else 1)
        if first_fault(files.changed(name, content[:length])) != name
    ]

    assert [] == missed


def test_every_missing_file_is_found_and_named(files):
    """No file of an export can be removed unnoticed."""
    missed = [n for n in files.names() if first_fault(files.without(n)) != n]

    assert [] == missed


def test_every_added_file_is_found_and_named(files):
    """No file can be slipped into an export."""
    added = "log/other/checkpoint"

    assert added == first_fault(files.changed(added, b""))


def test_every_changed_file_is_named(files):
    """When several files are changed, all of them are named."""
    damaged = (
        files.changed("README.txt", b"")
        .changed("verify.py", b"")
        .without(f"log/{ORIGIN}/checkpoint")
    )

    assert ["README.txt", f"log/{ORIGIN}/checkpoint", "verify.py"] == [
        fault.where for fault in verify(damaged, ON_PAPER).faults
    ]


def test_a_list_signed_by_a_stranger_is_refused(tmp_path, files):
    """Somebody without the key cannot make a list of other files."""
    home = a_home(tmp_path / "home", signer=STRANGER)
    open_ledger(home)
    export(home.store, STRANGER, tmp_path / "export")
    forged = NamedBytes.of(tmp_path / "export").changed(
        "keys/ledger.vkey", files.read("keys/ledger.vkey")
    )

    assert LIST_FILE == first_fault(forged)


def shell(exported, tmp_path):
    """The commands of the README's recipe, joined, with their temporary files in a folder."""
    commands = re.findall(r"^ {4}(?: {4})?(\S.*)$", README, re.MULTILINE)
    recipe = "\n".join(command for command in commands if not command.startswith("python3"))
    script = "set -e\n" + recipe.replace("/tmp/", f"{tmp_path}/")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=exported,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_recipe_without_python_works(exported, tmp_path):
    """The commands of the README show the fingerprint, check the signature and every file."""
    done = shell(exported, tmp_path)
    printed = re.findall(r"^[0-9a-f]{32}", done.stdout)

    assert 0 == done.returncode, done.stderr
    assert [ON_PAPER.replace(" ", "")] == printed
    assert "Signature Verified Successfully" in done.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("name", ["README.txt", LIST_FILE, f"log/{ORIGIN}/checkpoint"])
def test_the_recipe_finds_a_change(exported, tmp_path, name):
    """The commands of the README fail on a changed file and on a changed list."""
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content.replace(b"a", b"b", 1))

    assert 0 != shell(copy, tmp_path).returncode


def test_an_export_from_disk_with_successors(tmp_path):
    """An export of several logs holds all of them, with tiles of several levels."""
    home = a_home(tmp_path / "home", FilesystemStore(tmp_path / "audit"))
    ledger = open_ledger(home)
    record(home, ledger, [an_event(n) for n in range(600)])
    second = ledger.new_origin("the store moved", "admin")
    a_chain(home, second, [1, 2, 3])
    done = export(home.store, SIGNER, tmp_path / "export", lock=second.paused())
    report = verify(NamedBytes.of(tmp_path / "export"), done.fingerprint)

    assert [] == report.faults
    assert {ORIGIN: 601, f"{ORIGIN}.2": 4} == {o: v["size"] for o, v in report.logs.items()}
    assert done.files == len(NamedBytes.of(tmp_path / "export").names())


def test_manifests_that_no_event_names_yet_stay_behind(tmp_path):
    """What was put into the store but is not in the ledger is not exported."""
    from tests.corpus.ledgers import inspect_line, put_manifest

    home = a_home(tmp_path / "home")
    open_ledger(home)
    put_manifest(home.store, "inspect", [inspect_line(1)])
    export(home.store, SIGNER, tmp_path / "export")

    assert [] == verify(NamedBytes.of(tmp_path / "export"), ON_PAPER).faults
    assert not (tmp_path / "export" / "manifests").exists()


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    """An export never mixes with what lies there already."""
    home = a_home(tmp_path / "home")
    open_ledger(home)
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "old").write_bytes(b"")
    with pytest.raises(UsageError, match="not empty"):
        export(home.store, SIGNER, tmp_path / "export")


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path):
    """A file in the place of the folder stops the export with a reason."""
    home = a_home(tmp_path / "home")
    open_ledger(home)
    (tmp_path / "export").write_bytes(b"")
    with pytest.raises(StoreError, match="export"):
        export(home.store, SIGNER, tmp_path / "export")


def test_a_store_that_lost_something_is_not_exported(tmp_path):
    """An export is whole or is not made."""
    home = a_home(tmp_path / "home")
    ledger: Ledger = open_ledger(home)
    a_chain(home, ledger, [1])
    [version, *_] = home.store.versions("manifests/")
    home.store.delete(version.key, version.version)
    with pytest.raises(LedgerError, match="missing"):
        export(home.store, SIGNER, tmp_path / "export")
