"""A home that recovered four snapshots of one server; each test works on a copy."""

import pytest

from audit.ssh_keys import generate, public_line, write_private_key
from custody.people import Role
from pipeline.deciding import people as registering
from pipeline.deciding.signing import Signatory
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import copy_of, recover
from tests.corpus.snapshots import four_snapshots


@pytest.fixture(scope="session")
def four(tmp_path_factory):
    """The home, with its catalogue in a file."""
    folder = tmp_path_factory.mktemp("four")
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        for source in four_snapshots(folder).values():
            recover(runtime, source)
    return settings


@pytest.fixture
def settings(four, tmp_path):
    """The settings of a copy."""
    return copy_of(four, tmp_path)


@pytest.fixture
def runtime(settings):
    """An open copy."""
    with open_runtime(settings) as opened:
        yield opened


def _person(runtime, folder, name, role):
    key = generate()
    write_private_key(folder / name, key)
    person = registering.person_of(name, role, public_line(key))
    return person, Signatory(actor=name, key=folder / name, reason="compared with the ward")


@pytest.fixture
def people(runtime, tmp_path):
    """Four people of three roles, each with a key."""
    roles = {
        "anna": Role.ANALYST,
        "bert": Role.APPROVER,
        "cert": Role.AUTHORITY,
        "dora": Role.DATA_OWNER,
    }
    made = {name: _person(runtime, tmp_path, name, role) for name, role in roles.items()}
    for name in ("anna", "bert"):
        registering.add(runtime, made[name][0], actor="engineer")
    for name in ("cert", "dora"):
        for signer in ("anna", "bert"):
            registering.register(runtime, made[name][0], made[signer][1])
    return {name: signatory for name, (_, signatory) in made.items()}
