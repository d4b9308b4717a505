"""A home, an authority and a witness that are on loopback, and who rewrites history."""

import shutil

import pytest

from audit.event import EventType
from audit.evidence import parse_key
from pipeline.recording import Recorder
from pipeline.settings import AuditSettings, Settings
from pipeline.wiring import open_runtime
from tests.corpus.outsiders import Authority, AWitness, answering


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A timestamp authority."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl on this machine")
    return Authority(tmp_path_factory.mktemp("outside") / "authority")


@pytest.fixture
def home(tmp_path):
    """Where the home is."""
    return tmp_path / "home"


@pytest.fixture
def witness(home):
    """A witness that knows the ledger's key."""
    with open_runtime(Settings(home=home)) as runtime:
        return AWitness(log=parse_key(runtime.ledger.vkey))


@pytest.fixture
def known(authority, witness):
    """Who is trusted, with the addresses where both answer."""
    with answering(authority.answer) as stamping, answering(witness.answer) as witnessing:
        yield AuditSettings(
            timestamp_url=stamping,
            timestamp_ca=str(authority.root),
            witnesses=f"{witness.vkey}@{witnessing}",
        )


@pytest.fixture
def settings(home, known):
    """The settings of the home."""
    return Settings(home=home, audit=known)


def grow(runtime, events=3, kind=EventType.EVIDENCE_EXPORTED):
    """Put some events into the ledger, each with a checkpoint of its own."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    for _ in range(events):
        recorder.record(recorder.event(kind))
        runtime.ledger.publish()


def rewrite(settings, kind=EventType.EVIDENCE_READ, events=12):
    """Write another history with the true key, as large as the old one: what an insider can do."""
    for path in settings.home.iterdir():
        if path.name != "keys":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with open_runtime(settings) as runtime:
        grow(runtime, events, kind)
