"""A derogation of the policy lets one rule pass for one folder of one service until one day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import sanitizers
from custody.errors import PolicyError
from pipeline.because import explain_content
from pipeline.deciding import policies
from pipeline.proving import verify
from pipeline.settings import PolicySettings, Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import EICAR, a_person, a_source, recover

URGENT = Path(sanitizers.__file__).parent / "policies" / "clinical-urgent.toml"
NOW = datetime.now(UTC)
STATED = """
[[derogations]]
name = "lab-lists"
asked_by = "head of the laboratory"
reason = "results are needed on the wards"
until = {until}
scanner = "policy"
rule = "type-not-promotable"
service = "radiology"
media_type = "text/csv"
folder = "/lab"
"""


def stated(until):
    """The urgent policy that lets no table in, with a derogation for those of the laboratory."""
    return URGENT.read_text().replace('"text/plain", "text/csv"', '"text/plain"') + STATED.format(
        until=until.isoformat()
    )


@pytest.fixture
def clock():
    """A clock that a test can put forward."""
    return [timedelta()]


@pytest.fixture
def runtime(tmp_path, clock):
    """A new home under the urgent policy."""
    settings = Settings(home=tmp_path / "new", policy=PolicySettings(name="clinical-urgent"))
    with open_runtime(settings, clock=lambda: datetime.now(UTC) + clock[0]) as opened:
        yield opened


@pytest.fixture
def two(runtime, tmp_path):
    """Two who may decide."""
    return [a_person(runtime, tmp_path, name, f"{name} agrees") for name in ("alice", "bruno")]


@pytest.fixture
def disk(tmp_path):
    """Tables inside and outside the folder, and a virus inside."""
    root = tmp_path / "disk"
    (root / "lab").mkdir(parents=True)
    (root / "laboratory").mkdir()
    (root / "lab" / "in.csv").write_text("name;value\nsodium;140\n")
    (root / "laboratory" / "out.csv").write_text("name;value\nsodium;139\n")
    (root / "lab" / "virus.csv").write_bytes(EICAR)
    return root


def signed(runtime, two, tmp_path, until):
    """Have two people put the policy in force."""
    path = tmp_path / "urgent.toml"
    path.write_text(stated(until))
    return policies.approve(runtime, policies.propose(runtime, path, two[0]).digest, two[1])


def test_one_folder_passes_until_the_day_and_nothing_else(runtime, two, disk, tmp_path, clock):
    """What is malicious or elsewhere stays held, and after the end so does what had passed."""
    signed(runtime, two, tmp_path, NOW.date() + timedelta(days=2))

    first = recover(runtime, a_source(disk))
    clock[0] = timedelta(days=4)
    second = recover(runtime, a_source(disk))

    assert {"clean": 1, "indeterminate": 1, "malicious": 1} == first.verdicts
    assert {"indeterminate": 2, "malicious": 1} == second.verdicts
    assert [("lab-lists", True)] == [(d["name"], d["in_force"]) for d in first.derogations]
    assert [("lab-lists", False)] == [(d["name"], d["in_force"]) for d in second.derogations]
    assert ["alice", "bruno"] == first.derogations[0]["people"]
    assert () == verify.verify(runtime, deep=True).faults


def test_the_page_of_the_run_names_it(runtime, two, disk, tmp_path):
    """The signed page of a run says under which derogations it promoted."""
    until = NOW.date() + timedelta(days=2)
    signed(runtime, two, tmp_path, until)

    run = recover(runtime, a_source(disk))

    with runtime.audit.open(f"runs/{run.run_id}.note") as stream:
        page = stream.read().decode()
    assert f"derogation: lab-lists until {until}" in page.splitlines()


def test_why_names_the_derogation_and_the_clause(runtime, two, disk, tmp_path):
    """What passed by a derogation says so, with the two people; what did not names the clause."""
    signed(runtime, two, tmp_path, NOW.date() + timedelta(days=2))
    recover(runtime, a_source(disk))
    with runtime.catalogue.read() as connection:
        found = connection.exec_driver_sql("select digest, verdict from entries").fetchall()
    digests = {verdict: bytes(digest).hex() for digest, verdict in found}

    passed, held = (explain_content(runtime, digests[v])[0] for v in ("clean", "indeterminate"))

    assert [("alice", "bruno")] == [e.granted.people for e in passed.loosened]
    assert ((), "types.promotable") == (held.loosened, held.clauses[1])


@pytest.mark.parametrize(
    ("days", "match"), [(-1, "ended on"), (200, "more than 92 days")], ids=["past", "too long"]
)
def test_what_is_past_or_for_ever_is_not_signed(runtime, two, tmp_path, days, match):
    """A derogation needs an end that is near."""
    path = tmp_path / "urgent.toml"
    path.write_text(stated(NOW.date() + timedelta(days=days)))

    with pytest.raises(PolicyError, match=match):
        policies.propose(runtime, path, two[0])


def test_what_ended_before_the_second_signature_is_not_approved(runtime, two, tmp_path, clock):
    """The second person does not sign what holds no more."""
    path = tmp_path / "urgent.toml"
    path.write_text(stated(NOW.date() + timedelta(days=1)))
    proposed = policies.propose(runtime, path, two[0])
    clock[0] = timedelta(days=3)

    with pytest.raises(PolicyError, match="ended on"):
        policies.approve(runtime, proposed.digest, two[1])


def test_a_proposal_alone_loosens_nothing(runtime, two, disk, tmp_path):
    """One person's derogation is a text."""
    path = tmp_path / "urgent.toml"
    path.write_text(stated(NOW.date() + timedelta(days=2)))
    policies.propose(runtime, path, two[0])

    run = recover(runtime, a_source(disk))

    assert () == run.derogations
