"""`init --catalogue`, `doctor` and `catalogue migrate` against a real PostgreSQL server."""

import pytest

from tests.corpus.commands import Commands


@pytest.fixture
def run(database, tmp_path, capsys, monkeypatch):
    """Commands on a fresh home; the account of a database is in the environment."""
    account = f"{database.user}:{database.password}"
    monkeypatch.setenv("AUTOCLAVE_CREDENTIALS_CATALOGUE", account)
    return Commands(home=tmp_path / "home", capture=capsys)


def test_a_new_home_has_its_catalogue_on_the_server(run, database, tmp_path):
    """Files are recovered, listed and verified; no file of the home holds rows or the password."""
    source = tmp_path / "disk"
    source.mkdir()
    (source / "letter.txt").write_text("Dear colleague\n")

    assert 0 == run("init", "--catalogue", database.url).code
    assert 0 == run("init", "--catalogue", database.url).code
    recovered = run("recover", source, "--json")
    verified = run("audit", "verify", "--deep")

    assert (0, 1) == (recovered.code, recovered.json["promoted"])
    assert ["promoted"] == [entry["stage"] for entry in run("list", "--json").lines]
    assert 0 == verified.code
    assert "not checked: the database's own indexes" in verified.out
    assert [] == list(run.home.glob("catalogue.sqlite*"))
    held = b"".join(p.read_bytes() for p in run.home.rglob("*") if p.is_file())
    assert database.password.encode() not in held
    assert "1" == database.ask("SELECT count(*) FROM autoclave.entries")


def test_doctor_says_what_the_server_does_not_promise(run, database):
    """A server that does not sync makes the machine unfit; what it lacks for checks is advice."""
    run("init", "--catalogue", database.url)

    ended = run("doctor", "--json")

    found = {c["name"]: c for c in ended.json["checks"] if c["area"] == "catalogue"}
    assert 5 == ended.code
    assert [(False, True), (False, False)] == [
        (found[name]["passed"], found[name]["mandatory"]) for name in ("fsync", "amcheck")
    ]
    assert database.name in found["place"]["detail"]
    assert database.password not in ended.out + ended.err


def test_a_home_with_a_catalogue_is_told_how_to_move_it(run, database):
    """`init` never leaves a catalogue behind; `catalogue migrate` takes it along."""
    assert 0 == run("init").code
    refused = run("init", "--catalogue", database.url)
    moved = run("catalogue", "migrate", "--to", database.url, "--json")

    assert 2 == refused.code
    assert "catalogue migrate --to" in refused.err
    assert 0 == moved.code, moved.err
    assert {"catalogue", "rows", "kept"} == set(moved.json)
    assert 0 == run("audit", "verify", "--deep").code
    assert 2 == run("catalogue", "migrate", "--to", database.url).code
    up_to_date = run("catalogue", "migrate")
    assert 0 == up_to_date.code
    assert "are up to date" in up_to_date.out


def test_a_move_is_told_to_people(run, database):
    """How many rows, where to, and where the file is now."""
    run("init")

    ended = run("catalogue", "migrate", "--to", database.url)

    assert f"rows moved to postgresql://127.0.0.1:{database.server.port}/" in ended.out
    assert "catalogue.sqlite.moved" in ended.out


def test_a_server_that_does_not_let_us_in_is_exit_6(run, database, monkeypatch):
    """Nothing is written into the home, and the password is not said."""
    monkeypatch.setenv("AUTOCLAVE_CREDENTIALS_CATALOGUE", f"{database.user}:not-the-password")

    ended = run("init", "--catalogue", database.url)

    assert 6 == ended.code
    assert "not-the-password" not in ended.out + ended.err
    assert not (run.home / "autoclave.toml").exists()


def test_a_password_on_the_command_line_is_refused(run, database):
    """It would stand in the list of processes and in the shell's history."""
    ended = run("init", "--catalogue", database.full_url)

    assert 2 == ended.code
    assert database.password not in ended.out + ended.err
