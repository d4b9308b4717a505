"""Whatever stands on a recovered disk: every entry has one fate, and what is not taken is named."""

import contextlib
import os
import shutil
import socket
import stat
import threading

import pytest

from custody.names import to_base64
from tests.corpus.commands import Commands
from tests.corpus.homes import stores_of
from tests.corpus.machines import ROOT_ONLY, outside, without_override
from tests.corpus.poison import BlindInspector
from tests.scenarios.model import check_history, events

MEANS = pytest.mark.in_process("takes a right from the process of the command")
LETTER = b"Dear colleague,\nthe visit went well.\n"
HOSTILE = [
    b"line\nbreak.txt",
    b"\x1b[31mred.txt",
    b"r\xe9sultats.txt",
    b"-rf.txt",
    b" leading and trailing ",
    b"caf\xc3\xa9.txt",
    b"cafe\xcc\x81.txt",
    b"%s%n.txt",
    b"a" * 251 + b".txt",
    b"\xe2\x80\xaereversed.txt",
]


@pytest.fixture
def commands(tmp_path, capsys):
    """The command line, in this process, over a fresh home."""
    return Commands(home=tmp_path / "home", capture=capsys)


@pytest.fixture
def source(tmp_path):
    """An empty folder to recover."""
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def write(path, content=LETTER):
    """Write a file whose name is bytes."""
    with open(path, "wb") as file:  # noqa: PTH123  a name is bytes here
        file.write(content)


def adds_up(told):
    """Check that every listed entry has exactly one fate."""
    assert told["listed"] == sum(told["fates"].values())
    assert 0 == told["unexplained"]


def not_taken(commands):
    """Path and reason of every entry that was not taken."""
    entries = commands("list", "--json", "--stage", "not-taken").lines
    return {entry["path"]: entry["reason"] for entry in entries}


def test_what_has_no_content_is_named_and_spoils_nothing(commands, source, tmp_path):
    """Pipes, sockets and links of every kind are listed, not followed, and expected on a disk."""
    write(source / "letter.txt")
    os.mkfifo(source / "pipe")
    (tmp_path / "secret.txt").write_bytes(b"outside of the source\n")
    for name, target in {
        "inside": "letter.txt",
        "outside": str(tmp_path / "secret.txt"),
        "folder": "/etc",
        "dangling": "nowhere",
        "loop": "loop",
    }.items():
        (source / name).symlink_to(target)
    with contextlib.chdir(source), socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")

    ended = commands("recover", source, "--json")

    adds_up(ended.json)
    assert (0, 1, 7) == (ended.code, ended.json["promoted"], ended.json["fates"]["not_taken"])
    assert {"symlink": 5, "fifo": 1, "socket": 1} == ended.json["not_taken"]
    assert {
        "pipe": "fifo",
        "socket": "socket",
        **dict.fromkeys(("inside", "outside", "folder", "dangling", "loop"), "symlink"),
    } == not_taken(commands)


@ROOT_ONLY
def test_devices_are_named_and_never_opened(commands, source):
    """A device on a recovered disk is a number of this machine's hardware: it is not touched."""
    write(source / "letter.txt")
    os.mknod(source / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    os.mknod(source / "disk", stat.S_IFBLK | 0o666, os.makedev(7, 200))

    ended = commands("recover", source, "--json")

    adds_up(ended.json)
    assert (0, 1) == (ended.code, ended.json["promoted"])
    assert {"zero": "device", "disk": "device"} == not_taken(commands)


def test_hard_links_and_duplicates_are_entries_of_one_content(commands, source):
    """Every name has its own fate; the content is in the clean zone once."""
    write(source / "letter.txt")
    (source / "linked.txt").hardlink_to(source / "letter.txt")
    (source / "deep").mkdir()
    (source / "deep" / "linked.txt").hardlink_to(source / "letter.txt")
    for n in range(3):
        write(source / f"copy-{n}.txt")
    write(source / "other.txt", b"another letter\n")

    ended = commands("recover", source, "--json")
    digests = {entry["digest"] for entry in commands("list", "--json").lines}
    objects = list(stores_of(commands.home).clean.versions(""))

    adds_up(ended.json)
    assert (0, 7) == (ended.code, ended.json["promoted"])
    assert (2, 2) == (len(digests), len(objects))
    assert [] == check_history(commands.home).faults


def test_hostile_names_come_back_byte_for_byte(commands, source):
    """Every name is listed as the bytes that it is, and shown as text that acts on nothing."""
    for name in HOSTILE:
        write(os.fsencode(source) + b"/" + name)

    ended = commands("recover", source, "--json")
    listed = commands("list", "--json").lines

    adds_up(ended.json)
    assert len(HOSTILE) == ended.json["listed"]
    assert {to_base64(name) for name in HOSTILE} == {entry["path_b64"] for entry in listed}
    assert all(entry["path"].isprintable() for entry in listed)
    assert "\x1b" not in commands("list").out
    assert 0 == commands("audit", "verify", "--deep").code


@MEANS
def test_a_file_that_cannot_be_read_is_exit_4_and_named(commands, source):
    """An unreadable file and an unreadable folder are not silently left out."""
    write(source / "letter.txt")
    write(source / "locked.txt")
    (source / "locked.txt").chmod(0)
    (source / "shut").mkdir()
    write(source / "shut" / "inside.txt")
    (source / "shut").chmod(0)

    ended = outside(commands.home, "recover", source, "--json", preexec=without_override)

    (source / "shut").chmod(0o700)
    adds_up(ended.json)
    assert (4, 1) == (ended.code, ended.json["promoted"])
    assert {"unreadable": 2} == ended.json["not_taken"]
    assert {"locked.txt": "unreadable", "shut": "unreadable"} == not_taken(commands)


def test_a_file_that_grows_is_exit_4_and_named(commands, source):
    """A file that somebody still writes to is not taken as half of itself."""
    write(source / "letter.txt")
    growing, stop = source / "growing.log", threading.Event()
    write(growing, b"begun\n")

    def grow():
        with growing.open("ab", buffering=0) as file:
            while not stop.wait(0.002):
                file.write(b"a line of a log\n")

    writer = threading.Thread(target=grow)
    writer.start()
    ended = commands("recover", source, "--json")
    stop.set()
    writer.join()

    adds_up(ended.json)
    assert (4, 1) == (ended.code, ended.json["promoted"])
    assert {"growing.log": "changed-while-read"} == not_taken(commands)
    assert (0, 2) == promoted(commands("recover", source, "--json"))


def promoted(ended):
    """How a run ended, and how much it promoted."""
    return ended.code, ended.json["promoted"]


def test_what_changed_between_listing_and_reading_is_exit_4_and_named(commands, source, inspecting):
    """Vanished, exchanged, shortened: what was listed and is not there any more is said so."""
    names = ("exchanged", "kept", "pipe", "shorter", "vanished")
    for name in names:
        write(source / f"{name}.txt", LETTER + name.encode())
    with inspecting(BlindInspector):
        assert 5 == commands("recover", source, "--json").code  # listed, and nothing inspected
    (source / "vanished.txt").unlink()
    (source / "shorter.txt").write_bytes(b"Dear")
    (source / "pipe.txt").unlink()
    os.mkfifo(source / "pipe.txt")
    facts = (source / "exchanged.txt").stat()
    write(source / "other", LETTER + b"EXCHANGED")
    (source / "other").rename(source / "exchanged.txt")
    os.utime(source / "exchanged.txt", ns=(facts.st_atime_ns, facts.st_mtime_ns))

    ended = commands("recover", source, "--json")

    adds_up(ended.json)
    started = [e["run"] for e in events(commands.home) if e["type"] == "autoclave.run.started"]
    assert [ended.json["run"]] == started
    assert (4, 1) == promoted(ended)
    assert {
        "vanished.txt": "vanished",
        "shorter.txt": "changed-while-read",
        "pipe.txt": "changed-while-read",
        "exchanged.txt": "changed-while-read",
    } == not_taken(commands)


@pytest.mark.folders
@pytest.mark.slow
def test_a_sparse_file_of_two_gibibytes_has_a_fate_and_takes_no_room(commands, source):
    """A hole of 2 GiB is judged within bounds, never promoted as data, and stays small."""
    write(source / "letter.txt")
    with (source / "database.dbf").open("wb") as file:
        file.write(LETTER)
        file.truncate(2 * 1024**3)

    ended = commands("recover", source, "--json")
    (entry,) = [e for e in commands("list", "--json").lines if e["path"] == "database.dbf"]
    stored = sum(p.stat().st_blocks * 512 for p in (commands.home / "quarantine").rglob("*"))

    adds_up(ended.json)
    assert (2, 1) == (ended.json["listed"], ended.json["promoted"])
    assert entry["stage"] in {"held", "set-aside"}
    assert 2 * 1024**3 == entry["size"]
    assert stored < 64 * 1024**2


def test_a_source_of_nothing_but_odd_entries_is_not_empty(commands, source):
    """Links alone are a listing too: each has its fate and nothing is promoted."""
    (source / "link").symlink_to("nowhere")

    ended = commands("recover", source, "--json")

    adds_up(ended.json)
    assert (0, 0) == promoted(ended)
    assert {"link": "symlink"} == not_taken(commands)


@MEANS
def test_an_entry_that_becomes_readable_is_taken_by_the_next_run(commands, source):
    """What a first run could not take is no verdict: the next one takes it."""
    write(source / "letter.txt")
    write(source / "locked.txt", LETTER + b"locked\n")
    (source / "locked.txt").chmod(0)
    first = outside(commands.home, "recover", source, "--json", preexec=without_override)
    (source / "locked.txt").chmod(0o600)

    second = commands("recover", source, "--json")

    assert (4, 1) == promoted(first)
    assert (0, 2) == promoted(second)


def test_a_deep_tree_is_walked_to_its_end(commands, source):
    """A path longer than the system takes at once is one entry like any other."""
    here = os.getcwd()  # noqa: PTH109  put back as it was
    os.chdir(source)
    try:
        for _ in range(40):
            os.mkdir("d" * 200)  # noqa: PTH102  relative on purpose
            os.chdir("d" * 200)
        write(b"letter.txt")
    finally:
        os.chdir(here)

    ended = commands("recover", source, "--json")

    adds_up(ended.json)
    assert (0, 1) == promoted(ended)
    shutil.rmtree(source)
