"""A home that recovered four snapshots of one server; each test works on a copy."""

import pytest

from audit.ssh_keys import generate, public_line, write_private_key
from custody.people import Role
from pipeline.anchoring.anchor import newest, on_paper
from pipeline.deciding import people as registering
from pipeline.deciding.signing import Signatory
from pipeline.settings import Settings, read_settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import recover
from tests.corpus.snapshots import four_snapshots


@pytest.fixture(scope="session")
def recovered_database(request):
    """The database of this home alone, unless its catalogue is a file."""
    if request.config.getoption("--catalogue") == "sqlite":
        return None
    return request.getfixturevalue("postgres_server").account()


@pytest.fixture(scope="session")
def recovered(tmp_path_factory, recovered_database):
    """The home, in place of the one of two hosts."""
    folder = tmp_path_factory.mktemp("four")
    settings = Settings(home=folder / "home")
    if recovered_database is not None:
        recovered_database.write_settings(settings.home)
        settings = read_settings(settings.home, {})
    with open_runtime(settings) as runtime:
        for source in four_snapshots(folder).values():
            recover(runtime, source)
        on_paper(runtime, newest(runtime).size, "logbook 3, page 12", "engineer")
    return settings


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
