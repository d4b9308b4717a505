import shutil

import pytest

from cli.hospital import build
from cli.main import main
from tests.corpus.commands import Commands


@pytest.fixture(scope="session")
def hospital(tmp_path_factory):
    """The demonstration hospital, written once; nothing may change it."""
    root = tmp_path_factory.mktemp("hospital") / "servers"
    return build(root)


@pytest.fixture(scope="session")
def recovered(tmp_path_factory, hospital):
    """A home that recovered one server with everything that can be wrong; never written to."""
    home = tmp_path_factory.mktemp("recovered") / "home"
    source = next(s for s in hospital if s.service == "dossiers-patients")
    options = ("--site", source.site, "--host", source.host, "--service", source.service)
    assert 3 == main(["recover", str(source.folder), *options, "--home", str(home)])
    return home


@pytest.fixture
def on_recovered(recovered, tmp_path, capsys):
    """Commands on a copy of that home, free to change it."""
    home = tmp_path / "home"
    shutil.copytree(recovered, home, symlinks=True)
    return Commands(home, capsys)


@pytest.fixture
def reading(recovered, capsys):
    """Commands on that home itself, for those that change nothing."""
    return Commands(recovered, capsys)


@pytest.fixture
def commands(tmp_path, capsys):
    """Commands on a home that does not exist yet."""
    return Commands(tmp_path / "home", capsys)


@pytest.fixture
def server(tmp_path):
    """A small share with three clean files in two folders."""
    root = tmp_path / "server"
    (root / "b").mkdir(parents=True)
    (root / "note.txt").write_text("Rendez-vous le lundi.\n")
    (root / "b" / "one.csv").write_text("id,valeur\n1,12\n")
    (root / "b" / "two.csv").write_text("id,valeur\n2,13\n")
    return root
