"""A real clamd beside our scanners, and what is no clamd: blind, silent, gone, or hostile."""

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from cli.diagnosis import diagnose
from custody.errors import PolicyError, RulesError
from custody.outcome import Inspection, NotScanned
from pipeline.listing import entries
from pipeline.settings import AntivirusSettings, Settings
from pipeline.wiring import open_runtime
from sanitizers.antivirus import clamd as talking
from sanitizers.antivirus.clamd import Clamd, ClamdError
from sanitizers.antivirus.judging import Questions, open_antivirus
from tests.corpus import sevenzips
from tests.corpus.clamds import DOUBTFUL, KNOWN, MOST, ClamdServer
from tests.corpus.homes import a_source, recover

NOTHING = Inspection(media_type="", outcomes=())
LETTER = b"Dear colleague, the patient was seen on Monday.\n"


@pytest.fixture(scope="module")
def a_clamd(needs_clamd, tmp_path_factory):
    """A clamd that does what it must."""
    with running(ClamdServer(folder=tmp_path_factory.mktemp("clamd"))) as place:
        yield place


@contextmanager
def running(server):
    """Start a clamd, give its place, and stop it."""
    try:
        server.begin()
        yield server.socket
    finally:
        server.end()


@pytest.fixture
def listening(tmp_path):
    """Answer every command with some bytes, at the path of a socket."""
    sockets = []

    def listen(answer):
        path = tmp_path / f"fake{len(sockets)}"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        sockets.append(server)

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(64)
                    try:
                        connection.sendall(answer)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        return str(path)

    yield listen
    for server in sockets:
        server.close()


def recovered(home, source, place):
    """The stage, verdict and reason of every path after a run."""
    settings = Settings(home=home, antivirus=AntivirusSettings(clamd=place))
    with open_runtime(settings) as runtime:
        recover(runtime, source)
        return {e["path"]: (e["stage"], e["verdict"]) for e in entries(runtime)}


def test_what_it_knows_is_held_also_within_archives(a_clamd, tmp_path):
    """Its names add to ours; what it calls OK is promoted on our own evidence."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for name, content in {
        "letter.txt": LETTER,
        "known.txt": KNOWN,
        "unwanted.txt": DOUBTFUL,
        "packed.7z": sevenzips.of({"known.txt": KNOWN}),
    }.items():
        (disk / name).write_bytes(content)

    assert {
        "letter.txt": ("promoted", "clean"),
        "known.txt": ("held", "malicious"),
        "unwanted.txt": ("held", "suspicious"),
        "packed.7z": ("held", "malicious"),
    } == recovered(tmp_path / "home", a_source(disk), a_clamd)


def test_what_is_too_long_for_it_is_not_called_clean(a_clamd):
    """The end of the stream that it refuses is no verdict."""
    (outcome,) = open_antivirus(a_clamd).said_of(bytes(MOST + 1), NOTHING).outcomes

    assert isinstance(outcome, NotScanned)
    assert not outcome.transient


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"options": {"AlertExceedsMax": "no"}}, "calls what is beyond its bounds clean"),
        ({"signatures": {"Test.Other": b"another"}}, "does not find the EICAR test file"),
    ],
)
def test_one_that_is_silent_or_blind_is_refused(needs_clamd, tmp_path, changed, reason):
    """By default clamd calls OK what it gave up on; without a database it finds nothing."""
    server = ClamdServer(folder=tmp_path / "clamd", **changed)

    with running(server) as place, pytest.raises(RulesError, match=reason):
        open_antivirus(place)


def test_one_that_stops_between_is_trouble_of_the_machine(a_clamd, tmp_path):
    """A content that nobody answered for is tried again; the next shard does not begin."""
    antivirus = replace(open_antivirus(a_clamd), clamd=Clamd(str(tmp_path / "gone")))

    (outcome,) = antivirus.said_of(LETTER, NOTHING).outcomes
    with pytest.raises(RulesError, match="does not answer"):
        antivirus.check_unchanged()

    assert outcome.transient


def test_a_silent_one_is_not_asked_about_every_content(a_clamd, tmp_path):
    """Each would wait its full time."""
    gone = replace(open_antivirus(a_clamd), clamd=Clamd(str(tmp_path / "gone")))
    asking = Questions(gone)
    reasons = [asking.said_of(LETTER, NOTHING).outcomes[0].reason for _ in range(5)]

    assert ["clamd: no more answers"] * 2 == reasons[3:]
    assert "clamd: no more answers" not in reasons[:3]


def test_another_database_ends_the_run(a_clamd, listening):
    """One run is judged with one database; the next begins with the new one."""
    another = listening(b"ClamAV 1.4.6/27001/Sun Nov 29 08:00:00 2026\0")
    moved = replace(open_antivirus(a_clamd), clamd=Clamd(another))

    with pytest.raises(PolicyError, match="another database"):
        moved.check_unchanged()


@pytest.mark.parametrize("answer", [b"", b"220 smtp ready\r\n", b"x" * 100_000, b"\xff\0"])
def test_what_is_no_clamd_is_refused(listening, answer):
    """Neither silence nor a flood of words is believed."""
    with pytest.raises(RulesError):
        open_antivirus(listening(answer))


@pytest.mark.parametrize("answer", [b"", b"x" * 100_000])
def test_no_answer_is_no_verdict(listening, answer):
    """The caller is told that there was none."""
    with pytest.raises(ClamdError):
        Clamd(listening(answer)).scan(LETTER)


def test_one_that_never_answers_is_given_up(tmp_path, monkeypatch):
    """Nothing hangs for a daemon that does."""
    monkeypatch.setattr(talking, "ANSWER_SECONDS", 0.2)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()

        with pytest.raises(RulesError, match="does not answer"):
            open_antivirus(str(tmp_path / "s"))


def test_doctor_tells_which_database_it_has(a_clamd, tmp_path):
    """And that nothing can be judged when the one that is set is not there."""

    def check(place):
        settings = Settings(home=tmp_path / "home", antivirus=AntivirusSettings(clamd=place))
        return next(c for c in diagnose(settings) if c.area == "antivirus")

    assert "own signatures" in check(a_clamd).detail
    assert check(a_clamd).passed
    assert check(str(tmp_path / "gone")).failed
    assert not check("").failed
