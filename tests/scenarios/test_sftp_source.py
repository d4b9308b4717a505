"""The main job from a real OpenSSH server, through a kill; and from one that is not the pinned."""

import os
import signal

import pytest

from tests.corpus.commands import Commands
from tests.corpus.ssh_servers import key_pair
from tests.scenarios.conftest import Autoclave, wait_until
from tests.scenarios.model import check_history, events

pytestmark = [pytest.mark.slow, pytest.mark.own_places("has an SSH server whatever is asked for")]

FILES = 12
ODD = [b"caf\xe9 (latin-1)", b"ward\nend", b"-rf", b"\xe2\x80\xaegnp.txt"]


@pytest.fixture
def nas(ssh):
    """A server with letters, one file that is encrypted, a link that leads out, and a pipe."""
    letters = ssh.files / "letters"
    letters.mkdir()
    for n in range(FILES):
        (letters / f"letter-{n:02d}.txt").write_text(f"Dear colleague,\nvisit {n} went well.\n")
    for n, name in enumerate(ODD):
        text = f"Dear colleague,\nodd visit {n} went well.\n"
        (ssh.files / os.fsdecode(name)).write_text(text)
    (ssh.files / "scan.txt").write_bytes(os.urandom(100_000))
    (letters / "out").symlink_to("/etc/passwd")
    os.mkfifo(letters / "pipe")
    return ssh


@pytest.fixture
def home(nas, tmp_path):
    """The command line over a home that trusts the server."""
    folder = tmp_path / "home"
    (folder / "credentials").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    (folder / "credentials" / "known_hosts").write_text(nas.known_hosts.read_text())
    (folder / "autoclave.toml").write_text(
        f'[sources]\nkey_file = "{nas.key_file}"\n[run]\nshard_entries = 8\nworkers = 1\n'
    )
    return Autoclave(home=folder, settings=())


@pytest.fixture
def here(home, capsys):
    """The same commands within this process, which spares their starts."""
    return Commands(home=home.home, capture=capsys)


def inspected(autoclave):
    """Whether a shard is done."""
    return any(e["type"] == "autoclave.shard.inspected" for e in events(autoclave.home))


@pytest.mark.timeout(240)
def test_a_server_is_recovered_through_a_kill_and_a_cut_line(home, here, nas):
    """Counted, killed, its line cut, gone on with: the same run, every entry in one fate."""
    place = nas.place()
    assert 0 == here("source", "add", place, "--host", "nas", "--service", "wards").code
    foreseen = here("recover", "--dry-run", "--json").json
    killed = home.start("recover", "--json")
    wait_until(lambda: killed.poll() is not None or inspected(home), 200)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    nas.hang_up()

    ended = here("recover", "--json")

    assert 3 == ended.code, ended.err
    listed = FILES + len(ODD) + 3
    assert (listed, 2) == (foreseen["listed"], foreseen["not_taken"])
    fates = {fate: n for fate, n in ended.json["fates"].items() if n}
    assert (listed, 2, 0) == (sum(fates.values()), fates["not_taken"], ended.json["unexplained"])
    assert FILES + 2 <= fates["promoted"]
    started = [e["run"] for e in events(home.home) if e["type"].endswith("run.started")]
    assert [ended.json["run"]] == started
    assert [] == check_history(home.home).faults
    (source,) = here("source", "list", "--json").lines
    assert ("sftp", place) == (source["kind"], source["location"])
    assert ":SHA256:" in source["identity"].replace("/", ":")
    before = here("list", "--json").lines
    assert 0 == here("catalogue", "rebuild").code
    assert before == here("list", "--json").lines
    assert [source] == here("source", "list", "--json").lines


@pytest.mark.timeout(240)
def test_each_mistake_is_one_line_with_the_next_step(here, nas, tmp_path):
    """Another key, none, a place that is none, a key file of everybody: exit code, what to do."""
    pins = here.home / "credentials" / "known_hosts"
    known = pins.read_text()
    assert 0 == here("source", "add", nas.place(), "--host", "nas").code
    said = [here("source", "add", nas.place("nowhere")), here("source", "add", "sftp://nas/data")]
    said.append(here("source", "add", nas.place(), "--at", "2022-05-12"))
    pins.write_text(f"{known.split()[0]} {key_pair(tmp_path / 'stranger')}\n")
    said.append(here("recover"))
    pins.write_text("")
    said.append(here("recover"))
    pins.unlink()
    said.append(here("recover"))
    lacks = [c for c in here("doctor", "--json").json["checks"] if c["area"] == "sources"]
    nas.key_file.chmod(0o644)
    pins.write_text(known)
    said.append(here("recover"))
    nas.key_file.chmod(0o600)
    fit = [c for c in here("doctor", "--json").json["checks"] if c["area"] == "sources"]

    assert [False, True] == [check["passed"] for check in (*lacks, *fit)]
    assert [4, 2, 2, 4, 4, 4, 2] == [ended.code for ended in said]
    steps = [
        "check path and user",
        "sftp://USER@HOST/PATH",
        "leave --at out",
        "another machine answers",
        "shows ssh-ed25519 SHA256:",
        "put the server's key there",
        "chmod 600",
    ]
    assert [] == [step for step, ended in zip(steps, said, strict=True) if step not in ended.err]
