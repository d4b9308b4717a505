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


ROLES = {
    "anna": Role.ANALYST,
    "bert": Role.APPROVER,
    "cert": Role.AUTHORITY,
    "dora": Role.DATA_OWNER,
}


@pytest.fixture(scope="session")
def registered(tmp_path_factory):
    """Four people of four roles, each with a key: who they are, and how they sign."""
    folder = tmp_path_factory.mktemp("people")
    made = {}
    for name, role in ROLES.items():
        key = generate()
        write_private_key(folder / name, key)
        signatory = Signatory(actor=name, key=folder / name, reason="compared with the ward")
        made[name] = registering.person_of(name, role, public_line(key)), signatory
    return made


@pytest.fixture(scope="session")
def recovered(tmp_path_factory, recovered_database, registered):
    """The home, in place of the one of two hosts; its people are registered once for all tests."""
    folder = tmp_path_factory.mktemp("four")
    settings = Settings(home=folder / "home")
    if recovered_database is not None:
        recovered_database.write_settings(settings.home)
        settings = read_settings(settings.home, {})
    with open_runtime(settings) as runtime:
        for source in four_snapshots(folder).values():
            recover(runtime, source)
        for name in ("anna", "bert"):
            registering.add(runtime, registered[name][0], actor="engineer")
        for name in ("cert", "dora"):
            for signer in ("anna", "bert"):
                registering.register(runtime, registered[name][0], registered[signer][1])
        on_paper(runtime, newest(runtime).size, "logbook 3, page 12", "engineer")
    return settings


@pytest.fixture
def people(registered):
    """How each of the four signs."""
    return {name: signatory for name, (_, signatory) in registered.items()}
