"""A service comes back: sealed, signed, opened, and delivered through kills; all verified."""

import subprocess
import sys

import pytest

from audit.ssh_keys import generate, public_line, write_private_key
from tests.scenarios.conftest import wait_until

FILES = 600
KILLS = 5
BECAUSE = ("--reason", "wave one")


def person(autoclave, folder, name, role, *signers):
    """Register somebody with a key; `signers` are the options of those who sign for it."""
    key = generate()
    write_private_key(folder / name, key)
    (folder / f"{name}.pub").write_text(f"{public_line(key)}\n")
    words = ("people", "add", name, "--role", role, "--public-key", folder / f"{name}.pub")
    for options in signers or ((),):
        ended = autoclave(*words, *options, *(BECAUSE if options else ()))
        assert ended.code in {0, 3}, ended.err
    return ("--as", name, "--key", folder / name)


def files_in(folder):
    """How many files of the payload stand there by now."""
    return sum(1 for p in (folder / "data").rglob("letter-*.txt"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_delivery_killed_again_and_again_is_one_whole_bag(autoclave, letters, tmp_path, asked):
    """After kill -9 at several moments the same command ends it, and the bag proves itself."""
    files, kills = asked.fewer(FILES), asked.fewer(KILLS)
    told = ("--host", "srv1", "--service", "wards", "--snapshot-time", "2022-05-13T20:00")
    assert files == autoclave("recover", letters(files), *told, "--json").json["promoted"]
    anna = person(autoclave, tmp_path, "anna", "analyst")
    bert = person(autoclave, tmp_path, "bert", "approver")
    cert = person(autoclave, tmp_path, "cert", "authority", anna, bert)
    size = autoclave("audit", "anchor", "--print", "--json").json["size"]
    assert 0 == autoclave("audit", "anchor", "--on-paper", "logbook 3", "--size", size).code
    set_id = autoclave("restore", "seal", *anna[:2], *BECAUSE, "--json").json["set"]
    assert [3, 0] == [
        autoclave("restore", "sign", set_id, *who, *BECAUSE).code for who in (anna, cert)
    ]
    autoclave.kill_after(2.0, "restore", "open", set_id)
    assert 0 == autoclave("restore", "open", set_id).code
    bag = tmp_path / "bag"
    for kill in range(kills):
        process = autoclave.start("restore", "deliver", set_id, bag)
        goal = (kill + 1) * files // (kills + 2)
        wait_until(lambda: files_in(bag) >= goal or process.poll() is not None, 120)  # noqa: B023
        assert process.poll() is None
        autoclave.kill(process)

    ended = autoclave("restore", "deliver", set_id, bag, "--json")

    assert 0 == ended.code, ended.err
    assert (files, files) == (ended.json["files"], files_in(bag))
    assert ended.json["kept"] >= kills * files // (kills + 2)
    assert [] == list(bag.rglob(".autoclave-part-*"))
    fingerprint = autoclave("keys", "show", "--json").json
    words = [sys.executable, "-I", "verify.py", ".", "--key", fingerprint_in(fingerprint)]
    checked = subprocess.run(words, cwd=bag, capture_output=True, check=False)
    assert 0 == checked.returncode, checked.stdout
    assert 0 == autoclave("audit", "verify", "--deep").code
    assert 0 == autoclave("catalogue", "rebuild").code
    assert 0 == autoclave("audit", "verify", "--deep").code
    assert ["open"] == [s["standing"] for s in autoclave("restore", "list", "--json").lines]


def fingerprint_in(told):
    """The fingerprint of the ledger's key, as `keys show` tells it."""
    return told["fingerprint"]
